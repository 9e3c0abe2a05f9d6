// The resident facts: moved from one committed state to the next, read as snapshots.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/fact.h"
#include "metrics/fact_snapshot.h"
#include "metrics/time.h"

namespace kpid::metrics {

// Facts of one kind that were inserted or changed (identified by row_key, whatever they were
// before), and row keys of those that were deleted. Unknown keys may be deleted; of facts with the
// same key the last counts, also against a deletion.
template <class Fact>
struct KindChanges {
  std::vector<Fact> upserted;
  std::vector<int64_t> deleted;
  bool replaced = false;  // All facts of the kind: those not named here are gone.
};

// A name that is new, or that changed: what a code stands for.
struct NameChange {
  Dictionary Dictionaries::*dictionary = nullptr;
  Code code = kNoCode;
  std::string name;
  std::string display_name;
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

  // All names anew; then further ones. Adding names costs in proportion to them, giving all in
  // proportion to all.
  std::optional<Dictionaries> dictionaries;
  std::vector<NameChange> names;

  std::optional<Roster> roster;
  std::optional<TargetSet> targets;
  std::optional<std::vector<EmploymentFact>> employments;

  // Latest arrive time of an interaction that is stored but was never given to the store.
  std::optional<Instant> latest_arrive;
  Instant data_watermark{};
};

// One thread's share of a load. Thread-compatible.
class FactLoading {
 public:
  virtual ~FactLoading() = default;

  // Takes facts that were upserted; *changes has none afterwards. Whatever else changes say is no
  // part of a load.
  virtual void Take(FactChanges* changes) = 0;

  // All that was taken so far is part of the load. Best called where a part of the time of a kind
  // is complete; the last call must be one.
  virtual void Finish() = 0;
};

struct FactStoreOptions {
  // Rows of a chunk: what a change may cost at most (about 3 ms), and what a thread that answers
  // a question takes at a time. At most 32,768.
  size_t chunk_rows_max = 32'768;

  // A link between contacts that changes is written beside its chunk's column until one row in so
  // many has changed; then the column is packed anew. At least 1.
  size_t rows_per_changed_link = 64;

  // Threads that put a load together. At least 1.
  size_t load_threads = 4;
};

// Sizes, for logs, metrics and limits.
struct FactStoreSize {
  int64_t interactions = 0;
  int64_t facts = 0;         // Of all kinds.
  int64_t memory_bytes = 0;  // Of these and of what finds them, but for the roster and targets.
  int64_t interaction_bytes = 0;  // Of that, what interactions and the links between them take.
};

// Facts that are moved from one state to the next, at a cost in proportion to the changes.
//
// Rows are held in chunks of columns by UTC day (interactions) or week (the other records that
// count at an instant). New rows of a day come in a small chunk, which is joined with others of
// the day that are not much greater: a row is packed a few times in all. A changed or deleted row
// dies in its chunk's bitmap until the chunk is rewritten. Links between contacts are derived when
// a question first needs them, and from then on kept true for the customers and cases that change.
// Snapshots share all that did not change between them.
//
// One thread at a time changes it; any number read snapshots meanwhile.
class FactStore {
 public:
  explicit FactStore(FactStoreOptions options);
  ~FactStore();

  // Moves to the next state. Work is in proportion to the changes, the chunks that they touch (some
  // microseconds each) and, where links are kept, all contacts of the customers that they touch;
  // readers are not blocked.
  void Apply(FactChanges changes);

  // A load takes the place of all that is held, several threads at once: BeginLoad, which lets
  // everything go and applies names; then each thread packs its share of the facts, none of them
  // twice; EndLoad puts them together, derives the links of first contact resolution, and moves to
  // the new state. Size counts what was packed so far. A load that is not ended is undone by the
  // next BeginLoad; until then nothing else may change the store. CANCELLED, DEADLINE_EXCEEDED.
  void BeginLoad(FactChanges names);
  std::unique_ptr<FactLoading> NewLoading();
  absl::Status EndLoad(Instant data_watermark, const CallLimits& limits);

  // Lets go what lies before an instant: the resident window's start. Interactions go when they
  // arrived and ended before, surveys when they were sent and answered before, tickets when they
  // were opened and last resolved or closed before, records of time when they ended before. Links
  // are those of what stays. What is let go must not be given again by a later change, or it is
  // there again.
  void Forget(Instant before);

  // The state that was applied last; null before the first one. Never blocks for long.
  std::shared_ptr<const FactSnapshot> Current() const;

  // Costs some time in proportion to the chunks.
  FactStoreSize size() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace kpid::metrics
