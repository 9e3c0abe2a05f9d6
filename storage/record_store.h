// Writes records. Safe for concurrent use.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/database.h"
#include "storage/records.h"

namespace kpid::storage {

// Records of one transaction.
struct RecordBatch {
  std::vector<InteractionRecord> interactions{};
  std::vector<SurveyRecord> surveys{};
  std::vector<QualityEvaluationRecord> quality_evaluations{};
  std::vector<AgentActivityRecord> agent_activities{};
  std::vector<ScheduledActivityRecord> scheduled_activities{};
  std::vector<TicketRecord> tickets{};
  std::vector<CostRecord> costs{};
  std::vector<TargetRecord> targets{};

  size_t size() const {
    return interactions.size() + surveys.size() + quality_evaluations.size() +
           agent_activities.size() + scheduled_activities.size() + tickets.size() + costs.size() +
           targets.size();
  }

  // Leaves it empty, with the memory for as many records as it had.
  void Clear();
};

// What became of them; the sum is their number.
struct IngestOutcome {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;

  // Indexes in RecordBatch::costs, ascending, of all costs whose group is not stored. Unless it
  // is empty nothing of the batch was stored, and the counts are 0.
  std::vector<size_t> costs_of_unknown_group{};

  // Adds the counts; indexes belong to one batch only.
  IngestOutcome& operator+=(const IngestOutcome& other) {
    inserted += other.inserted;
    updated += other.updated;
    unchanged += other.unchanged;
    return *this;
  }
};

class RecordStore {
 public:
  // `database` must outlive the store.
  explicit RecordStore(Database* database);
  ~RecordStore();

  // Stores a batch in one transaction: on OK it is committed to disk, otherwise nothing of it is
  // (or, when the connection was lost in COMMIT, the batch was sent again until it was known).
  //
  // The higher revision wins; 0 replaces 0 when the content differs; anything else is unchanged.
  // Of several records of one id in the batch the winner is stored and the rest are unchanged.
  // Surveys take agent, queue, channel, direction and customer of their interaction, quality
  // evaluations queue, channel and direction, whichever of the two comes first and in whatever
  // transactions; a corrected interaction corrects them in the same transaction.
  // A cost of a group that is not stored keeps the batch from being stored: see IngestOutcome.
  // A batch of targets after which more than kTargetsMax (storage/target_rows.h) would hold is
  // refused: RESOURCE_EXHAUSTED, reason TOO_MANY_TARGETS, metadata limit; also against concurrent
  // batches. Void ones do not count, so that there is a way out.
  // Conflicts of transactions are retried within the limits.
  absl::StatusOr<IngestOutcome> Ingest(const RecordBatch& batch, const metrics::CallLimits& limits);

  // Stamps surveys and quality evaluations whose interaction is stored but which do not have its
  // dimensions, as a crash between two transactions can leave them. Called at start and on a
  // schedule. Returns how many.
  absl::StatusOr<int64_t> StampWaitingSurveys(const metrics::CallLimits& limits);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kpid::storage
