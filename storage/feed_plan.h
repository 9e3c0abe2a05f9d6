// How a load of all resident facts is cut into statements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  int64_t expected = 0;         // Rows, about; 0: not known.
  bool by_time = false;
};

struct FeedPlanOptions {
  std::optional<metrics::Instant> start = std::nullopt;  // Of the window; absent: everything.
  int connections = 1;

  // Memory that the facts may take; 0: no limit. Where it may be reached interactions are cut by
  // time, so that the oldest ones can be left out.
  int64_t memory_bytes_max = 0;

  // Pages of a table that are worth a statement of their own.
  int64_t pages_per_part_min = 512;
};

// Cuts the tables into parts, for so many connections: into block ranges, which need neither
// statistics nor indexes (a table that was just filled has none of use) and are read in the order
// in which the rows came; where a window or a limit asks for it by time, at UTC midnights.
absl::StatusOr<FeedPlan> PlanFeedLoad(Session* session, const FeedPlanOptions& options,
                                      const metrics::CallLimits& limits);

// Conditions that together have every row of a table of so many pages once. The parts fall in
// size, so that connections that take one after the other end together.
std::vector<std::string> BlockRanges(int64_t pages, int connections, int64_t pages_per_part_min);

}  // namespace kpid::storage
