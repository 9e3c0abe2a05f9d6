// How long work for one caller may go on.
#pragma once

#include <chrono>
#include <functional>

#include "absl/status/status.h"

namespace kpid::metrics {

struct CallLimits {
  // Work stops with DEADLINE_EXCEEDED soon after it.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  // Whether the caller has gone; work stops with CANCELLED. Asked now and then, from any thread.
  std::function<bool()> cancelled;

  // OK, CANCELLED or DEADLINE_EXCEEDED.
  absl::Status Check() const {
    if (cancelled && cancelled()) return absl::CancelledError("the caller cancelled");
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError("the deadline passed");
    }
    return absl::OkStatus();
  }
};

}  // namespace kpid::metrics
