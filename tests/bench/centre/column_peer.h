// DuckDB and ClickHouse, each in a node process that deploy/bench has fetched packages for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/centre/answer.h"
#include "tests/bench/centre/questions.h"

namespace kpid::bench {

// One system. Thread-compatible.
class ColumnPeer {
 public:
  // `script`: deploy/bench-peers/peer.mjs; `packages`: folder with node_modules. UNAVAILABLE,
  // with the reason, when node or the package is missing.
  static absl::StatusOr<std::unique_ptr<ColumnPeer>> Start(SqlDialect system,
                                                           const std::string& script,
                                                           const std::string& packages);
  ~ColumnPeer();
  ColumnPeer(const ColumnPeer&) = delete;
  ColumnPeer& operator=(const ColumnPeer&) = delete;

  // Loads a CSV file with header as a table. Returns milliseconds.
  absl::StatusOr<double> Load(const ExportedTable& table, const std::string& path);

  // As PostgresPeer::Ask.
  absl::StatusOr<TimedAnswer> Ask(const std::string& sql, int runs);

 private:
  struct Process;
  explicit ColumnPeer(std::unique_ptr<Process> process);

  std::unique_ptr<Process> process_;
};

}  // namespace kpid::bench
