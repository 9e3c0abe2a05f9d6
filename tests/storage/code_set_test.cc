#include "storage/code_set.h"

#include <gtest/gtest.h>

namespace kpid::storage {
namespace {

TEST(CodeSet, HoldsWhatWasInserted) {
  CodeSet set;
  for (const metrics::Code code : {1u, 63u, 64u, 1'000'000u}) set.Insert(code);
  set.Insert(metrics::kNoCode);
  EXPECT_EQ(set.Codes(), (std::vector<metrics::Code>{1, 63, 64, 1'000'000}));
  EXPECT_TRUE(set.Contains(64));
  EXPECT_FALSE(set.Contains(65));
  EXPECT_FALSE(set.Contains(metrics::kNoCode));
  EXPECT_FALSE(set.Contains(4'000'000'000u));
}

TEST(CodeSet, MergesBothWays) {
  CodeSet small;
  small.Insert(3);
  CodeSet large;
  large.Insert(500);
  CodeSet merged = small;
  merged.Merge(large);
  large.Merge(small);
  EXPECT_EQ(merged.Codes(), large.Codes());
  EXPECT_EQ(merged.Codes(), (std::vector<metrics::Code>{3, 500}));
}

}  // namespace
}  // namespace kpid::storage
