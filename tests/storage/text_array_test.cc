#include "storage/text_array.h"

#include <gtest/gtest.h>

#include <vector>

namespace kpid::storage {
namespace {

TEST(TextArray, QuotesEverything) {
  TextArray array;
  array.Append("a");
  array.Append("b\"c\\d");
  array.AppendNull();
  array.Append("");
  array.Append("NULL");
  EXPECT_EQ(array.Finish(), R"({"a","b\"c\\d",NULL,"","NULL"})");
  EXPECT_EQ(array.Finish(), "{}");
}

TEST(IntArrayText, ListsNumbers) {
  EXPECT_EQ(IntArrayText(std::vector<int64_t>{1, -20}), "{1,-20}");
  EXPECT_EQ(IntArrayText({}), "{}");
}

}  // namespace
}  // namespace kpid::storage
