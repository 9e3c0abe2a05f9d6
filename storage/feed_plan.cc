#include "storage/feed_plan.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using metrics::Instant;

// Parts by time: some rows of each, and not too many of them, as each has to look at every block
// range that an index has not summed up yet.
constexpr int64_t kRowsPerPart = 200'000;
constexpr int64_t kPartsMax = 64;

// Pages of which the times are looked at, about, to cut a table by time.
constexpr int64_t kSampledPages = 500;

constexpr int64_t kPageBytes = 8'192;

// A row takes less than half as much memory as in the table.
constexpr int64_t kTableBytesPerByteHeld = 2;

// Rows, as statistics have them, when they were made for so many pages ($1), and pages of a table
// ($0).
constexpr const char* kTableSize =
    "SELECT greatest(reltuples, 0)::bigint, relpages::bigint, pg_relation_size(oid) / $1"
    " FROM pg_class WHERE oid = 'kpid.$0'::regclass";

// Times ($1) of the rows of a share ($2, percent) of the pages of a table ($0).
constexpr const char* kTimeSample =
    "SELECT $1 FROM kpid.$0 TABLESAMPLE SYSTEM ($2) REPEATABLE (1)"
    " WHERE $1 IS NOT NULL ORDER BY 1";

struct TableSize {
  int64_t rows = 0;  // About; 0: not known.
  int64_t pages = 0;
};

absl::StatusOr<TableSize> SizeOf(Session* session, const FeedTable& table,
                                 const CallLimits& limits) {
  const std::string sql = absl::Substitute(kTableSize, table.name, kPageBytes);
  absl::StatusOr<Rows> found = session->Execute({"table_size", sql}, {}, limits);
  if (!found.ok()) return found.status();
  const int64_t rows = found->At(0, 0).Long();
  const int64_t pages_then = found->At(0, 1).Long();
  TableSize size{rows, found->At(0, 2).Long()};
  if (pages_then > 0) {
    size.rows = static_cast<int64_t>(static_cast<double>(rows) / static_cast<double>(pages_then) *
                                     static_cast<double>(size.pages));
  }
  return size;
}

// Midnights that cut a table into parts of about as many rows.
absl::StatusOr<std::vector<Instant>> CutsOf(Session* session, const FeedTable& table,
                                            const FeedPlanOptions& options, TableSize* size,
                                            const CallLimits& limits) {
  std::vector<Instant> cuts;
  if (size->pages < options.pages_per_part_min) return cuts;
  const double percent = std::min(
      100.0, 100.0 * static_cast<double>(kSampledPages) / static_cast<double>(size->pages));
  const std::string sql = absl::Substitute(kTimeSample, table.name, table.time_column, percent);
  absl::StatusOr<Rows> times = session->Execute({"time_sample", sql}, {}, limits);
  if (!times.ok()) return times.status();
  const int64_t count = times->size();
  size->rows = static_cast<int64_t>(static_cast<double>(count) * 100.0 / percent);
  const int64_t parts =
      std::clamp<int64_t>(size->rows / kRowsPerPart, options.connections, kPartsMax);
  for (int64_t i = 1; i < parts && count > 0; ++i) {
    // Whole days: each is packed once.
    cuts.push_back(std::chrono::floor<std::chrono::days>(
        times->At(static_cast<int>(i * count / parts), 0).Time()));
  }
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

absl::Status PlanByTime(Session* session, const FeedTable& table, const FeedPlanOptions& options,
                        TableSize* size, const CallLimits& limits, FeedPlan* plan) {
  absl::StatusOr<std::vector<Instant>> cuts = CutsOf(session, table, options, size, limits);
  if (!cuts.ok()) return cuts.status();
  for (FeedPart& part : PartsOf(table, options.start, *cuts)) {
    // Only the bulk, and never the newest of it, makes way for memory.
    const bool bulk = &table == &FeedTables().front() && part.end.has_value();
    plan->tasks.push_back({&table, std::move(part), bulk});
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> BlockRanges(int64_t pages, int connections, int64_t pages_per_part_min) {
  std::vector<int64_t> cuts;
  for (int64_t at = 0;;) {
    // Each connection gets some more of what is left.
    const int64_t share = (pages - at) / (int64_t{connections} * 2);
    at += std::max(share, pages_per_part_min);
    if (at >= pages) break;
    cuts.push_back(at);
  }
  if (cuts.empty()) return {"true"};
  std::vector<std::string> conditions{absl::Substitute("ctid < '($0,0)'", cuts.front())};
  for (size_t i = 1; i < cuts.size(); ++i) {
    conditions.push_back(
        absl::Substitute("ctid >= '($0,0)' AND ctid < '($1,0)'", cuts[i - 1], cuts[i]));
  }
  conditions.push_back(absl::Substitute("ctid >= '($0,0)'", cuts.back()));
  return conditions;
}

absl::StatusOr<FeedPlan> PlanFeedLoad(Session* session, const FeedPlanOptions& options,
                                      const CallLimits& limits) {
  FeedPlan plan;
  std::vector<TableSize> sizes;
  int64_t bytes = 0;
  for (const FeedTable& table : FeedTables()) {
    absl::StatusOr<TableSize> size = SizeOf(session, table, limits);
    if (!size.ok()) return size.status();
    bytes += size->pages * kPageBytes;
    sizes.push_back(*size);
  }
  const bool room =
      options.memory_bytes_max <= 0 || bytes / kTableBytesPerByteHeld <= options.memory_bytes_max;
  plan.by_time = options.start.has_value() || !room;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const FeedTable& table = FeedTables()[i];
    if (plan.by_time) {
      const absl::Status status = PlanByTime(session, table, options, &sizes[i], limits, &plan);
      if (!status.ok()) return status;
    } else {
      for (std::string& condition :
           BlockRanges(sizes[i].pages, options.connections, options.pages_per_part_min)) {
        plan.tasks.push_back({&table, {std::move(condition), std::nullopt}, false});
      }
    }
    plan.expected += sizes[i].rows;
  }
  return plan;
}

}  // namespace kpid::storage
