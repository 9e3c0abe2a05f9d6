// Dimensions of interactions that other records take over: those of surveys and of quality
// evaluations, in columns stamped_*.
//
// Why no record is left with a wrong stamp, whatever runs at the same time: who stamps holds the
// interaction with FOR SHARE or has just written it, and who corrects an interaction stamps its
// records before it commits. So a record is stamped from the last committed version, or its
// corrector sees the record and stamps it again. Only when a record and its interaction are
// inserted by two transactions that cannot see each other is it left waiting; both sides look
// once more after their commit (StampRecordsOf with FindWaiting), and the later one finds it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/dictionary_cache.h"
#include "storage/session.h"

namespace kpid::storage {

// The dimensions of an interaction.
struct Stamp {
  DictionaryKey customer = 0;
  DictionaryKey queue = 0;
  DictionaryKey agent = 0;
  int16_t channel = 0;
  int16_t direction = 0;
};

using Stamps = absl::flat_hash_map<std::string, Stamp>;  // By interaction id.

// The stamps of those of the interactions (ascending) that are stored; they cannot change until
// the transaction ends. REQUIRES: an open transaction.
absl::StatusOr<Stamps> ReadStamps(Session* session, std::span<const std::string> interaction_ids,
                                  const metrics::CallLimits& limits);

// Which of the interaction ids (ascending) records wait for. Quick when nothing waits at all.
absl::StatusOr<std::vector<std::string>> FindWaiting(Session* session,
                                                     std::span<const std::string> interaction_ids,
                                                     const metrics::CallLimits& limits);

// The first `limit` interaction ids after `after` that records wait for, ascending.
absl::StatusOr<std::vector<std::string>> ListWaiting(Session* session, const std::string& after,
                                                     int limit, const metrics::CallLimits& limits);

// Stamps the records of these interactions (ascending) that are not stamped as they should be.
// Returns how many that were.
absl::StatusOr<int64_t> StampRecordsOf(Session* session,
                                       std::span<const std::string> interaction_ids,
                                       const metrics::CallLimits& limits);

// Locks the stored ones of these interactions (ascending) for an update to come. For batches of
// several kinds, which otherwise would lock interactions out of order.
absl::Status LockInteractions(Session* session, std::span<const std::string> interaction_ids,
                              const metrics::CallLimits& limits);

}  // namespace kpid::storage
