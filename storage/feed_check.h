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

// The differences of a table, by FeedTables(), in `session`'s transaction. `start`: of the window;
// days before it are left out. Of agents' activities and plans, which are held as what counts at
// each instant, just these times are compared, and a difference has no day.
absl::StatusOr<std::vector<FeedDifference>> CheckTable(Session* session,
                                                       const metrics::FactSnapshot& facts,
                                                       size_t table, metrics::Instant start,
                                                       const metrics::CallLimits& limits);

// Row keys that are held of a day. REQUIRES: a table whose differences have days.
std::vector<int64_t> ResidentRows(const metrics::FactSnapshot& facts, size_t table,
                                  std::chrono::sys_days day);

// Condition on the table's columns: rows of that day.
std::string DayCondition(size_t table, std::chrono::sys_days day);

}  // namespace kpid::storage
