// Where the engine's facts come from: loaded from PostgreSQL for a question (storage), made by a
// test, or resident.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"

namespace kpid::metrics {

// The facts that a question needs. A source may hold more; what is asked here must be there.
struct FactDemand {
  // Interactions that arrive in this range.
  std::optional<TimeRange> interactions;

  // Also, for the interactions of known customers in the range: every interaction of these
  // customers that arrives after and not later than its end plus this window. 0: none.
  Duration repeat_window{0};

  // Also, for the interactions in the range: every handled interaction of the same customer, or
  // case, that arrived before and whose end plus this window reaches the range. 0: none.
  Duration first_contact_window{0};

  // Also every interaction of the cases in the range, whenever it arrived.
  bool whole_cases = false;

  // Surveys answered in this range; surveys invited (or, without, answered) in this range.
  std::optional<TimeRange> surveys_by_respond;
  std::optional<TimeRange> surveys_by_invite;

  // Quality evaluations of this range.
  std::optional<TimeRange> quality_evaluations;

  // Agent activities, scheduled activities and costs of which a part is in the range. Ongoing
  // activities last for ever.
  std::optional<TimeRange> agent_activities;
  std::optional<TimeRange> scheduled_activities;
  std::optional<TimeRange> costs;

  // Tickets opened before the range's end that were opened, resolved (for the first or the last
  // time) or open in it: those not resolved for the last time before its start, unless closed
  // before its start without being resolved since.
  std::optional<TimeRange> tickets;

  // Hire and leave dates of all agents that have one.
  bool employments = false;

  // Attribute keys that are grouped or filtered by; others may be left out.
  std::vector<std::string> attribute_keys;

  friend bool operator==(const FactDemand&, const FactDemand&) = default;
};

// What a question needs: the same rule that Evaluate reads by.
FactDemand DemandOf(const Query& query);

// Makes *all ask for everything that a demand asks for, too. Ranges become one that spans both.
void AddDemand(const FactDemand& demand, FactDemand* all);

// Whether the facts asked for by a demand hold all that another asks for.
bool Covers(const FactDemand& demand, const FactDemand& other);

// Safe for concurrent use.
class FactSource {
 public:
  virtual ~FactSource() = default;

  // Facts of one committed state that includes everything acknowledged before the call.
  // RESOURCE_EXHAUSTED with reason TOO_MANY_FACTS when a limit is passed; UNAVAILABLE;
  // CANCELLED; DEADLINE_EXCEEDED.
  virtual absl::StatusOr<std::shared_ptr<const FactSnapshot>> Snapshot(
      const FactDemand& demand, const CallLimits& limits) = 0;

  // What each of several demands asks for, in their order: of one state where all are resident,
  // else each of a state of its own. Errors as Snapshot.
  virtual absl::StatusOr<std::vector<std::shared_ptr<const FactSnapshot>>> Snapshots(
      std::span<const FactDemand> demands, const CallLimits& limits) {
    std::vector<std::shared_ptr<const FactSnapshot>> snapshots;
    for (const FactDemand& demand : demands) {
      auto snapshot = Snapshot(demand, limits);
      if (!snapshot.ok()) return snapshot.status();
      snapshots.push_back(*std::move(snapshot));
    }
    return snapshots;
  }

  // About how many facts an answer reads, or kFactsToLoad when they are not in memory: an estimate
  // that takes microseconds, for whoever lets questions in. Default: few.
  virtual int64_t EstimateFacts(const FactDemand&) const { return 0; }
};

// Of FactSource::EstimateFacts: more than any number of facts in memory.
inline constexpr int64_t kFactsToLoad = std::numeric_limits<int64_t>::max();

// About how many facts of a snapshot are in a demand. Interactions are counted by whole days,
// surveys and tickets by whole chunks, what agents did and were to do by a usual number a day.
int64_t EstimateFactsIn(const FactSnapshot& snapshot, const FactDemand& demand);

}  // namespace kpid::metrics
