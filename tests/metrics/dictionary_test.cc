#include "metrics/dictionary.h"

#include <gtest/gtest.h>

namespace kpid::metrics {
namespace {

TEST(Dictionary, GivesCodesFromOne) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.CodeEnd(), 1U);
  EXPECT_EQ(dictionary.Find("a"), kNoCode);
  EXPECT_EQ(dictionary.FindOrAdd("a"), 1U);
  EXPECT_EQ(dictionary.FindOrAdd("b"), 2U);
  EXPECT_EQ(dictionary.FindOrAdd("a"), 1U);
  EXPECT_EQ(dictionary.Find("b"), 2U);
  EXPECT_EQ(dictionary.Name(2), "b");
  EXPECT_EQ(dictionary.CodeEnd(), 3U);
}

TEST(Dictionary, KeepsCodesThatWereGiven) {
  Dictionary dictionary;
  dictionary.Add(7, "seven", "Number seven");
  EXPECT_EQ(dictionary.Find("seven"), 7U);
  EXPECT_EQ(dictionary.DisplayName(7), "Number seven");
  EXPECT_EQ(dictionary.Name(3), "");
  EXPECT_EQ(dictionary.Name(1000), "");
  EXPECT_EQ(dictionary.FindOrAdd("eight"), 8U);
  EXPECT_EQ(dictionary.DisplayName(8), "");
  dictionary.Add(2, "two");
  EXPECT_EQ(dictionary.Name(2), "two");
  EXPECT_EQ(dictionary.CodeEnd(), 9U);
}

TEST(Dictionary, SealedNamesAreSharedAndStay) {
  Dictionary dictionary;
  for (Code code = 1; code <= 1000; ++code) {
    dictionary.Add(code * 3, std::to_string(code), "first");
    if (code % 7 == 0) dictionary.Seal();
  }
  dictionary.Seal();
  EXPECT_EQ(dictionary.unsealed(), 0U);
  const Dictionary before = dictionary;
  dictionary.Set(30, "10", "second");
  EXPECT_EQ(dictionary.DisplayName(30), "second");
  dictionary.Seal();
  dictionary.Set(33, "eleven");
  for (Code code = 1; code <= 1000; ++code) {
    EXPECT_EQ(before.Name(code * 3), std::to_string(code));
    EXPECT_EQ(before.DisplayName(code * 3), "first");
    EXPECT_EQ(before.Find(std::to_string(code)), code * 3);
    EXPECT_EQ(dictionary.DisplayName(code * 3), code == 10 ? "second" : code == 11 ? "" : "first");
  }
  EXPECT_EQ(dictionary.Find("11"), kNoCode);
  EXPECT_EQ(dictionary.Find("eleven"), 33U);
  EXPECT_EQ(dictionary.CodeEnd(), 3001U);
  EXPECT_EQ(dictionary.Name(31), "");
  EXPECT_LT(dictionary.ByteSize(), 1000U * 200);
}

}  // namespace
}  // namespace kpid::metrics
