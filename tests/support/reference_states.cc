// States and plans of agents, judged instant by instant: time is cut wherever anything changes,
// so that what holds at the start of a moment holds in all of it.

#include <algorithm>
#include <set>
#include <string_view>

#include "tests/support/reference_parameter.h"
#include "tests/support/reference_piece.h"

namespace kpid::proof {
namespace {

using metrics::AgentState;
using metrics::Duration;
using metrics::Instant;
using metrics::PlannedState;
using metrics::TimeRange;
using storage::AgentActivityRecord;
using storage::ScheduledActivityRecord;

struct Moment {
  TimeRange range;
  const AgentActivityRecord* activity = nullptr;  // The one that counts.
  const ScheduledActivityRecord* plan = nullptr;  // Null, too, while not employed.
  bool forgiven = false;
};

// Those without end last up to the data watermark.
TimeRange RangeOf(const AgentActivityRecord& activity, const Records& records) {
  return {activity.start, activity.end.value_or(records.data_watermark)};
}

// Of those that cover the instant the one with the latest start, then the last stored.
const AgentActivityRecord* ActivityAt(const Records& records, const std::string& agent,
                                      Instant instant) {
  const AgentActivityRecord* latest = nullptr;
  for (const AgentActivityRecord& activity : records.activities) {
    if (activity.agent_id != agent || !RangeOf(activity, records).Contains(instant)) continue;
    if (latest == nullptr || activity.start >= latest->start) latest = &activity;
  }
  return latest;
}

const ScheduledActivityRecord* PlanAt(const Records& records, const std::string& agent,
                                      Instant instant) {
  const ScheduledActivityRecord* latest = nullptr;
  for (const ScheduledActivityRecord& plan : records.plans) {
    if (plan.agent_id != agent || instant < plan.start || instant >= plan.end) continue;
    if (latest == nullptr || plan.start >= latest->start) latest = &plan;
  }
  return latest;
}

// Agents without a record are employed.
TimeRange EmploymentOfId(const Records& records, const std::string& agent,
                         const std::string& time_zone) {
  for (const storage::AgentRecord& record : records.agents) {
    if (record.agent_id == agent) return EmploymentOf(record, time_zone);
  }
  return {Instant::min(), Instant::max()};
}

bool IsWork(AgentState state) {
  return state == AgentState::kAvailable || state == AgentState::kHandling ||
         state == AgentState::kWrapUp;
}

bool Matches(const Moment& moment) {
  if (moment.activity == nullptr) return false;
  const AgentState state = moment.activity->state;
  switch (moment.plan->state) {
    case PlannedState::kWork:
      return IsWork(state);
    case PlannedState::kBreak:
      return state == AgentState::kBreak;
    case PlannedState::kMeal:
      return state == AgentState::kMeal;
    case PlannedState::kMeeting:
      return state == AgentState::kMeeting;
    case PlannedState::kTraining:
      return state == AgentState::kTraining;
    case PlannedState::kNone:
      return false;
  }
  return false;
}

bool Deviates(const Moment& moment) { return moment.plan != nullptr && !Matches(moment); }

// Forgives each longest run of deviating moments that is not longer than the tolerance.
void Forgive(Duration tolerance, std::vector<Moment>& moments) {
  for (size_t first = 0; first < moments.size(); ++first) {
    if (!Deviates(moments[first])) continue;
    size_t end = first;
    while (end < moments.size() && Deviates(moments[end])) ++end;
    const Duration length = moments[end - 1].range.end - moments[first].range.start;
    for (size_t i = first; i < end; ++i) moments[i].forgiven = length <= tolerance;
    first = end;  // It does not deviate.
  }
}

// All time of an agent, in order and without gaps, also outside the question's range.
std::vector<Moment> MomentsOf(const metrics::Query& query, const Records& records,
                              const std::string& agent) {
  const TimeRange employment = EmploymentOfId(records, agent, query.time_zone);
  std::set<Instant> cuts = {employment.start, employment.end};
  for (Instant edge : EdgesOf(query)) cuts.insert(edge);
  for (const AgentActivityRecord& activity : records.activities) {
    const TimeRange range = RangeOf(activity, records);
    if (activity.agent_id == agent) cuts.insert({range.start, range.end});
  }
  for (const ScheduledActivityRecord& plan : records.plans) {
    if (plan.agent_id == agent) cuts.insert({plan.start, plan.end});
  }
  for (const storage::MembershipRecord& membership : records.memberships) {
    if (membership.agent_id != agent) continue;
    cuts.insert({membership.start, membership.end.value_or(metrics::kInstantEnd)});
  }
  std::vector<Moment> moments;
  for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut) {
    Moment& moment = moments.emplace_back();
    moment.range = {*cut, *std::next(cut)};
    moment.activity = ActivityAt(records, agent, *cut);
    if (employment.Contains(*cut)) moment.plan = PlanAt(records, agent, *cut);
  }
  return moments;
}

// The part of a moment in a state KPI: whether it counts above and below, and by which record.
void SetPiece(const metrics::ResolvedKpi& kpi, const Moment& moment, Piece& piece) {
  const std::string_view id = kpi.definition->id;
  const auto state = moment.activity == nullptr ? AgentState::kNone : moment.activity->state;
  const bool logged_in = state != AgentState::kNone && state != AgentState::kOffline;
  const bool busy = state == AgentState::kHandling || state == AgentState::kWrapUp;
  const bool planned = moment.plan != nullptr;
  bool above = false;
  bool below = false;
  bool below_is_planned = false;
  if (id == "occupancy") {
    above = busy;
    below = busy || state == AgentState::kAvailable;
  } else if (id == "utilization") {
    above = busy;
    below_is_planned = Choice(kpi, "basis") == "scheduled";
    below = below_is_planned ? planned : logged_in;
  } else if (id == "shrinkage") {
    above = state == AgentState::kBreak || state == AgentState::kMeal ||
            state == AgentState::kMeeting || state == AgentState::kTraining;
    below = logged_in;
  } else if (id == "schedule_adherence") {
    above = planned && (Matches(moment) || moment.forgiven);
    below = below_is_planned = planned;
  } else if (id == "schedule_conformance") {
    above = IsWork(state);
    below = below_is_planned = planned && moment.plan->state == PlannedState::kWork;
  } else {  // contacts_per_hour: hours.
    below = logged_in;
  }
  const auto seconds = static_cast<long double>(moment.range.Length().count()) / 1e6L;
  if (above) piece.numerator = seconds;
  if (below) piece.denominator = id == "contacts_per_hour" ? seconds / 3'600 : seconds;
  if (below && id != "contacts_per_hour") {
    piece.sample = below_is_planned ? moment.plan->schedule_id : moment.activity->activity_id;
  }
}

}  // namespace

