#include "storage/bounded_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace kpid::storage {
namespace {

using metrics::CallLimits;
using std::chrono::milliseconds;

struct FakeConnection {
  bool Reusable() const { return reusable; }
  bool server_lost() const { return lost; }
  bool reusable = true;
  bool lost = false;
};

using Pool = BoundedPool<FakeConnection>;

class BoundedPoolTest : public ::testing::Test {
 protected:
  Pool::Opener Opener() {
    return [this](const CallLimits&) -> absl::StatusOr<std::unique_ptr<FakeConnection>> {
      ++opened_;
      if (!open_status_.ok()) return open_status_;
      return std::make_unique<FakeConnection>();
    };
  }

  std::atomic<int> opened_{0};
  absl::Status open_status_;
};

std::string Reason(const absl::Status& status) {
  const auto reason = metrics::ReasonOf(status);
  return reason ? reason->reason : "";
}

TEST_F(BoundedPoolTest, ReusesConnections) {
  Pool pool({}, Opener());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.Acquire({}).ok());
  EXPECT_EQ(opened_, 1);
}

TEST_F(BoundedPoolTest, ThrowsAwayBrokenOnes) {
  Pool pool({}, Opener());
  {
    auto lease = pool.Acquire({});
    ASSERT_TRUE(lease.ok());
    (*lease)->reusable = false;
  }
  EXPECT_TRUE(pool.Acquire({}).ok());
  EXPECT_EQ(opened_, 2);
}

TEST_F(BoundedPoolTest, ThrowsAwayIdleOnesOfAServerThatWentAway) {
  Pool pool({}, Opener());
  {
    auto first = pool.Acquire({});
    auto second = pool.Acquire({});
    { auto third = pool.Acquire({}); }
    (*first)->reusable = false;
    (*first)->lost = true;
    (*second)->reusable = false;
  }
  EXPECT_TRUE(pool.Acquire({}).ok());
  EXPECT_EQ(opened_, 4);
}

TEST_F(BoundedPoolTest, FullPoolIsOverloaded) {
  Pool pool({1, 0, milliseconds(5'000)}, Opener());
  const auto held = pool.Acquire({});
  const auto refused = pool.Acquire({});
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_EQ(Reason(refused.status()), "OVERLOADED");
}

TEST_F(BoundedPoolTest, WaitingEndsAfterTheTimeout) {
  Pool pool({1, 1, milliseconds(20)}, Opener());
  const auto held = pool.Acquire({});
  EXPECT_EQ(Reason(pool.Acquire({}).status()), "OVERLOADED");
}

TEST_F(BoundedPoolTest, WaitingEndsWithTheLimits) {
  Pool pool({1, 10, milliseconds(60'000)}, Opener());
  const auto held = pool.Acquire({});
  CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + milliseconds(20);
  EXPECT_TRUE(absl::IsDeadlineExceeded(pool.Acquire(limits).status()));
  CallLimits cancelled;
  int asked = 0;
  cancelled.cancelled = [&] { return ++asked > 2; };
  EXPECT_TRUE(absl::IsCancelled(pool.Acquire(cancelled).status()));
}

TEST_F(BoundedPoolTest, WaiterGetsTheConnectionThatComesBack) {
  Pool pool({1, 1, milliseconds(60'000)}, Opener());
  auto held = std::make_unique<Pool::Lease>(*pool.Acquire({}));
  auto waiter = std::async(std::launch::async, [&] { return pool.Acquire({}).ok(); });
  held.reset();
  EXPECT_TRUE(waiter.get());
  EXPECT_EQ(opened_, 1);
}

TEST_F(BoundedPoolTest, TryAcquireDoesNotWait) {
  Pool pool({1, 10, milliseconds(60'000)}, Opener());
  auto first = pool.TryAcquire({});
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->has_value());
  auto second = pool.TryAcquire({});
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->has_value());
}

TEST_F(BoundedPoolTest, FailureToOpenGivesThePermitBackAndNamesNoHost) {
  Pool pool({1, 0, milliseconds(100)}, Opener());
  open_status_ = absl::UnavailableError("no server at secret.example");
  const absl::Status status = pool.Acquire({}).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
  open_status_ = absl::OkStatus();
  EXPECT_TRUE(pool.Acquire({}).ok());
}

TEST_F(BoundedPoolTest, ManyThreadsNeverHoldMoreThanTheBound) {
  Pool pool({3, 100, milliseconds(60'000)}, Opener());
  std::atomic<int> held{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        auto lease = pool.Acquire({});
        if (!lease.ok() || held.fetch_add(1) >= 3) ++failures;
        if (j % 10 == 0 && lease.ok()) (*lease)->reusable = false;
        held.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace kpid::storage
