// What a feed does to the database beside reading it. Not on a standby, where it is for the
// feeds of the primary.
#pragma once

#include <chrono>
#include <cstdint>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/session.h"

namespace kpid::storage {

struct FeedPreparation {
  bool restored = false;   // The database comes from a dump of another cluster.
  int64_t renumbered = 0;  // Rows that were said to be changed by transactions yet to come.
};

// Before a load. Notices a database restored from a dump: deletions listed there are of other
// transactions, and rows that claim transactions yet to come are made to be changed now, in
// transactions of bounded size. (Differences are right without that: they look at no transaction
// yet to come. But when it comes, such rows would be read as often as it is looked at.)
absl::StatusOr<FeedPreparation> PrepareFeed(Session* session, const metrics::CallLimits& limits);

// Deletes entries of kpid.deleted_rows that are older than `kept` or beyond the newest
// `rows_max`.
absl::Status PruneDeletions(Session* session, std::chrono::seconds kept, int64_t rows_max,
                            const metrics::CallLimits& limits);

}  // namespace kpid::storage
