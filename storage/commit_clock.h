// How many commits this process has acknowledged: what a reader must have seen to read its own
// writes. Safe for concurrent use.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace kpid::storage {

class CommitClock {
 public:
  // A commit succeeded. To be called after PostgreSQL confirmed it and before the caller is told.
  void Advance() {
    const std::lock_guard lock(mutex_);
    commits_.fetch_add(1);
    if (listener_) listener_();
  }

  // Commits so far: a snapshot that is taken after this call shows all of them.
  int64_t commits() const { return commits_.load(); }

  // Calls `listener` after each commit, until another one (or none) is set; it must be quick and
  // not call back. On return no earlier listener runs any more.
  void SetListener(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

 private:
  std::mutex mutex_;  // Guards the listener, and orders its calls.
  std::atomic<int64_t> commits_{0};
  std::function<void()> listener_;
};

}  // namespace kpid::storage
