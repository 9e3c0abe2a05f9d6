// What the unary RPCs that take batches of records do inside the guard.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/call_guard.h"
#include "server/ingest_requests.h"
#include "server/rejected_record.h"
#include "storage/record_store.h"

namespace kpid::server {

// Stores a batch: RecordStore::Ingest, or what a test makes of it.
using StoreBatch = std::function<absl::StatusOr<storage::IngestOutcome>(
    const storage::RecordBatch&, const metrics::CallLimits&)>;

// Checks a request, stores its records and answers what became of them.
template <typename Request, typename Response>
absl::Status IngestBatch(const StoreBatch& store, Call& call, const Request& request,
                         Response* response) {
  CheckedRecords records;
  RejectionList rejections(response->mutable_rejected_records(), call.request_id());
  if (absl::Status status = ReadRecords(request, &rejections, &records); !status.ok()) {
    return status;
  }
  const auto outcome =
      StoreRecords([&](const storage::RecordBatch& batch) { return store(batch, call.limits()); },
                   &records, &rejections);
  if (!outcome.ok()) return outcome.status();
  SetIngestCounts(*outcome, rejections.size(), response->mutable_counts());
  call.Count("inserted", outcome->inserted);
  call.Count("updated", outcome->updated);
  call.Count("unchanged", outcome->unchanged);
  call.Count("rejected", rejections.size());
  return absl::OkStatus();
}

}  // namespace kpid::server
