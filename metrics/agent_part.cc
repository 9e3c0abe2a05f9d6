// Parts of scans that read what agents did and what they were to do.
#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "metrics/agent_timelines.h"
#include "metrics/unit_part.h"

namespace kpid::metrics {
namespace {

// Pieces of one source are added one after the other. In most cases they are in order already.
template <class Span>
void SortBySource(std::vector<Span>* spans) {
  const auto before = [](const Span& a, const Span& b) { return a.source < b.source; };
  if (std::is_sorted(spans->begin(), spans->end(), before)) return;
  std::stable_sort(spans->begin(), spans->end(), before);
}

class ActivityPart final : public UnitPart {
 public:
  using UnitPart::UnitPart;

 private:
  absl::Status AddUnit(size_t unit, const CallLimits&) override {
    const Code agent = static_cast<Code>(unit);
    const AgentTimelines& activities = plan_.snapshot->activities();
    by_source_.clear();
    activities.Append(agent, plan_.query->range, &by_source_);
    SortBySource(&by_source_);
    PieceSource source{.agent = agent};
    for (const AgentSpan& span : by_source_) {
      source.number = span.source;
      if (explained()) source.row_key = activities.row_key(span.source);
      const absl::Status status = AddRange(source, span.range, {.state = span.state});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::vector<AgentSpan> by_source_;
};

// Whether what an agent does is what was planned.
bool Matches(PlannedState planned, AgentState actual) {
  switch (planned) {
    case PlannedState::kNone:
      return false;
    case PlannedState::kWork:
      return actual == AgentState::kAvailable || actual == AgentState::kHandling ||
             actual == AgentState::kWrapUp;
    case PlannedState::kBreak:
      return actual == AgentState::kBreak;
    case PlannedState::kMeal:
      return actual == AgentState::kMeal;
    case PlannedState::kMeeting:
      return actual == AgentState::kMeeting;
    case PlannedState::kTraining:
      return actual == AgentState::kTraining;
  }
  return false;
}

class PlanPart final : public UnitPart {
 public:
  using UnitPart::UnitPart;

 private:
  // A part of a plan in which the agent kept to it, or did not.
  struct Segment {
    TimeRange range;
    uint32_t source = 0;
    uint8_t state = 0;
    bool deviates = false;
    int64_t deviation = 0;
  };

  absl::Status AddUnit(size_t unit, const CallLimits&) override {
    const Code agent = static_cast<Code>(unit);
    const AgentTimelines& plans = plan_.snapshot->plans();
    // A deviation that reaches into the range and is longer than the tolerance is seen to be so
    // also when what is further away is not looked at.
    TimeRange range = plan_.query->range;
    const bool compare = plan_.deviation_tolerance.has_value();
    if (compare) {
      range.start -= *plan_.deviation_tolerance;
      range.end += *plan_.deviation_tolerance;
    }
    const TimeRange employed = plan_.employments->OfAgent(agent);
    segments_.clear();
    activities_.clear();
    if (compare) plan_.snapshot->activities().Append(agent, range, &activities_);
    actual_ = activities_;
    planned_.clear();
    plans.Append(agent, range, &planned_);
    for (const AgentSpan& plan : planned_) {
      const TimeRange planned{std::max(plan.range.start, employed.start),
                              std::min(plan.range.end, employed.end)};
      if (planned.Empty()) continue;
      if (compare) {
        Compare(plan, planned);
      } else {
        segments_.push_back({planned, plan.source, plan.state, false, 0});
      }
    }
    MeasureDeviations();
    SortBySource(&segments_);
    PieceSource source{.agent = agent};
    for (const Segment& segment : segments_) {
      source.number = segment.source;
      if (explained()) source.row_key = plans.row_key(segment.source);
      const absl::Status status =
          AddRange(source, segment.range, {.state = segment.state, .deviation = segment.deviation});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Cuts a plan where what the agent does changes.
  void Compare(const AgentSpan& plan, TimeRange planned) {
    for (Instant at = planned.start; at < planned.end;) {
      while (!actual_.empty() && actual_.front().range.end <= at) actual_ = actual_.subspan(1);
      AgentState state = AgentState::kNone;
      Instant until = planned.end;
      if (!actual_.empty()) {
        const TimeRange& range = actual_.front().range;
        const bool begun = range.start <= at;
        if (begun) state = static_cast<AgentState>(actual_.front().state);
        until = std::min(until, begun ? range.end : range.start);
      }
      const bool deviates = !Matches(static_cast<PlannedState>(plan.state), state);
      segments_.push_back({{at, until}, plan.source, plan.state, deviates, 0});
      at = until;
    }
  }

  // Gives each segment the length of the whole deviation that it is part of.
  void MeasureDeviations() {
    for (size_t first = 0; first < segments_.size();) {
      size_t last = first;
      while (segments_[first].deviates && last + 1 < segments_.size() &&
             segments_[last + 1].deviates &&
             segments_[last + 1].range.start == segments_[last].range.end) {
        ++last;
      }
      const Duration length = segments_[last].range.end - segments_[first].range.start;
      for (; first <= last; ++first) {
        segments_[first].deviation = segments_[first].deviates ? length.count() : 0;
      }
    }
  }

  std::vector<Segment> segments_;
  std::vector<AgentSpan> planned_;
  std::vector<AgentSpan> activities_;
  std::span<const AgentSpan> actual_;  // Those of activities_ that are not yet over.
};

}  // namespace

std::unique_ptr<ScanPart> NewActivityPart(const ScanPlan& plan, Units agents, CellsOfKpis kpis) {
  return std::make_unique<ActivityPart>(plan, std::move(agents), std::move(kpis));
}

std::unique_ptr<ScanPart> NewPlanPart(const ScanPlan& plan, Units agents, CellsOfKpis kpis) {
  return std::make_unique<PlanPart>(plan, std::move(agents), std::move(kpis));
}

}  // namespace kpid::metrics
