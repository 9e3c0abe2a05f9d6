// What reading the facts of a database costs at least: the COPY statements of a load, alone.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace kpid::bench {

struct BareCopy {
  double seconds = 0;      // From connecting to the last byte.
  double cpu_seconds = 0;  // Of this process; PostgreSQL's own is not in it.
  int64_t rows = 0;
  int64_t bytes = 0;
};

// Runs the statements of a load of all facts of a database (storage/feed_plan.h), on so many
// connections in one snapshot, with plain libpq; what comes is thrown away.
absl::StatusOr<BareCopy> MeasureBareCopy(const std::string& database_url, int connections);

}  // namespace kpid::bench
