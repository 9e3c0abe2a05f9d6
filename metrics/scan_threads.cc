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

// Waits for what is likely to come soon, without sleeping; at most so long.
template <class Predicate>
void LookOut(std::chrono::microseconds longest, const Predicate& there) {
  constexpr int kLooksPerClock = 32;
  const auto end = std::chrono::steady_clock::now() + longest;
  do {
    for (int look = 0; look < kLooksPerClock; ++look) {
      if (there()) return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  } while (std::chrono::steady_clock::now() < end);
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
void ScanThreads::Leave(Job* job) {
  std::erase(jobs_, job);
  has_jobs_ = !jobs_.empty();
}

// How many threads to wake for the jobs there are. REQUIRES: mutex_ is held.
size_t ScanThreads::Wakes() const {
  size_t wanted = 0;
  for (const Job* job : jobs_) wanted += job->count - 1 - job->helpers;
  return std::min(asleep_, wanted - std::min(wanted, looking_out_));
}

ScanThreads::Job* ScanThreads::AwaitJob(std::unique_lock<std::mutex>* lock) {
  if (jobs_.empty()) {
    ++looking_out_;
    lock->unlock();
    LookOut(kLookOut, [&] { return has_jobs_.load(std::memory_order_relaxed); });
    lock->lock();
    --looking_out_;
  }
  ++asleep_;
  wanted_.wait(*lock, [&] { return !jobs_.empty(); });
  --asleep_;
  return jobs_.front();
}

void ScanThreads::Help() {
  std::unique_lock lock(mutex_);
  while (true) {
    Job* const job = AwaitJob(&lock);
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
  if (count <= 1) return Work(&job);
  size_t wakes = 0;
  {
    const std::lock_guard lock(mutex_);
    StartThreads(count - 1);
    jobs_.push_back(&job);
    has_jobs_ = true;
    wakes = Wakes();
  }
  for (; wakes > 0; --wakes) wanted_.notify_one();
  Work(&job);
  {
    const std::lock_guard lock(mutex_);
    Leave(&job);
  }
  LookOut(kLookOut, [&] { return job.helpers == 0; });
  std::unique_lock lock(mutex_);
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
