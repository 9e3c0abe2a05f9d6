#include "metrics/exact_sum.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
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

// As a quality evaluation of 200 items at their limits.
constexpr Int128 kMostPoints = Int128{200} * 1'000'000'000 * 1'000'000'000;

long double Residuals(const std::vector<std::pair<Int128, Int128>>& pairs) {
  Int128 parts = 0;
  Int128 wholes = 0;
  PairProducts products;
  for (const auto& [part, whole] : pairs) {
    parts += part;
    wholes += whole;
    products.Add(part, whole);
  }
  return SquaredResiduals(parts, wholes, products);
}

TEST(SquaredResiduals, MatchesTheDefinition) {
  // 7/10: 4^2 + 4^2 over 30^2.
  EXPECT_NEAR(static_cast<double>(Residuals({{18, 20}, {3, 10}})), 32.0 / 900, 1e-18);
  EXPECT_EQ(Residuals({{4, 5}, {8, 10}, {0, 0}}), 0.0L);
  EXPECT_EQ(Residuals({{0, 5}, {0, 10}}), 0.0L);
}

TEST(SquaredResiduals, HoldsTheGreatestNumbersAndDoesNotCancel) {
  EXPECT_EQ(Residuals(std::vector<std::pair<Int128, Int128>>(1000, {kMostPoints, kMostPoints})),
            0.0L);
  // All points and none: 0.5^2 + 0.5^2 over 2^2.
  EXPECT_NEAR(static_cast<double>(Residuals({{kMostPoints, kMostPoints}, {0, kMostPoints}})), 0.125,
              1e-15);
  // One of the smallest points less: residuals of 1/2 and -1/2.
  const auto most = static_cast<double>(kMostPoints);
  EXPECT_NEAR(
      static_cast<double>(Residuals({{kMostPoints, kMostPoints}, {kMostPoints - 1, kMostPoints}})) *
          most * most,
      0.125, 1e-15);
}

TEST(ProductSum, MultipliesPastTheWord) {
  ProductSum sum;
  const UInt128 a = (UInt128{0x12345} << 64) + 0xfedcba9876543210;
  sum.Add(a, a);
  // (h * 2^64 + l)^2 without what is above 2^128: 2 h l 2^64 + l^2.
  const UInt128 low = UInt128{0xfedcba9876543210} * 0xfedcba9876543210;
  const UInt128 middle = UInt128{2} * 0x12345 * 0xfedcba9876543210;
  EXPECT_TRUE(sum.low() == low + (middle << 64));
  EXPECT_EQ(sum.high(), uint64_t{0x12345} * 0x12345 + static_cast<uint64_t>(middle >> 64) +
                            (low + (middle << 64) < low ? 1 : 0));
}

TEST(PairProducts, MergesToTheWhole) {
  PairProducts whole, left, right;
  for (int i = 0; i < 2000; ++i) {
    (i % 3 == 0 ? left : right).Add(kMostPoints - i * 7, kMostPoints - i);
    whole.Add(kMostPoints - i * 7, kMostPoints - i);
  }
  PairProducts merged = right;
  merged.Merge(left);
  left.Merge(right);
  for (const PairProducts& sum : {left, merged}) {
    EXPECT_TRUE(sum.part_squares == whole.part_squares);
    EXPECT_TRUE(sum.part_wholes == whole.part_wholes);
    EXPECT_TRUE(sum.whole_squares == whole.whole_squares);
  }
  EXPECT_GT(whole.part_wholes.high(), 0U);
}

}  // namespace
}  // namespace kpid::metrics
