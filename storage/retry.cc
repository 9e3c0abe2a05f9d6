#include "storage/retry.h"

#include <algorithm>
#include <random>
#include <thread>

#include "storage/pg_error.h"

namespace kpid::storage {
namespace {

// A pause is slept in pieces, so that a caller who leaves is noticed.
constexpr std::chrono::milliseconds kSleepPiece{50};

double RandomFraction() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

std::chrono::milliseconds PauseAfter(int tries, const RetryPolicy& policy, double fraction) {
  std::chrono::milliseconds bound = policy.delay_min;
  for (int i = 1; i < tries && bound < policy.delay_max; ++i) bound *= 2;
  bound = std::min(bound, policy.delay_max);
  return std::chrono::milliseconds(static_cast<int64_t>(bound.count() * fraction));
}

}  // namespace

const RetryEnvironment& RealRetryEnvironment() {
  static const RetryEnvironment* const environment = new RetryEnvironment{
      [] { return std::chrono::steady_clock::now(); },
      [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); }, RandomFraction};
  return *environment;
}

absl::Status Retry(const RetryPolicy& policy, const RetryEnvironment& environment,
                   const metrics::CallLimits& limits, const std::function<absl::Status()>& work) {
  for (int tries = 1;; ++tries) {
    absl::Status status = work();
    if (status.ok() || !IsRetryable(status) || tries >= policy.tries_max) return status;
    std::chrono::milliseconds pause = PauseAfter(tries, policy, environment.random());
    const auto now = environment.now();
    if (limits.deadline < std::chrono::steady_clock::time_point::max() &&
        limits.deadline - now <= pause) {
      return status;
    }
    while (pause.count() > 0) {
      if (limits.cancelled && limits.cancelled()) return limits.Check();
      const std::chrono::milliseconds piece = std::min(pause, kSleepPiece);
      environment.sleep(piece);
      pause -= piece;
    }
  }
}

}  // namespace kpid::storage
