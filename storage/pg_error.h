// What PostgreSQL's error codes mean: the only table from SQLSTATE to absl::Status.
#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace kpid::storage {

// The status of an error that PostgreSQL reported while it ran `statement` (a name, not SQL).
// `sqlstate` may be empty: the connection was lost. Details of bugs (INTERNAL) are logged, never
// put into the status.
//
// 57014 (the statement was cancelled) becomes CANCELLED; who knows the cause replaces it.
absl::Status StatusOfSqlState(std::string_view sqlstate, std::string_view statement,
                              std::string_view message);

// UNAVAILABLE, reason DATABASE_UNAVAILABLE.
absl::Status DatabaseUnavailable(std::string_view message);

// Whether the session must not be used again after this error: the server is going away, or is
// a standby now.
bool EndsSession(std::string_view sqlstate);

// Whether work that failed with this status may succeed when it is done again from its start.
bool IsRetryable(const absl::Status& status);

}  // namespace kpid::storage
