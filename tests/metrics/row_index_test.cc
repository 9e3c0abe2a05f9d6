#include "metrics/row_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>

#include "metrics/key_pages.h"
#include "metrics/parallel.h"

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

TEST(PartedRowIndex, PartsAreFilledAtOnceAndChangedAfterwards) {
  PartedRowIndex index;
  for (const Code code : {Code{1}, Code{255}, Code{256}, Code{8'192}, Code{4'000'000'000}}) {
    const std::vector<uint32_t> numbers{code, code + 1, code + 2};
    index.part(PartedRowIndex::PartOf(code)).Assign(code, numbers);
    index.Insert(code, 1, 7);
    index.Erase(code, code + 2);
    const auto found = index.Of(code);
    EXPECT_EQ(std::vector<uint32_t>(found.begin(), found.end()),
              (std::vector<uint32_t>{code, 7, code + 1}));
  }
  EXPECT_TRUE(index.Of(2).empty());
}

TEST(KeyPages, ManyKeysAreAddedBySeveralThreads) {
  constexpr int64_t kKeys = 20'000;
  KeyPages pages;
  std::vector<int64_t> numbers;
  for (int64_t key = 0; key < kKeys; ++key) numbers.push_back(KeyPages::PageOf(key * 3));
  pages.AddPages(numbers);
  const absl::Status status = ForEachInParallel({4, nullptr}, kKeys, [&](size_t i) {
    const uint32_t number = static_cast<uint32_t>(i);
    const uint32_t handle = KeyPages::Near(&pages).Find(static_cast<int64_t>(i) * 3);
    pages.Place(handle, number);
    EXPECT_EQ(pages.key(handle), number * int64_t{3});
  });
  ASSERT_TRUE(status.ok());
  pages.CountNew();
  EXPECT_EQ(pages.size(), static_cast<size_t>(kKeys));
  for (int64_t key = 0; key < kKeys; ++key) {
    ASSERT_EQ(pages.number(pages.Find(key * 3)), static_cast<uint32_t>(key));
    ASSERT_EQ(pages.Find(key * 3 + 1), KeyPages::kNone);
    pages.Erase(key * 3);
  }
  EXPECT_EQ(pages.size(), 0u);
}

TEST(ForEachInParallel, DoesEachOnceUntilItIsCancelled) {
  std::vector<std::atomic<int>> done(1000);
  ASSERT_TRUE(ForEachInParallel({3, nullptr}, done.size(), [&](size_t i) { ++done[i]; }).ok());
  for (const auto& times : done) ASSERT_EQ(times, 1);

  std::atomic<int> begun{0};
  CallLimits limits;
  limits.cancelled = [&] { return begun.load() >= 10; };
  const absl::Status status =
      ForEachInParallel({3, &limits}, done.size(), [&](size_t) { ++begun; });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_GE(begun, 10);
  EXPECT_LE(begun, 12);  // Each thread looks before it begins another one.
}

}  // namespace
}  // namespace kpid::metrics
