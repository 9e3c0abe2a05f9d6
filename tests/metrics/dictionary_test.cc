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

}  // namespace
}  // namespace kpid::metrics
