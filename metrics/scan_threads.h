// Threads that help the callers of scans, and sleep in between: starting some for each question
// would take longer than small questions do. As to wake one takes as long as scanning 50,000 rows,
// one that has done its part looks out for the next for a while: a question has several.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "absl/status/status.h"

namespace kpid::metrics {

// Safe for concurrent use: callers share the threads, and one that finds them all busy does its
// work alone.
class ScanThreads {
 public:
  // Those of the process, one fewer than it has processors; started when first needed, never
  // stopped.
  static ScanThreads& OfProcess();

  // Runs run(0) .. run(count - 1), each once, on the caller's thread and on those that are free;
  // returns when all are done. REQUIRES: run does not throw.
  void Run(size_t count, const std::function<void(size_t)>& run);

 private:
  // More do not make a scan faster than memory is.
  static constexpr size_t kThreadsMax = 63;

  // How long a thread looks out before it sleeps: longer than what is done by one thread between
  // the parts of a question, and than those that began together end apart.
  static constexpr std::chrono::microseconds kLookOut{100};

  struct Job {
    const std::function<void(size_t)>* run = nullptr;
    size_t count = 0;
    std::atomic<size_t> next = 0;
    std::atomic<size_t> helpers = 0;  // Threads at work on it; changed under mutex_.
  };

  ScanThreads() = default;
  void StartThreads(size_t wanted);
  size_t Wakes() const;
  Job* AwaitJob(std::unique_lock<std::mutex>* lock);
  void Help();
  void Leave(Job* job);
  static void Work(Job* job);

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::condition_variable left_;
  std::vector<Job*> jobs_;  // That may have parts left; at most one for each caller.
  std::atomic<bool> has_jobs_ = false;
  size_t threads_ = 0;
  size_t looking_out_ = 0;
  size_t asleep_ = 0;
};

// Runs parts that may fail, or throw, on threads of the process, the caller's among them. The
// first error, but CANCELLED only where there is no other: parts are cancelled for one that failed.
absl::Status RunParts(size_t count, const std::function<absl::Status(size_t)>& run);

}  // namespace kpid::metrics
