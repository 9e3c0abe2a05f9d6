// Places of rows are the sum of those of value, bucket and class, and what is missing is told.
#include "metrics/row_places.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>
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

constexpr size_t kCountedRows = 503;
constexpr uint64_t kRow = uint64_t{1} << 40;

// Units of amounts, and how they are packed.
struct AmountCase {
  uint64_t greatest;
  bool absent;
  int width;
};

// Rows of a value, an amount, a combination and a bucket each.
class PlacedRowsTest : public testing::TestWithParam<std::tuple<int64_t, AmountCase>> {
 protected:
  PlacedRowsTest() {
    const AmountCase& amount = std::get<1>(GetParam());
    const int64_t least = amount.greatest < 4'294'967'295 ? 3 : 0;  // No more are counted.
    for (size_t i = 0; i < kFirst + kCountedRows; ++i) {
      values_.push_back(4 + static_cast<int64_t>(random_() % std::get<0>(GetParam())));
      const auto units = least + static_cast<int64_t>(random_() % (amount.greatest + 1));
      amounts_.push_back(amount.absent && random_() % 4 == 0 ? kAbsent : units * 1'000'000);
    }
    amounts_[0] = least * 1'000'000;
    amounts_[1] = (least + static_cast<int64_t>(amount.greatest)) * 1'000'000;
    for (size_t i = 0; i < kCountedRows; ++i) {
      // Those of absent amounts are of a class of their own.
      const bool absent = amounts_[kFirst + i] == kAbsent;
      combination_.push_back(absent ? 3 : static_cast<uint16_t>(random_() % 3));
      bucket_.push_back(static_cast<uint32_t>(random_() % 4));
    }
    column_ = PackedColumn(values_);
    amount_ = PackedColumn(amounts_, PackedColumn::kTimeUnits);
    place_of_.resize(static_cast<size_t>(column_.maximum()) + 1);
    for (uint32_t& place : place_of_) place = static_cast<uint32_t>(random_() % 20) * 16;
  }

  size_t CountDirectly(size_t begin, size_t end, std::vector<uint64_t>* words) {
    words->assign(static_cast<size_t>(column_.maximum()) + 1 + 4 * kDirectStep, 0);
    std::vector<uint32_t> class_of = {0, kDirectStep, 2 * kDirectStep, 3 * kDirectStep};
    const PlacedRows rows({&column_, nullptr}, {}, {combination_.data(), class_of.data()}, &amount_,
                          kFirst, kRow);
    return rows.Count(begin, end, words->data());
  }

  size_t Count(bool buckets, bool amounts, size_t begin, size_t end, std::vector<uint64_t>* words) {
    words->assign(20 * 16, 0);
    const PlacedRows rows({&column_, place_of_.data()}, {buckets ? bucket_.data() : nullptr, 2},
                          {combination_.data(), class_of_.data()}, amounts ? &amount_ : nullptr,
                          kFirst, kRow);
    return rows.Count(begin, end, words->data());
  }

  // What rows [begin, end) come to, but for sums of absent amounts.
  std::vector<uint64_t> Wanted(bool buckets, bool amounts, size_t begin, size_t end) const {
    std::vector<uint64_t> words(20 * 16);
    for (size_t i = begin; i < end; ++i) {
      const int64_t amount = amounts_[kFirst + i];
      const uint32_t place = place_of_[static_cast<size_t>(values_[kFirst + i])] +
                             class_of_[combination_[i]] + (buckets ? bucket_[i] << 2 : 0);
      const bool sums = amounts && amount != kAbsent;
      words[place] += kRow + (sums ? static_cast<uint64_t>(amount / amount_.unit()) : 0);
    }
    return words;
  }

  void Expect(const std::vector<uint64_t>& wanted, const std::vector<uint64_t>& words) const {
    for (size_t place = 0; place < wanted.size(); ++place) {
      ASSERT_EQ(words[place] >> 40, wanted[place] >> 40) << place;
      if (place % 4 == class_of_[3]) continue;
      ASSERT_EQ(words[place], wanted[place]) << place;
    }
  }

