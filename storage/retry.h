// Doing work again that failed for a passing reason.
#pragma once

#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "metrics/call_limits.h"

namespace kpid::storage {

struct RetryPolicy {
  int tries_max = 5;

  // The pause after try n is drawn evenly from 0 to delay_min * 2^(n-1), at most delay_max (full
  // jitter: callers that failed together do not come back together).
  std::chrono::milliseconds delay_min{10};
  std::chrono::milliseconds delay_max{2'000};
};

// What Retry takes from the world; tests give their own.
struct RetryEnvironment {
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<double()> random;  // In [0, 1).
};

// The real clock, sleep and random numbers.
const RetryEnvironment& RealRetryEnvironment();

// Runs `work` until it succeeds, fails with a status that is not retryable (pg_error.h), the
// tries are used up, or the next pause would pass the deadline; returns its last status. A
// caller that went away ends a pause with CANCELLED.
absl::Status Retry(const RetryPolicy& policy, const RetryEnvironment& environment,
                   const metrics::CallLimits& limits, const std::function<absl::Status()>& work);

}  // namespace kpid::storage
