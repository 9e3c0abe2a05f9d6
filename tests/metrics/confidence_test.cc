#include "metrics/confidence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kpid::metrics {
namespace {

TEST(NormalQuantile, MatchesTables) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.95), 1.6448536269514722, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.99995), 3.890591886413144, 1e-11);
  EXPECT_NEAR(NormalQuantile(0.025), -1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-15);
}

TEST(StudentQuantile, MatchesTables) {
  EXPECT_NEAR(StudentQuantile(0.975, 1), 12.706204736432095, 1e-9);
  EXPECT_NEAR(StudentQuantile(0.975, 2), 4.302652729749464, 1e-11);
  EXPECT_NEAR(StudentQuantile(0.975, 10), 2.228138851986274, 1e-11);
  EXPECT_NEAR(StudentQuantile(0.975, 99), 1.984216951586398, 1e-11);
  EXPECT_NEAR(StudentQuantile(0.995, 5), 4.032142983557536, 1e-10);
  EXPECT_NEAR(StudentQuantile(0.75, 1), 1, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.99995, 1) / 6366.197671, 1, 1e-8);
  EXPECT_NEAR(StudentQuantile(0.025, 2), -4.302652729749464, 1e-11);
}

TEST(Confidence, WilsonByHand) {
  const Confidence confidence(0.95);
  // 8 of 10: (0.8 + z^2/20 +- z sqrt(0.8 * 0.2 / 10 + z^2/400)) / (1 + z^2/10).
  const Bounds bounds = confidence.Proportion(8, 10);
  EXPECT_NEAR(bounds.lower, 49.0162471, 1e-6);
  EXPECT_NEAR(bounds.upper, 94.3317848, 1e-6);
  // At the ends one bound is the end itself.
  EXPECT_EQ(confidence.Proportion(0, 10).lower, 0);
  EXPECT_NEAR(confidence.Proportion(0, 10).upper, 27.7532799, 1e-6);
  EXPECT_EQ(confidence.Proportion(10, 10).upper, 100);
  EXPECT_NEAR(confidence.Proportion(1, 1).lower, 20.6549315, 1e-6);
}

TEST(Confidence, LevelWidens) {
  EXPECT_LT(Confidence(0.99).Proportion(8, 10).lower, Confidence(0.95).Proportion(8, 10).lower);
  EXPECT_GT(Confidence(0.5).Proportion(8, 10).lower, Confidence(0.95).Proportion(8, 10).lower);
}

TEST(Confidence, NetScoreByHand) {
  const Confidence confidence(0.95);
  // 5 promoters, 2 detractors of 10: variance (0.5 + 0.2 - 0.09) / 10 = 0.061.
  const Bounds bounds = confidence.NetScore(5, 2, 10);
  EXPECT_NEAR(bounds.lower, 30 - 100 * 1.959963984540054 * std::sqrt(0.061), 1e-9);
  EXPECT_NEAR(bounds.upper, 30 + 100 * 1.959963984540054 * std::sqrt(0.061), 1e-9);
  EXPECT_EQ(confidence.NetScore(10, 0, 10).upper, 100);
  EXPECT_EQ(confidence.NetScore(9, 0, 10).upper, 100);  // Clamped.
  EXPECT_EQ(confidence.NetScore(0, 9, 10).lower, -100);
}

TEST(Confidence, MeanIsStudentUpTo100SamplesThenNormal) {
  Confidence confidence(0.95);
  // n - 1 as the sum of squared distances: a standard deviation of 1.
  EXPECT_NEAR(confidence.Mean(0, 99, 100).upper, 1.984216951586398 / 10, 1e-11);
  EXPECT_NEAR(confidence.Mean(0, 100, 101).upper, 1.959963984540054 / std::sqrt(101.0), 1e-12);
  EXPECT_NEAR(confidence.Mean(5, 1, 2).lower, 5 - 12.706204736432095 / std::sqrt(2.0), 1e-9);
  EXPECT_EQ(confidence.Mean(5, 0, 2).lower, 5);
}

}  // namespace
}  // namespace kpid::metrics
