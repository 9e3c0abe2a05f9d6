// Notices that something has failed for too long without a break.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "server/clock.h"

namespace kpid::server {

// Calls `on_outage` once, when failures have gone on for `longest`. Safe for concurrent use.
class OutageWatch {
 public:
  // `clock` must outlive this.
  OutageWatch(std::chrono::milliseconds longest, std::function<void()> on_outage, Clock* clock);

  // What the latest try came to.
  void Note(bool ok);

 private:
  const std::chrono::milliseconds longest_;
  const std::function<void()> on_outage_;
  Clock* const clock_;
  std::mutex mutex_;
  std::optional<Clock::TimePoint> failing_since_;
  bool told_ = false;
};

}  // namespace kpid::server
