// A beat for what is to happen at a steady rate.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace kpid::bench {

// Thread-compatible.
class Pace {
 public:
  explicit Pace(std::chrono::nanoseconds interval)
      : interval_(interval), next_(std::chrono::steady_clock::now()) {}

  // Waits for the next beat. Who comes late is not made up for: later beats are later.
  void AwaitNext() {
    const auto now = std::chrono::steady_clock::now();
    next_ = next_ + interval_ < now ? now : next_ + interval_;
    std::unique_lock lock(mutex_);
    never_.wait_until(lock, next_, [] { return false; });
  }

 private:
  const std::chrono::nanoseconds interval_;
  std::chrono::steady_clock::time_point next_;
  std::mutex mutex_;
  std::condition_variable never_;
};

}  // namespace kpid::bench
