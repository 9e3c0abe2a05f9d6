#include "storage/cancellable_mutex.h"

#include <algorithm>
#include <chrono>

namespace kpid::storage {
namespace {

using std::chrono::steady_clock;

// How often one that waits is asked whether it has gone.
constexpr std::chrono::milliseconds kCancelCheckInterval{25};

}  // namespace

void CancellableMutex::lock() {
  std::unique_lock lock(mutex_);
  unlocked_.wait(lock, [this] { return !locked_; });
  locked_ = true;
}

void CancellableMutex::unlock() {
  // Notified while locked: whoever comes next may destroy this.
  const std::lock_guard lock(mutex_);
  locked_ = false;
  unlocked_.notify_one();
}

absl::Status CancellableMutex::LockWithin(const metrics::CallLimits& limits) {
  std::unique_lock lock(mutex_);
  while (locked_) {
    if (absl::Status status = limits.Check(); !status.ok()) {
      // It may have been woken instead of another that waits.
      unlocked_.notify_one();
      return status;
    }
    unlocked_.wait_until(lock,
                         std::min(limits.deadline, steady_clock::now() + kCancelCheckInterval));
  }
  locked_ = true;
  return absl::OkStatus();
}

}  // namespace kpid::storage
