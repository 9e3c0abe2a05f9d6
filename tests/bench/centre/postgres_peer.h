// PostgreSQL as a user would ask it: the same cluster, hand-written SQL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/centre/answer.h"

namespace kpid::bench {

// One connection. Thread-compatible.
class PostgresPeer {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresPeer>> Connect(const std::string& url);
  ~PostgresPeer();
  PostgresPeer(const PostgresPeer&) = delete;
  PostgresPeer& operator=(const PostgresPeer&) = delete;

  absl::Status Run(const std::vector<std::string>& statements);

  // Rows of (number, seconds, values...); asked once to warm up, then `runs` times.
  absl::StatusOr<TimedAnswer> Ask(const std::string& sql, int runs);

  // The time of a statement whose rows are not looked at.
  absl::StatusOr<Timing> Time(const std::string& sql, int runs);

  // Writes the rows of a SELECT into a CSV file with a header.
  absl::Status Export(const std::string& select, const std::string& path);

 private:
  explicit PostgresPeer(void* connection) : connection_(connection) {}
  void* connection_;  // PGconn.
};

}  // namespace kpid::bench
