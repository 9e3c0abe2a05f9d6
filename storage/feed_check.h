// Resident facts against SQL over the same committed state: counts and sums of each UTC day.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "storage/fact_feed.h"
#include "storage/session.h"

namespace kpid::storage {

struct FeedCheckOptions {
  // Spans of agents that are read at once: bounds memory at about 70 bytes each. One agent's are
  // read at once in any case.
  size_t spans_per_read_max = 2'000'000;
};

// The differences of a table, by FeedTables(), in `session`'s transaction. `start`: of the window;
// days before it are left out. Of agents' activities and plans, which are held as what counts at
// each instant, just these times are compared, and a difference has no day.
absl::StatusOr<std::vector<FeedDifference>> CheckTable(Session* session,
                                                       const metrics::FactSnapshot& facts,
                                                       size_t table, metrics::Instant start,
                                                       const metrics::CallLimits& limits,
                                                       const FeedCheckOptions& options = {});

// Row keys that are held of a day. REQUIRES: a table whose differences have days.
std::vector<int64_t> ResidentRows(const metrics::FactSnapshot& facts, size_t table,
                                  std::chrono::sys_days day);

// Condition on the table's columns: rows of that day.
std::string DayCondition(size_t table, std::chrono::sys_days day);

}  // namespace kpid::storage
