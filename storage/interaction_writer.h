// Upserts interactions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/dictionary_cache.h"
#include "storage/records.h"
#include "storage/session.h"

namespace kpid::storage {

// Adds the names that the record carries.
void AddNames(const InteractionRecord& record, BatchNames* names);

struct InteractionUpsert {
  int64_t inserted = 0;
  std::vector<std::string> updated_ids;
};

// Inserts or updates, as RecordStore::Ingest says. REQUIRES: ascending ids, each once; keys for
// all names; an open transaction.
absl::StatusOr<InteractionUpsert> UpsertInteractions(
    Session* session, std::span<const InteractionRecord* const> records, const BatchNames& names,
    const metrics::CallLimits& limits);

}  // namespace kpid::storage
