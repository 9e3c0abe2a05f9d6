// What tests of storage ask of statuses.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "metrics/error_reason.h"

namespace kpid::storage {

// Reason of a status; "" when it has none.
inline std::string ReasonOf(const absl::Status& status) {
  const auto reason = metrics::ReasonOf(status);
  return reason ? reason->reason : "";
}

}  // namespace kpid::storage
