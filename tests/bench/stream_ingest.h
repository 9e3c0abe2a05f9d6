// The kpid side of the ingest benchmark: the same rows through StreamRecords.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/bench_records.h"

namespace kpid::bench {

// Streams the records over one connection, `batch` records a message, and returns how many the
// server counted as inserted once all are acknowledged.
absl::StatusOr<int64_t> StreamToServer(const std::string& address,
                                       const std::vector<BenchRecord>& records, size_t batch);

}  // namespace kpid::bench
