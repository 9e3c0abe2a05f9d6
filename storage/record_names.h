// Ids, as sent, of the records that an explanation shows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/explanation.h"
#include "storage/database.h"

namespace kpid::storage {

// Safe for concurrent use.
class RecordNames {
 public:
  // `database` must outlive this.
  explicit RecordNames(Database* database) : database_(database) {}

  // Ids of records, in their order. "" for agents and targets, whose names a snapshot has.
  // The tables have no index on row keys: rows are found by the page's span of time, so the times
  // of the records must be those of the explanation. A record that was given another time since is
  // looked for in the whole table.
  absl::StatusOr<std::vector<std::string>> Find(std::span<const metrics::ExplainedRecord> records,
                                                const metrics::CallLimits& limits);

 private:
  Database* database_;
};

}  // namespace kpid::storage
