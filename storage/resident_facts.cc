#include "storage/resident_facts.h"

#include <algorithm>
#include <utility>

namespace kpid::storage {

using metrics::FactDemand;
using metrics::Instant;
using metrics::TimeRange;

bool Covers(Instant start, const FactDemand& demand) {
  if (start == Instant::min()) return true;
  const auto within = [start](const std::optional<TimeRange>& range) {
    return !range || range->Empty() || range->start >= start;
  };
  if (demand.interactions && !demand.interactions->Empty()) {
    // Earlier contacts are held while they touch the window; those of a case may be of any time.
    if (demand.whole_cases) return false;
    if (demand.interactions->start < start + demand.first_contact_window) return false;
  }
  return within(demand.interactions) && within(demand.surveys_by_respond) &&
         within(demand.surveys_by_invite) && within(demand.quality_evaluations) &&
         within(demand.agent_activities) && within(demand.scheduled_activities) &&
         within(demand.costs) && within(demand.tickets);
}

ResidentFacts::ResidentFacts(FactFeed* feed, const CommitClock* commits,
                             metrics::FactSource* loader, ResidentFactsOptions options,
                             std::function<std::chrono::steady_clock::time_point()> now)
    : feed_(feed), commits_(commits), loader_(loader), options_(options), now_(std::move(now)) {}

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> ResidentFacts::Snapshot(
    const FactDemand& demand, const metrics::CallLimits& limits) {
  auto held = Held({&demand, 1}, limits);
  if (!held.ok() || *held != nullptr) return held;
  loaded_.fetch_add(1, std::memory_order_relaxed);
  return loader_->Snapshot(demand, limits);
}

int64_t ResidentFacts::EstimateFacts(const FactDemand& demand) const {
  const std::shared_ptr<const ResidentState> state = feed_->Current();
  if (state == nullptr || !Covers(state->start, demand)) return loader_->EstimateFacts(demand);
  return metrics::EstimateFactsIn(*state->facts, demand);
}

absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> ResidentFacts::Snapshots(
    std::span<const FactDemand> demands, const metrics::CallLimits& limits) {
  auto held = Held(demands, limits);
  if (!held.ok()) return held.status();
  if (*held == nullptr) return FactSource::Snapshots(demands, limits);
  return std::vector<std::shared_ptr<const metrics::FactSnapshot>>(demands.size(), *held);
}

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> ResidentFacts::Held(
    std::span<const FactDemand> demands, const metrics::CallLimits& limits) {
  const auto covers = [&](const ResidentState& state) {
    return std::all_of(demands.begin(), demands.end(),
                       [&](const FactDemand& demand) { return Covers(state.start, demand); });
  };
  const std::shared_ptr<const ResidentState> before = feed_->Current();
  if (before == nullptr || !covers(*before)) return nullptr;
  auto state = feed_->WaitFor(commits_->commits(), options_.patience, limits);
  if (!state.ok()) return state.status();
  if (*state == nullptr || !covers(**state) || !Usable(**state)) return nullptr;
  resident_.fetch_add(static_cast<int64_t>(demands.size()), std::memory_order_relaxed);
  return (*state)->facts;
}

bool ResidentFacts::Usable(const ResidentState& state) const {
  return now_() - state.confirmed <= options_.stale_max;
}

absl::StatusOr<std::shared_ptr<const ResidentState>> ResidentFacts::State(
    bool own_commits, std::chrono::steady_clock::time_point since,
    const metrics::CallLimits& limits) {
  std::shared_ptr<const ResidentState> state = feed_->Current();
  if (state != nullptr && (own_commits || state->confirmed < since)) {
    auto waited =
        feed_->WaitFor(own_commits ? commits_->commits() : 0, options_.patience, limits, since);
    if (!waited.ok()) return waited.status();
    state = *std::move(waited);
  }
  if (state != nullptr && !Usable(*state)) return nullptr;
  return state;
}

}  // namespace kpid::storage
