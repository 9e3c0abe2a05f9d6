#include "storage/cancellable_mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(CancellableMutexTest, OneAtATime) {
  CancellableMutex mutex;
  std::atomic<int> inside{0};
  int count = 0;  // Not atomic: what the mutex is for.
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 500; ++j) {
        if (i % 2 == 0) {
          mutex.lock();
        } else {
          ASSERT_TRUE(mutex.LockWithin({}).ok());
        }
        EXPECT_EQ(inside++, 0);
        ++count;
        --inside;
        mutex.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 4'000);
}

TEST(CancellableMutexTest, WaitingEndsWithTheLimits) {
  CancellableMutex mutex;
  const std::lock_guard lock(mutex);
  CallLimits limits;
  limits.deadline = steady_clock::now() + milliseconds(20);
  EXPECT_TRUE(absl::IsDeadlineExceeded(mutex.LockWithin(limits)));
  CallLimits cancelled;
  int asked = 0;
  cancelled.cancelled = [&] { return ++asked > 2; };
  EXPECT_TRUE(absl::IsCancelled(mutex.LockWithin(cancelled)));
}

TEST(CancellableMutexTest, WhatIsFreeIsTakenWhateverTheLimits) {
  CancellableMutex mutex;
  CallLimits limits;
  limits.deadline = steady_clock::now();
  EXPECT_TRUE(mutex.LockWithin(limits).ok());
  mutex.unlock();
}

TEST(CancellableMutexTest, WhoWaitsGetsItNext) {
  CancellableMutex mutex;
  mutex.lock();
  auto waiting = std::async(std::launch::async, [&] {
    const absl::Status status = mutex.LockWithin({});
    mutex.unlock();
    return status.ok();
  });
  mutex.unlock();
  EXPECT_TRUE(waiting.get());
}

}  // namespace
}  // namespace kpid::storage
