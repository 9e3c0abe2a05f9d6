#include "storage/pg_error.h"

#include <spdlog/spdlog.h>

#include "metrics/error_reason.h"

namespace kpid::storage {
namespace {

using metrics::ErrorWithReason;

struct SqlStateRow {
  std::string_view prefix;  // Of the SQLSTATE; the first that fits counts.
  absl::StatusCode code;
  const char* reason;
  const char* message;
};

constexpr SqlStateRow kRows[] = {
    {"40001", absl::StatusCode::kAborted, "CONFLICT", "lost a conflict with another transaction"},
    {"40P01", absl::StatusCode::kAborted, "CONFLICT", "lost a conflict with another transaction"},
    {"55P03", absl::StatusCode::kAborted, "CONFLICT", "a lock did not come free in time"},
    {"57014", absl::StatusCode::kCancelled, "CANCELLED", "the statement was cancelled"},
    {"57P", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
     "the database is shutting down or starting"},
    {"08", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
     "the connection to the database was lost"},
    {"25006", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
     "the database is read-only, as a standby is"},
    {"25P03", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
     "the database ended an idle transaction"},
    {"53300", absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE",
     "the database takes no more connections"},
    {"53100", absl::StatusCode::kResourceExhausted, "DISK_FULL", "the database's disk is full"},
    {"53", absl::StatusCode::kResourceExhausted, "OVERLOADED", "the database is overloaded"},
};

}  // namespace

absl::Status DatabaseUnavailable(std::string_view message) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, message, {"DATABASE_UNAVAILABLE", {}});
}

absl::Status StatusOfSqlState(std::string_view sqlstate, std::string_view statement,
                              std::string_view message) {
  if (sqlstate.empty()) return DatabaseUnavailable("the connection to the database was lost");
  for (const SqlStateRow& row : kRows) {
    if (sqlstate.starts_with(row.prefix)) {
      return ErrorWithReason(row.code, row.message, {row.reason, {}});
    }
  }
  spdlog::error("database error sqlstate={} statement={} message=\"{}\"", sqlstate, statement,
                message);
  return ErrorWithReason(absl::StatusCode::kInternal, "internal error in the database",
                         {"INTERNAL", {}});
}

bool EndsSession(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate.starts_with("57P") || sqlstate.starts_with("08") ||
         sqlstate == "25006" || sqlstate == "25P03" || sqlstate == "53300";
}

bool IsRetryable(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsUnavailable(status);
}

}  // namespace kpid::storage
