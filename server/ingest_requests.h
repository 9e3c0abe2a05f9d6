// The arrows of ingest: request -> checked -> records of one transaction, and what became of
// them -> counts. Pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kpid/v1/ingest_service.pb.h"
#include "kpid/v1/target_service.pb.h"
#include "server/rejected_record.h"
#include "storage/record_store.h"

namespace kpid::server {

// Where a record of a batch came from.
struct RecordOrigin {
  int32_t index = 0;
  int64_t sequence = 0;  // 0: a unary request.
};

// Records of one transaction that passed their checks.
struct CheckedRecords {
  storage::RecordBatch batch;
  std::vector<RecordOrigin> cost_origins;  // Of batch.costs: these, storage can still refuse.
  bool partial = true;  // What is refused is left out; false: nothing is stored then.
};

// Checks a request and adds its valid records. Without allow_partial any violation
// makes the whole request INVALID_ARGUMENT with all of them; with it, invalid records go to
// `rejections` and the rest is taken. The size of the batch is always the request's matter.
absl::Status ReadRecords(const v1::IngestInteractionsRequest& request, RejectionList* rejections,
                         CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestSurveyResponsesRequest& request, RejectionList* rejections,
                         CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestQualityEvaluationsRequest& request,
                         RejectionList* rejections, CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestAgentActivitiesRequest& request, RejectionList* rejections,
                         CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestScheduledActivitiesRequest& request,
                         RejectionList* rejections, CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestTicketsRequest& request, RejectionList* rejections,
                         CheckedRecords* records);
absl::Status ReadRecords(const v1::IngestCostsRequest& request, RejectionList* rejections,
                         CheckedRecords* records);
absl::Status ReadRecords(const v1::UpsertTargetsRequest& request, RejectionList* rejections,
                         CheckedRecords* records);

// The same for a message of StreamRecords: records stand alone. INVALID_ARGUMENT when there are
// too many.
absl::Status ReadRecords(const v1::StreamRecordsRequest& request, RejectionList* rejections,
                         CheckedRecords* records);

// Stores a transaction; OK means on disk.
using StoreTransaction =
    std::function<absl::StatusOr<storage::IngestOutcome>(const storage::RecordBatch&)>;

// Stores the records. Costs of a group that is not stored (reason GROUP_UNKNOWN) go to
// `rejections`, in their places, and the rest is stored; unless `partial`, they make the whole
// INVALID_ARGUMENT. An error of `store` otherwise.
absl::StatusOr<storage::IngestOutcome> StoreRecords(const StoreTransaction& store,
                                                    CheckedRecords* records,
                                                    RejectionList* rejections);

void SetIngestCounts(const storage::IngestOutcome& outcome, int64_t rejected,
                     v1::IngestCounts* counts);

}  // namespace kpid::server
