// Places of rows are the sum of those of value, bucket and class, and what is missing is told.
#include "metrics/row_places.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace kpid::metrics {
namespace {

class FindPlacesTest : public testing::TestWithParam<int64_t> {};

TEST_P(FindPlacesTest, AreTheSum) {
  constexpr size_t kRows = 1'000;
  constexpr size_t kFirst = 100;
  std::mt19937 random(3);
  std::vector<int64_t> values;
  for (size_t i = 0; i < kFirst + kRows; ++i) values.push_back(4 + random() % GetParam());
  const PackedColumn column(values);
  std::vector<uint32_t> place_of(static_cast<size_t>(column.maximum()) + 1);
  for (uint32_t& place : place_of) place = static_cast<uint32_t>(random() % 50) * 64;
  std::vector<uint32_t> class_of = {0, 1, 2, 3};
  std::vector<uint16_t> combination;
  std::vector<uint32_t> bucket;
  std::vector<uint16_t> index;
  for (size_t i = 0; i < kRows; ++i) {
    combination.push_back(static_cast<uint16_t>(random() % class_of.size()));
    bucket.push_back(static_cast<uint32_t>(random() % 8));
    if (i % 2 == 0) index.push_back(static_cast<uint16_t>(i));
  }
  for (const bool some : {false, true}) {
    for (const bool buckets : {false, true}) {
      const size_t count = some ? index.size() : kRows;
      const auto find = [&](std::vector<uint32_t>* places) {
        places->resize(count);
        return FindPlaces({&column, place_of.data()}, {buckets ? bucket.data() : nullptr, 3},
                          {combination.data(), class_of.data()}, kFirst,
                          some ? index.data() : nullptr, count, places->data());
      };
      std::vector<uint32_t> places;
      MissingPlaces missing = find(&places);
      EXPECT_FALSE(missing.slots);
      EXPECT_FALSE(missing.classes);
      for (size_t i = 0; i < count; ++i) {
        const auto value = static_cast<size_t>(values[kFirst + (some ? index[i] : i)]);
        ASSERT_EQ(places[i],
                  place_of[value] + class_of[combination[i]] + (buckets ? bucket[i] << 3 : 0));
      }

      const auto value = static_cast<size_t>(values[kFirst + (some ? index[9] : 9)]);
      const uint32_t place = std::exchange(place_of[value], ValuePlaces::kNoSlot);
      missing = find(&places);
      EXPECT_TRUE(missing.slots);
      EXPECT_FALSE(missing.classes);
      const uint32_t one_class = std::exchange(class_of[2], RowCombinations::kNoClass);
      missing = find(&places);
      EXPECT_TRUE(missing.slots);
      EXPECT_TRUE(missing.classes);
      place_of[value] = place;
      class_of[2] = one_class;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfEachWidth, FindPlacesTest, testing::Values(1, 100, 1'000, 100'000));

}  // namespace
}  // namespace kpid::metrics