  static constexpr size_t kFirst = 100;
  static constexpr uint32_t kDirectStep = 200'000;
  std::mt19937_64 random_{11};
  std::vector<int64_t> values_;
  std::vector<int64_t> amounts_;
  std::vector<uint16_t> combination_;
  std::vector<uint32_t> bucket_;
  std::vector<uint32_t> place_of_;
  std::vector<uint32_t> class_of_ = {0, 1, 2, 3};
  PackedColumn column_;
  PackedColumn amount_;
};

TEST_P(PlacedRowsTest, AddThemselves) {
  EXPECT_EQ(amount_.width(), std::get<1>(GetParam()).width);
  ASSERT_TRUE(amount_.CountsUnits());
  std::vector<uint64_t> words;
  for (const bool buckets : {false, true}) {
    for (const bool amounts : {false, true}) {
      for (const size_t begin : {0, 1, 100}) {
        for (const size_t count : {0, 1, 3, 4, 5, 64, 403}) {
          ASSERT_EQ(Count(buckets, amounts, begin, begin + count, &words), begin + count);
          Expect(Wanted(buckets, amounts, begin, begin + count), words);
        }
      }
    }
  }
}

// Where values are places.
TEST_P(PlacedRowsTest, AddThemselvesAtTheirValues) {
  std::vector<uint64_t> words;
  for (const size_t count : {0, 3, 4, 403}) {
    ASSERT_EQ(CountDirectly(1, 1 + count, &words), 1 + count);
    std::vector<uint64_t> wanted(words.size());
    for (size_t i = 1; i < 1 + count; ++i) {
      const int64_t amount = amounts_[kFirst + i];
      const size_t value = static_cast<size_t>(values_[kFirst + i]);
      uint64_t& word = wanted[value + combination_[i] * kDirectStep];
      word += kRow + (amount == kAbsent ? 0 : static_cast<uint64_t>(amount / amount_.unit()));
    }
    for (size_t place = 0; place < words.size(); ++place) {
      ASSERT_EQ(words[place] >> 40, wanted[place] >> 40) << place;
      if (place >= 3 * kDirectStep) continue;  // Of absent amounts.
      ASSERT_EQ(words[place], wanted[place]) << place;
    }
  }
}

// All rows before the one that is returned are counted, none after it, and what has no place yet
// is near to it.
TEST_P(PlacedRowsTest, StopWhereAPlaceIsMissing) {
  std::vector<uint64_t> words;
  for (const size_t missing : {0, 1, 7, 250, 501, 502}) {
    // A value, or a combination, of this row alone.
    std::vector<int64_t> others = values_;
    const int64_t value = 1'000'000;
    others[kFirst + missing] = value;
    const PackedColumn column = std::exchange(column_, PackedColumn(others));
    std::vector<uint32_t> place_of = place_of_;
    place_of_.resize(value + 1, 0);
    place_of_[value] = ValuePlaces::kNoSlot;
    const size_t done = Count(true, true, 0, kCountedRows, &words);
    EXPECT_LE(done, missing);
    EXPECT_LT(missing - done, PlacedRows::kStride);
    Expect(Wanted(true, true, 0, done), words);
    column_ = column;
    place_of_ = place_of;

    const uint16_t combination = std::exchange(combination_[missing], 4);
    class_of_.push_back(RowCombinations::kNoClass);
    EXPECT_EQ(Count(false, true, 0, kCountedRows, &words), done);
    Expect(Wanted(false, true, 0, done), words);
    combination_[missing] = combination;
    class_of_.pop_back();
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfEachWidth, PlacedRowsTest,
    testing::Combine(testing::Values(1, 100, 1'000, 100'000),
                     testing::Values(AmountCase{0, false, 0}, AmountCase{200, false, 1},
                                     AmountCase{200, true, 1}, AmountCase{60'000, false, 2},
                                     AmountCase{60'000, true, 2},
                                     AmountCase{4'000'000'000, false, 4},
                                     AmountCase{4'000'000'000, true, 4},
                                     AmountCase{4'294'967'295, true, 8})));

}  // namespace
}  // namespace kpid::metrics
