#include "metrics/row_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "metrics/key_pages.h"

namespace kpid::metrics {
namespace {

TEST(RowIndex, HoldsListsOfAnySize) {
  RowIndex index;
  std::map<Code, std::vector<uint32_t>> expected;
  std::mt19937 random(1);
  for (uint32_t n = 0; n < 60'000; ++n) {
    // A few codes get long lists, which shrink again.
    const Code code = random() % 4 == 0 ? 1 + random() % 3 : 1 + random() % 5000;
    auto& list = expected[code];
    if (random() % (n < 40'000 ? 5 : 2) == 0 && !list.empty()) {
      const uint32_t gone = list[random() % list.size()];
      index.Erase(code, gone);
      list.erase(std::find(list.begin(), list.end(), gone));
    } else {
      const size_t place = random() % (list.size() + 1);
      index.Insert(code, place, n);
      list.insert(list.begin() + static_cast<ptrdiff_t>(place), n);
    }
    if (n == 40'000) {
      EXPECT_GT(expected[1].size(), 1024U);
    }
  }
  for (const auto& [code, list] : expected) {
    const auto numbers = index.Of(code);
    ASSERT_EQ(std::vector<uint32_t>(numbers.begin(), numbers.end()), list);
  }
  EXPECT_TRUE(index.Of(9'999'999).empty());
  EXPECT_TRUE(index.Of(4'000'000'000).empty());
}

TEST(RowIndex, ReusesRoom) {
  RowIndex index;
  const auto fill_and_empty = [&] {
    for (uint32_t n = 0; n < 50'000; ++n) index.Append(1 + n % 70, n);
    for (uint32_t n = 0; n < 50'000; ++n) index.Erase(1 + n % 70, n);
  };
  fill_and_empty();
  const size_t bytes = index.ByteSize();
  for (int i = 0; i < 5; ++i) fill_and_empty();
  EXPECT_LE(index.ByteSize(), bytes + bytes / 4);
}

TEST(KeyPages, KeepsHandlesUntilKeysAreErased) {
  KeyPages pages;
  std::map<int64_t, uint32_t> handles;
  for (const int64_t key :
       {int64_t{0}, int64_t{-5}, int64_t{1023}, int64_t{1024}, int64_t{5'000'000'000'000}}) {
    handles[key] = pages.Set(key, 7);
  }
  EXPECT_EQ(pages.size(), 5U);
  for (const auto& [key, handle] : handles) {
    EXPECT_EQ(pages.Set(key, 8), handle);
    EXPECT_EQ(pages.Find(key), handle);
    EXPECT_EQ(pages.key(handle), key);
    EXPECT_EQ(pages.number(handle), 8U);
  }
  EXPECT_EQ(pages.Find(1), KeyPages::kNone);
  EXPECT_EQ(pages.Find(99'999), KeyPages::kNone);
  const auto first_keys = pages.FirstKeys();
  EXPECT_EQ((*first_keys)[handles[1024] >> KeyPages::kPageBits], 1024);
  pages.Erase(1024);
  EXPECT_EQ(pages.Find(1024), KeyPages::kNone);
  EXPECT_EQ(pages.Set(9'000, 1) >> KeyPages::kPageBits, handles[1024] >> KeyPages::kPageBits);
}

}  // namespace
}  // namespace kpid::metrics
