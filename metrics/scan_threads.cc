#include "metrics/scan_threads.h"

#include <algorithm>
#include <exception>
#include <new>
#include <system_error>
#include <thread>

#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

// An exception must not leave a thread.
absl::Status RunSafely(const std::function<absl::Status(size_t)>& run, size_t part) {
  try {
    return run(part);
  } catch (const std::bad_alloc&) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted,
                           "not enough memory for the answer; ask for less",
                           {"RESULT_TOO_LARGE", {}});
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

}  // namespace

ScanThreads& ScanThreads::OfProcess() {
  // Lives as long as its threads, which is longer than static objects do.
  static ScanThreads* const threads = new ScanThreads;
  return *threads;
}

void ScanThreads::StartThreads(size_t wanted) {
  const size_t processors = std::max<size_t>(1, std::thread::hardware_concurrency());
  const size_t most = std::min({wanted, processors - 1, kThreadsMax});
  try {
    for (; threads_ < most; ++threads_) std::thread([this] { Help(); }).detach();
  } catch (const std::system_error&) {
    // No more threads to be had: callers do the rest.
  }
}

void ScanThreads::Work(Job* job) {
  for (size_t part = job->next++; part < job->count; part = job->next++) (*job->run)(part);
}

// Nobody need look at the job any more. REQUIRES: mutex_ is held.
void ScanThreads::Leave(Job* job) { std::erase(jobs_, job); }

void ScanThreads::Help() {
  std::unique_lock lock(mutex_);
  while (true) {
    wanted_.wait(lock, [&] { return !jobs_.empty(); });
    Job* const job = jobs_.front();
    ++job->helpers;
    // As many as there are parts for the caller and its helpers.
    if (job->helpers + 1 >= job->count) Leave(job);
    lock.unlock();
    Work(job);
    lock.lock();
    Leave(job);
    if (--job->helpers == 0) left_.notify_all();
  }
}

void ScanThreads::Run(size_t count, const std::function<void(size_t)>& run) {
  Job job;
  job.run = &run;
  job.count = count;
  if (count > 1) {
    {
      const std::lock_guard lock(mutex_);
      StartThreads(count - 1);
      jobs_.push_back(&job);
    }
    for (size_t helper = 1; helper < count; ++helper) wanted_.notify_one();
  }
  Work(&job);
  if (count <= 1) return;
  std::unique_lock lock(mutex_);
  Leave(&job);
  left_.wait(lock, [&] { return job.helpers == 0; });
}

absl::Status RunParts(size_t count, const std::function<absl::Status(size_t)>& run) {
  if (count <= 1) return count == 0 ? absl::OkStatus() : RunSafely(run, 0);
  std::vector<absl::Status> statuses(count);
  ScanThreads::OfProcess().Run(count, [&](size_t part) { statuses[part] = RunSafely(run, part); });
  absl::Status error;
  for (const absl::Status& status : statuses) {
    if (status.ok()) continue;
    if (error.ok() || absl::IsCancelled(error)) error = status;
  }
  return error;
}

}  // namespace kpid::metrics
