// The least that PostgreSQL must do for the same rows: prepared INSERT ... SELECT FROM unnest of
// binary arrays, with codes instead of names, ON CONFLICT by the identity, no validation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/bench_records.h"

namespace kpid::bench {

// What a table holds, to compare both sides by.
struct TableSums {
  int64_t rows = 0;
  int64_t arrive_seconds = 0;
  int64_t end_seconds = 0;
  int64_t hold_microseconds = 0;
  int64_t answered = 0;
  int64_t distinct_customers = 0;

  friend bool operator==(const TableSums&, const TableSums&) = default;
};

// Makes the table `bare.interactions` with the columns and indexes of kpid.interactions.
absl::Status MakeBareTable(const std::string& url);

// Empties both tables and writes a checkpoint, so that each leg begins alike.
absl::Status EmptyTables(const std::string& url);

// Sums over "kpid.interactions" or "bare.interactions".
absl::StatusOr<TableSums> SumsOf(const std::string& url, const std::string& table);

// Writes the records over one connection, `batch` rows a statement and transaction.
absl::Status InsertBare(const std::string& url, const std::vector<BenchRecord>& records,
                        size_t batch);

}  // namespace kpid::bench
