// The machine-readable reason that goes with an error (ErrorInfo.reason), carried by
// absl::Status from where it is known to where it is answered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace kpid::metrics {

// What ErrorInfo will say. Metadata holds every changing part of the message, by name.
struct ErrorReason {
  std::string reason;  // UPPER_SNAKE_CASE, from the documented list.
  std::map<std::string, std::string> metadata;
};

// A status with a reason attached as payload. REQUIRES: code is not OK.
absl::Status ErrorWithReason(absl::StatusCode code, std::string_view message,
                             const ErrorReason& reason);

// The reason of a status; nullopt when it has none.
std::optional<ErrorReason> ReasonOf(const absl::Status& status);

}  // namespace kpid::metrics
