#include "storage/retry.h"

#include <gtest/gtest.h>

#include <vector>

namespace kpid::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A world whose time passes by sleeping only.
class RetryTest : public ::testing::Test {
 protected:
  absl::Status Run(const absl::Status& failure, int failures) {
    return Retry({}, environment_, limits_, [&] {
      ++tries_;
      return tries_ <= failures ? failure : absl::OkStatus();
    });
  }

  double fraction_ = 0.999;
  steady_clock::time_point now_{};
  std::vector<milliseconds> slept_;
  int tries_ = 0;
  metrics::CallLimits limits_;
  RetryEnvironment environment_{[this] { return now_; },
                                [this](milliseconds pause) {
                                  now_ += pause;
                                  slept_.push_back(pause);
                                },
                                [this] { return fraction_; }};
};

milliseconds Sum(const std::vector<milliseconds>& pauses) {
  milliseconds sum{0};
  for (const milliseconds pause : pauses) sum += pause;
  return sum;
}

TEST_F(RetryTest, SucceedsAfterPassingFailures) {
  EXPECT_TRUE(Run(absl::UnavailableError("gone"), 2).ok());
  EXPECT_EQ(tries_, 3);
  EXPECT_EQ(Sum(slept_), milliseconds(9 + 19));
}

TEST_F(RetryTest, GivesUpAfterFiveTries) {
  EXPECT_TRUE(absl::IsAborted(Run(absl::AbortedError("conflict"), 100)));
  EXPECT_EQ(tries_, 5);
}

TEST_F(RetryTest, DoesNotRepeatWhatCannotPass) {
  EXPECT_TRUE(absl::IsInternal(Run(absl::InternalError("bug"), 100)));
  EXPECT_EQ(tries_, 1);
  EXPECT_TRUE(slept_.empty());
}

TEST_F(RetryTest, JitterReachesDownToNothing) {
  fraction_ = 0.0;
  EXPECT_TRUE(Run(absl::UnavailableError("gone"), 4).ok());
  EXPECT_TRUE(slept_.empty());
}

TEST_F(RetryTest, NeverSleepsPastTheDeadline) {
  limits_.deadline = now_ + milliseconds(15);
  EXPECT_TRUE(absl::IsUnavailable(Run(absl::UnavailableError("gone"), 100)));
  EXPECT_EQ(tries_, 2);  // The second pause would be 19 ms.
  EXPECT_LT(now_, limits_.deadline);
}

TEST_F(RetryTest, PausesAreBounded) {
  RetryPolicy policy;
  policy.tries_max = 20;
  EXPECT_FALSE(
      Retry(policy, environment_, limits_, [] { return absl::UnavailableError("gone"); }).ok());
  // 10 + 20 + ... + 1280 ms, then 2 s each.
  EXPECT_LE(Sum(slept_), milliseconds(2'550 + 11 * 2'000));
  EXPECT_GE(Sum(slept_), milliseconds(2'500 + 11 * 1'990));
}

TEST_F(RetryTest, CallerWhoLeavesEndsThePause) {
  fraction_ = 0.9;
  bool left = false;
  limits_.cancelled = [&] { return left; };
  RetryPolicy policy;
  policy.delay_min = policy.delay_max = milliseconds(1'000);
  environment_.sleep = [&](milliseconds pause) {
    slept_.push_back(pause);
    left = true;
  };
  EXPECT_TRUE(absl::IsCancelled(
      Retry(policy, environment_, limits_, [] { return absl::UnavailableError("gone"); })));
  EXPECT_EQ(Sum(slept_), milliseconds(50));
}

}  // namespace
}  // namespace kpid::storage
