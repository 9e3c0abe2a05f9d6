// A mutex that a caller who may go away can wait for.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/status/status.h"
#include "metrics/call_limits.h"

namespace kpid::storage {

// Not recursive. Works with std::lock_guard and std::unique_lock.
class CancellableMutex {
 public:
  void lock();
  void unlock();

  // As lock(), unless the limits end first: then CANCELLED or DEADLINE_EXCEEDED, and not locked.
  absl::Status LockWithin(const metrics::CallLimits& limits);

 private:
  std::mutex mutex_;
  std::condition_variable unlocked_;
  bool locked_ = false;
};

}  // namespace kpid::storage
