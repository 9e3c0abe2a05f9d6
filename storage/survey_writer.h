// Upserts surveys, and stamps them with the dimensions of their interactions.
//
// Why no survey is left with a wrong stamp, whatever runs at the same time: who stamps holds the
// interaction with FOR SHARE or has just written it, and who corrects an interaction stamps its
// surveys before it commits. So a survey is stamped from the last committed version, or its
// corrector sees the survey and stamps it again. Only when a survey and its interaction are
// inserted by two transactions that cannot see each other is it left waiting; both sides look
// once more after their commit (StampSurveysOf with FindWaiting), and the later one finds it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/dictionary_cache.h"
#include "storage/records.h"
#include "storage/session.h"

namespace kpid::storage {

// Adds the names that the record carries.
void AddNames(const SurveyRecord& record, BatchNames* names);

struct SurveyUpsert {
  int64_t inserted = 0;
  int64_t updated = 0;
  std::vector<std::string> waiting_interaction_ids;  // Of surveys written without a stamp.
};

// Inserts or updates, as RecordStore::Ingest says; surveys of stored interactions are stamped.
// REQUIRES: ascending ids, each once; keys for all names; an open transaction.
absl::StatusOr<SurveyUpsert> UpsertSurveys(Session* session,
                                           std::span<const SurveyRecord* const> records,
                                           const BatchNames& names,
                                           const metrics::CallLimits& limits);

// Which of the interaction ids (ascending) surveys wait for. Quick when nothing waits at all.
absl::StatusOr<std::vector<std::string>> FindWaiting(Session* session,
                                                     std::span<const std::string> interaction_ids,
                                                     const metrics::CallLimits& limits);

// The first `limit` interaction ids after `after` that surveys wait for, ascending.
absl::StatusOr<std::vector<std::string>> ListWaiting(Session* session, const std::string& after,
                                                     int limit, const metrics::CallLimits& limits);

// Stamps the surveys of these interactions (ascending) that are not stamped as they should be.
// Returns how many that were.
absl::StatusOr<int64_t> StampSurveysOf(Session* session,
                                       std::span<const std::string> interaction_ids,
                                       const metrics::CallLimits& limits);

// Locks the stored ones of these interactions (ascending) for an update to come. For batches of
// both kinds, which otherwise would lock interactions out of order.
absl::Status LockInteractions(Session* session, std::span<const std::string> interaction_ids,
                              const metrics::CallLimits& limits);

}  // namespace kpid::storage
