#include "server/periodic_task.h"

#include <utility>

namespace kpid::server {

PeriodicTask::PeriodicTask(Clock* clock, std::chrono::milliseconds interval,
                           std::function<void()> task, First first)
    : clock_(clock), interval_(interval), task_(std::move(task)), first_(first), thread_([this] {
        Run();
      }) {}

PeriodicTask::~PeriodicTask() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PeriodicTask::Run() {
  if (first_ == First::kAtOnce) task_();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Clock::TimePoint due = clock_->Now() + interval_;
    while (!stopping_ && clock_->Now() < due) clock_->WaitUntil(changed_, lock, due);
    if (stopping_) return;
    lock.unlock();
    task_();
    lock.lock();
  }
}

}  // namespace kpid::server
