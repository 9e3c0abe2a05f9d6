#include "metrics/exact_sum.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace kpid::metrics {
namespace {

long double Distances(const std::vector<int64_t>& values) {
  Int128 sum = 0;
  SquareSum squares;
  for (const int64_t value : values) {
    sum += value;
    squares.Add(value);
  }
  return SquaredDistances(static_cast<int64_t>(values.size()), sum, squares);
}

TEST(SquaredDistances, MatchesTheDefinition) {
  EXPECT_EQ(Distances({1, 2, 3, 4}), 5.0L);
  EXPECT_EQ(Distances({-3, 3}), 18.0L);
  EXPECT_EQ(Distances({7}), 0.0L);
}

TEST(SquaredDistances, DoesNotCancel) {
  // 1e15 and 1e15 + 1: in floating point the squares would swallow the difference.
  const int64_t great = 1'000'000'000'000'000;
  EXPECT_EQ(Distances({great, great, great}), 0.0L);
  EXPECT_EQ(Distances({great, great + 1}), 0.5L);
}

TEST(SquaredDistances, HoldsTheGreatestNumbers) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Distances(std::vector<int64_t>(1000, most)), 0.0L);
  EXPECT_NEAR(static_cast<double>(Distances({least, least, 0, 0}) / 0x1p126L), 1.0, 1e-15);
}

TEST(SquareSum, MergesToTheWhole) {
  SquareSum whole, left, right;
  for (int64_t i = 0; i < 2000; ++i) {
    const int64_t value = std::numeric_limits<int64_t>::min() + i;
    whole.Add(value);
    (i % 3 == 0 ? left : right).Add(value);
  }
  SquareSum merged = right;
  merged.Merge(left);
  left.Merge(right);
  EXPECT_TRUE(left == whole);
  EXPECT_TRUE(merged == whole);
  EXPECT_GT(whole.high(), 0U);
}

}  // namespace
}  // namespace kpid::metrics
