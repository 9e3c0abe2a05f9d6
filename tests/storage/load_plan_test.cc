#include "storage/load_plan.h"

#include <gtest/gtest.h>

#include "tests/storage/record_builders.h"

namespace kpid::storage {
namespace {

using metrics::TimeRange;

constexpr int64_t kDay = 86'400;

TEST(SplitByDays, PartsCoverTheRangeAtMidnights) {
  for (const int64_t start : {int64_t{0}, int64_t{5'000}, kDay - 1}) {
    for (const int64_t length : {int64_t{1}, kDay, 2 * kDay, 5 * kDay + 7, 365 * kDay}) {
      const TimeRange range{At(start), At(start + length)};
      const std::vector<TimeRange> parts = SplitByDays(range, 8);
      ASSERT_FALSE(parts.empty());
      ASSERT_LE(parts.size(), 8u);
      EXPECT_EQ(parts.front().start, range.start);
      EXPECT_EQ(parts.back().end, range.end);
      for (size_t i = 0; i < parts.size(); ++i) {
        EXPECT_FALSE(parts[i].Empty());
        if (i == 0) continue;
        EXPECT_EQ(parts[i].start, parts[i - 1].end);
        EXPECT_EQ(parts[i].start, std::chrono::floor<std::chrono::days>(parts[i].start));
      }
    }
  }
}

TEST(SplitByDays, ShortRangesAreOnePart) {
  EXPECT_EQ(SplitByDays({At(0), At(3 * kDay)}, 8).size(), 1u);
  EXPECT_EQ(SplitByDays({At(0), At(30 * kDay)}, 8).size(), 8u);
  EXPECT_TRUE(SplitByDays({At(0), At(0)}, 8).empty());
}

TEST(TimeLiteral, KeepsMicroseconds) {
  EXPECT_EQ(TimeLiteral(At(1) + Duration(1)), "timestamptz '2025-03-01 00:00:01.000001+00'");
  EXPECT_EQ(TimeLiteral(metrics::kInstantMin), "timestamptz '1970-01-01 00:00:00.000000+00'");
}

}  // namespace
}  // namespace kpid::storage
