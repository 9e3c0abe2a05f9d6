// A clock that tests set.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "server/clock.h"

namespace kpid::server {

// Time stands still until Advance. Who waits is woken by a notification or when its time comes.
class ManualClock final : public Clock {
 public:
  TimePoint Now() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  metrics::Instant WallNow() const override {
    return metrics::Instant(std::chrono::seconds(1'800'000'000));
  }

  void WaitUntil(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                 TimePoint time) override {
    {
      std::lock_guard own_lock(mutex_);
      if (now_ >= time) return;
      waiting_.push_back({&changed, lock.mutex()});
      ++waits_;
    }
    waits_changed_.notify_all();
    changed.wait(lock);
    std::lock_guard own_lock(mutex_);
    const auto mine = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const Waiter& w) { return w.changed == &changed; });
    if (mine != waiting_.end()) waiting_.erase(mine);
  }

  void Advance(TimePoint::duration by) {
    std::vector<Waiter> waiting;
    {
      std::lock_guard lock(mutex_);
      now_ += by;
      waiting = waiting_;
    }
    for (const Waiter& waiter : waiting) {
      // Whoever has registered holds this mutex until it really waits.
      { std::lock_guard lock(*waiter.mutex); }
      waiter.changed->notify_all();
    }
  }

  // Blocks until WaitUntil has been called `count` times in all.
  void AwaitWaits(int count) {
    std::unique_lock lock(mutex_);
    waits_changed_.wait(lock, [&] { return waits_ >= count; });
  }

 private:
  struct Waiter {
    std::condition_variable* changed;
    std::mutex* mutex;
  };
  mutable std::mutex mutex_;
  std::condition_variable waits_changed_;
  TimePoint now_{std::chrono::hours(1'000)};
  std::vector<Waiter> waiting_;
  int waits_ = 0;
};

}  // namespace kpid::server
