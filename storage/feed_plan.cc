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

// Rows of a part: some seconds of one connection, so that the last ones end together.
constexpr int64_t kRowsPerPart = 200'000;

// Parts of a table at most: each may have to look at every block range.
constexpr int64_t kPartsMax = 64;

// A table up to this many pages is one part.
constexpr int64_t kSmallTablePages = 1'024;

// Rows and pages of a table ($0), as statistics have them.
constexpr const char* kTableSize =
    "SELECT greatest(reltuples, 0)::bigint, pg_relation_size(oid) / 8192"
    " FROM pg_class WHERE oid = 'kpid.$0'::regclass";

// Times that divide the rows of a table evenly, as statistics have them; none without.
constexpr const char* kTimeHistogram =
    "SELECT unnest(histogram_bounds::text::timestamptz[]) FROM pg_stats"
    " WHERE schemaname = 'kpid' AND tablename = '$0' AND attname = '$1' ORDER BY 1";

constexpr const char* kTimeEnds = "SELECT min($1), max($1) FROM kpid.$0";

absl::StatusOr<std::vector<Instant>> CutsOf(Session* session, const FeedTable& table, int64_t rows,
                                            int64_t pages, int connections,
                                            const CallLimits& limits) {
  std::vector<Instant> cuts;
  if (pages <= kSmallTablePages) return cuts;
  const int64_t parts = std::clamp<int64_t>(rows / kRowsPerPart, connections, kPartsMax);
  std::string sql = absl::Substitute(kTimeHistogram, table.name, table.time_column);
  absl::StatusOr<Rows> bounds = session->Execute({"time_histogram", sql}, {}, limits);
  if (!bounds.ok()) return bounds.status();
  const int64_t count = bounds->size();
  if (count > 1) {
    for (int64_t i = 1; i < parts; ++i) {
      cuts.push_back(bounds->At(static_cast<int>(i * (count - 1) / parts), 0).Time());
    }
  } else {
    sql = absl::Substitute(kTimeEnds, table.name, table.time_column);
    absl::StatusOr<Rows> ends = session->Execute({"time_ends", sql}, {}, limits);
    if (!ends.ok()) return ends.status();
    if (ends->At(0, 0).null()) return cuts;
    const Instant first = ends->At(0, 0).Time();
    const metrics::Duration length = ends->At(0, 1).Time() - first;
    for (int64_t i = 1; i < parts; ++i) cuts.push_back(first + length / parts * i);
  }
  // Whole days: each is packed once.
  for (Instant& cut : cuts) cut = std::chrono::floor<std::chrono::days>(cut);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

absl::Status PlanTable(Session* session, const FeedTable& table, std::optional<Instant> start,
                       int connections, const CallLimits& limits, FeedPlan* plan) {
  const std::string sql = absl::Substitute(kTableSize, table.name);
  absl::StatusOr<Rows> size = session->Execute({"table_size", sql}, {}, limits);
  if (!size.ok()) return size.status();
  const int64_t rows = size->At(0, 0).Long();
  absl::StatusOr<std::vector<Instant>> cuts =
      CutsOf(session, table, rows, size->At(0, 1).Long(), connections, limits);
  if (!cuts.ok()) return cuts.status();
  plan->expected += rows;
  for (FeedPart& part : PartsOf(table, start, *cuts)) {
    // Only the bulk, and never the newest of it, makes way for memory.
    const bool bulk = &table == &FeedTables().front() && part.end.has_value();
    plan->tasks.push_back({&table, std::move(part), bulk});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FeedPlan> PlanFeedLoad(Session* session, std::optional<Instant> start,
                                      int connections, const CallLimits& limits) {
  FeedPlan plan;
  for (const FeedTable& table : FeedTables()) {
    const absl::Status status = PlanTable(session, table, start, connections, limits, &plan);
    if (!status.ok()) return status;
  }
  return plan;
}

}  // namespace kpid::storage
