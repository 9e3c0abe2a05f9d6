// A thread that does something again and again: health, self-probe, survey sweep.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "server/clock.h"

namespace kpid::server {

// Runs `task` every `interval` until destroyed. A task that throws ends the process: tasks handle
// their errors. The destructor waits for a running task.
class PeriodicTask {
 public:
  enum class First : uint8_t { kAfterInterval, kAtOnce };

  // `clock` must outlive the task. REQUIRES: interval > 0.
  PeriodicTask(Clock* clock, std::chrono::milliseconds interval, std::function<void()> task,
               First first = First::kAfterInterval);
  ~PeriodicTask();

  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

 private:
  void Run();

  Clock* const clock_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> task_;
  const First first_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // Last: it uses the members above.
};

}  // namespace kpid::server