std::vector<Piece> StatePieces(const metrics::Query& query, const metrics::ResolvedKpi& kpi,
                               const Records& records) {
  const std::string_view id = kpi.definition->id;
  const bool reads_plans =
      id.starts_with("schedule") || (id == "utilization" && Choice(kpi, "basis") == "scheduled");
  const bool plans_only = id == "schedule_adherence";
  std::set<std::string> agents;
  for (const AgentActivityRecord& activity : records.activities) agents.insert(activity.agent_id);
  for (const ScheduledActivityRecord& plan : records.plans) agents.insert(plan.agent_id);
  std::vector<Piece> pieces;
  for (const std::string& agent : agents) {
    std::vector<Moment> moments = MomentsOf(query, records, agent);
    if (id == "schedule_adherence") Forgive(Parameter<Duration>(kpi, "tolerance"), moments);
    for (const Moment& moment : moments) {
      if (!query.range.Contains(moment.range.start)) continue;
      const bool is_read =
          (moment.activity != nullptr && !plans_only) || (moment.plan != nullptr && reads_plans);
      if (!is_read) continue;
      Piece& piece = pieces.emplace_back();
      piece.traits.agent = agent;
      piece.traits.instant = piece.time = moment.range.start;
      SetPiece(kpi, moment, piece);
    }
  }
  return pieces;
}

}  // namespace kpid::proof
