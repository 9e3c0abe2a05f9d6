// One kind of work on many things, by several threads.
#pragma once

#include <cstddef>
#include <functional>

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

}  // namespace kpid::metrics
