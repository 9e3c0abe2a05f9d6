// Time and waiting, injected so that tests decide what time it is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "metrics/time.h"

namespace kpid::server {

// Safe for concurrent use.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;

  // Never jumps: for deadlines and durations.
  virtual TimePoint Now() const = 0;

  // What the calendar says: for maturity and watermarks.
  virtual metrics::Instant WallNow() const = 0;

  // Returns when `changed` was notified or `time` has come; may return earlier.
  // REQUIRES: the lock is held.
  virtual void WaitUntil(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                         TimePoint time) = 0;

  // The clock of the machine. Lives as long as the process.
  static Clock* System();
};

}  // namespace kpid::server
