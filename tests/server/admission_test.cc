#include "server/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "manual_clock.h"
#include "metrics/error_reason.h"

namespace kpid::server {
namespace {

using std::chrono::milliseconds;

Admission::Bounds AllBounds(int running_max, int waiting_max, milliseconds wait_max) {
  Admission::Bounds bounds;
  bounds.fill({running_max, waiting_max, wait_max});
  return bounds;
}

class AdmissionTest : public testing::Test {
 protected:
  ManualClock clock_;
  metrics::CallLimits limits_;
};

TEST_F(AdmissionTest, PlacesAreGivenBack) {
  Admission admission(AllBounds(2, 0, milliseconds(0)), &clock_);
  {
    auto first = admission.Enter(CallClass::kQuery, limits_);
    auto second = admission.Enter(CallClass::kQuery, limits_);
    ASSERT_TRUE(first.ok() && second.ok());
    const Admission::Place moved = *std::move(first);
    EXPECT_EQ(admission.running(CallClass::kQuery), 2);
    EXPECT_EQ(admission.Enter(CallClass::kQuery, limits_).status().code(),
              absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(admission.Enter(CallClass::kIngest, limits_).ok()) << "a class of its own";
  }
  EXPECT_EQ(admission.running(CallClass::kQuery), 0);
  EXPECT_TRUE(admission.Enter(CallClass::kQuery, limits_).ok());
}

TEST_F(AdmissionTest, RefusalSaysOverloaded) {
  Admission admission(AllBounds(1, 0, milliseconds(0)), &clock_);
  const auto place = admission.Enter(CallClass::kRoster, limits_);
  const auto reason = metrics::ReasonOf(admission.Enter(CallClass::kRoster, limits_).status());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->reason, "OVERLOADED");
  EXPECT_EQ(reason->metadata.at("class"), "roster");
  EXPECT_EQ(reason->metadata.at("running_max"), "1");
}

TEST_F(AdmissionTest, WhoWaitsGetsTheNextPlace) {
  Admission admission(AllBounds(1, 1, std::chrono::hours(1)), &clock_);
  auto place = admission.Enter(CallClass::kIngest, limits_);
  auto waiting = std::async(std::launch::async,
                            [&] { return admission.Enter(CallClass::kIngest, limits_).ok(); });
  clock_.AwaitWaits(1);
  EXPECT_EQ(admission.waiting(CallClass::kIngest), 1);
  EXPECT_FALSE(admission.Enter(CallClass::kIngest, limits_).ok()) << "too many wait";
  place = absl::CancelledError();  // Gives it back.
  EXPECT_TRUE(waiting.get());
  EXPECT_EQ(admission.waiting(CallClass::kIngest), 0);
}

TEST_F(AdmissionTest, WaitingEndsInTime) {
  Admission admission(AllBounds(1, 1, milliseconds(70)), &clock_);
  const auto place = admission.Enter(CallClass::kIngest, limits_);
  auto waiting = std::async(std::launch::async,
                            [&] { return admission.Enter(CallClass::kIngest, limits_).status(); });
  clock_.AwaitWaits(1);
  clock_.Advance(milliseconds(69));
  clock_.AwaitWaits(2);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(waiting.get().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(admission.waiting(CallClass::kIngest), 0);
}

TEST_F(AdmissionTest, WhoHasGoneStopsWaiting) {
  Admission admission(AllBounds(1, 1, std::chrono::hours(1)), &clock_);
  const auto place = admission.Enter(CallClass::kIngest, limits_);
  std::atomic<bool> gone = false;
  metrics::CallLimits limits;
  limits.cancelled = [&] { return gone.load(); };
  auto waiting = std::async(std::launch::async,
                            [&] { return admission.Enter(CallClass::kIngest, limits).status(); });
  clock_.AwaitWaits(1);
  gone = true;
  clock_.Advance(milliseconds(50));
  EXPECT_EQ(waiting.get().code(), absl::StatusCode::kCancelled);
}

TEST_F(AdmissionTest, PatientCallersWaitBeyondTheBounds) {
  Admission admission(AllBounds(1, 0, milliseconds(0)), &clock_);
  auto place = admission.Enter(CallClass::kIngest, limits_);
  auto waiting = std::async(std::launch::async, [&] {
    return admission.Enter(CallClass::kIngest, limits_, Admission::Patience::kPatient).ok();
  });
  clock_.AwaitWaits(1);
  clock_.Advance(std::chrono::hours(1));
  clock_.AwaitWaits(2);
  place = absl::CancelledError();
  EXPECT_TRUE(waiting.get());
}

TEST_F(AdmissionTest, NeverMoreThanItsBound) {
  constexpr int kRunningMax = 3;
  Admission admission(AllBounds(kRunningMax, 100, std::chrono::hours(1)), Clock::System());
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const auto place = admission.Enter(CallClass::kQuery, limits_);
        if (!place.ok()) {
          ++refused;
          continue;
        }
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --running;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, kRunningMax);
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(admission.running(CallClass::kQuery), 0);
}

}  // namespace
}  // namespace kpid::server
