// The resident facts: moved from one committed state to the next, read as snapshots.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "metrics/fact.h"
#include "metrics/fact_snapshot.h"
#include "metrics/time.h"

namespace kpid::metrics {

// Facts of one kind that were inserted or changed (identified by row_key, whatever they were
// before), and row keys of those that were deleted.
template <class Fact>
struct KindChanges {
  std::vector<Fact> upserted;
  std::vector<int64_t> deleted;
  bool replaced = false;  // All facts of the kind: those not named here are gone.
};

// The difference between two committed states, all kinds together. What is absent did not change.
struct FactChanges {
  KindChanges<InteractionFact> interactions;
  KindChanges<SurveyFact> surveys;
  KindChanges<QualityFact> quality_evaluations;
  KindChanges<AgentActivityFact> agent_activities;
  KindChanges<ScheduledActivityFact> scheduled_activities;
  KindChanges<TicketFact> tickets;
  KindChanges<CostFact> costs;

  std::optional<Dictionaries> dictionaries;
  std::optional<Roster> roster;
  std::optional<TargetSet> targets;
  std::optional<std::vector<EmploymentFact>> employments;
  Instant data_watermark{};
};

struct FactStoreOptions {
  // Rows that a day's tail holds before it is merged into the day's chunk.
  size_t tail_rows_max = 4096;
};

// Sizes, for logs, metrics and limits.
struct FactStoreSize {
  int64_t interactions = 0;
  int64_t facts = 0;         // Of all kinds.
  int64_t memory_bytes = 0;  // Of all that the current snapshot holds.
};

// One thread applies; any number of threads read snapshots meanwhile.
class FactStore {
 public:
  explicit FactStore(FactStoreOptions options);
  ~FactStore();

  // Moves to the next state. Work is in proportion to the changes and the days that they touch,
  // not to what is stored; readers are not blocked.
  void Apply(FactChanges changes);

  // Lets go what arrived (began, was answered, ...) before an instant: the resident window's
  // start. Facts that a question about the window needs beyond it stay.
  void Forget(Instant before);

  // The state that was applied last; null before the first one. Never blocks for long.
  std::shared_ptr<const FactSnapshot> Current() const;

  FactStoreSize size() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace kpid::metrics
