#include "metrics/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace kpid::metrics {

absl::Status ForEachInParallel(const Workers& workers, size_t count,
                               const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::atomic<bool> stopped{false};
  const auto run = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      if (stopped.load(std::memory_order_relaxed)) return;
      if (workers.limits != nullptr && !workers.limits->Check().ok()) {
        stopped.store(true, std::memory_order_relaxed);
        return;
      }
      work(i);
    }
  };
  std::vector<std::thread> threads;
  try {
    for (size_t i = 1; i < std::min(workers.threads, count); ++i) threads.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads to be had: those that there are do the rest.
  }
  run();
  for (std::thread& thread : threads) thread.join();
  if (!stopped.load()) return absl::OkStatus();
  // A caller that cancelled stays so.
  const absl::Status status = workers.limits->Check();
  return status.ok() ? absl::CancelledError("the caller cancelled") : status;
}

}  // namespace kpid::metrics
