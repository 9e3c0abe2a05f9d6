// How a load of all resident facts is cut into statements.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/time.h"
#include "storage/feed_tables.h"
#include "storage/session.h"

namespace kpid::storage {

// One COPY.
struct FeedTask {
  const FeedTable* table = nullptr;
  FeedPart part;
  bool may_be_skipped = false;  // When memory runs out: interactions, but for the newest.
};

struct FeedPlan {
  std::vector<FeedTask> tasks;  // Of each table from the newest to the oldest.
  int64_t expected = 0;         // Rows, as statistics have them.
};

// Cuts the tables into parts of about equal size, at UTC midnights, for so many connections.
// `start`: of the window; absent: everything.
absl::StatusOr<FeedPlan> PlanFeedLoad(Session* session, std::optional<metrics::Instant> start,
                                      int connections, const metrics::CallLimits& limits);

}  // namespace kpid::storage
