// The arrows of ingest: request -> checked -> records of one transaction, and what became of
// them -> counts. Pure functions.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "kpid/v1/ingest_service.pb.h"
#include "server/rejected_record.h"
#include "storage/record_store.h"

namespace kpid::server {

// Checks a request and adds its valid records to the batch. Without allow_partial any violation
// makes the whole request INVALID_ARGUMENT with all of them; with it, invalid records go to
// `rejections` and the rest is taken. The size of the batch is always the request's matter.
absl::Status ReadRecords(const v1::IngestInteractionsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestSurveyResponsesRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestQualityEvaluationsRequest& request,
                         RejectionList* rejections, storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestAgentActivitiesRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestScheduledActivitiesRequest& request,
                         RejectionList* rejections, storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestTicketsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);
absl::Status ReadRecords(const v1::IngestCostsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);

// The same for a message of StreamRecords: records stand alone. INVALID_ARGUMENT when there are
// too many.
absl::Status ReadRecords(const v1::StreamRecordsRequest& request, RejectionList* rejections,
                         storage::RecordBatch* batch);

void SetIngestCounts(const storage::IngestOutcome& outcome, int64_t rejected,
                     v1::IngestCounts* counts);

}  // namespace kpid::server
