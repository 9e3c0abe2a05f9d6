// One kind of work on many things, by several threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"

namespace kpid::metrics {

// Threads that may work at once, the caller's included, and until when.
struct Workers {
  size_t threads = 1;
  const CallLimits* limits = nullptr;  // Null: none.
};

// Calls work(i) once for each i in [0, count), on the caller's thread and others. Returns when all
// are done; when the limits are reached no further one is begun, and that is returned. Calls must
// not depend on each other, nor throw.
absl::Status ForEachInParallel(const Workers& workers, size_t count,
                               const std::function<void(size_t)>& work);

// What threads work with and leave to one another, for its memory. Safe for concurrent use.
template <class Scratch>
class ScratchPool {
 public:
  // Calls work(Scratch*) with one that nobody else uses meanwhile.
  template <class Work>
  void With(const Work& work) {
    std::unique_ptr<Scratch> own;
    {
      const std::lock_guard lock(mutex_);
      if (!spare_.empty()) {
        own = std::move(spare_.back());
        spare_.pop_back();
      }
    }
    if (own == nullptr) own = std::make_unique<Scratch>();
    work(own.get());
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(own));
  }

 private:
  std::mutex mutex_;  // Guards what follows.
  std::vector<std::unique_ptr<Scratch>> spare_;
};

}  // namespace kpid::metrics
