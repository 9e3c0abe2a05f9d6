#include "metrics/class_sums.h"

#include <gtest/gtest.h>

#include <random>

namespace kpid::metrics {
namespace {

// Rows of random classes of random cells, as arrays and as the sums that they must come to.
struct Rows {
  std::vector<size_t> cells;
  std::vector<uint32_t> classes;
  std::vector<std::vector<uint32_t>> amounts;

  Rows(size_t rows, size_t cell_end, size_t class_end, std::vector<uint32_t> greatest) {
    std::mt19937_64 random(rows);
    amounts.resize(greatest.size());
    for (size_t i = 0; i < rows; ++i) {
      cells.push_back(random() % cell_end);
      classes.push_back(static_cast<uint32_t>(random() % class_end));
      for (size_t a = 0; a < greatest.size(); ++a) {
        amounts[a].push_back(static_cast<uint32_t>(random() % (uint64_t{greatest[a]} + 1)));
      }
    }
  }

  std::vector<uint32_t> PlacesIn(const ClassSums& sums) const {
    std::vector<uint32_t> places;
    for (size_t i = 0; i < cells.size(); ++i) {
      places.push_back(static_cast<uint32_t>(sums.PlaceOf(cells[i], classes[i])));
    }
    return places;
  }

  std::vector<const uint32_t*> Pointers() const {
    std::vector<const uint32_t*> pointers;
    for (const auto& amount : amounts) pointers.push_back(amount.data());
    return pointers;
  }

  void Expect(const ClassSums& sums, int64_t times) const {
    for (size_t cell = 0; cell < sums.cells(); ++cell) {
      for (size_t of_class = 0; of_class < sums.classes(); ++of_class) {
        int64_t count = 0;
        std::vector<int64_t> wanted(amounts.size());
        for (size_t i = 0; i < cells.size(); ++i) {
          if (cells[i] != cell || classes[i] != of_class) continue;
          ++count;
          for (size_t a = 0; a < wanted.size(); ++a) wanted[a] += amounts[a][i];
        }
        const size_t place = sums.PlaceOf(cell, of_class);
        ASSERT_EQ(sums.CountOf(place), count * times);
        for (size_t a = 0; a < wanted.size(); ++a) {
          ASSERT_EQ(sums.SumOf(place, a), wanted[a] * times);
        }
      }
    }
  }
};

class ClassSumsInOrder : public testing::TestWithParam<ClassSums::Order> {};

TEST_P(ClassSumsInOrder, AddsUpCountsAndAmounts) {
  for (size_t amounts = 0; amounts <= ClassSums::kAmountsMax; ++amounts) {
    ClassSums sums(amounts, GetParam());
    ASSERT_TRUE(sums.MakeRoom(7, 20));
    ASSERT_EQ(sums.classes(), 32);
    std::vector<uint32_t> greatest(amounts, ~uint32_t{0});
    if (amounts > 0) greatest[0] = 1000;
    const Rows rows(2000, 7, 20, greatest);
    const std::vector<uint32_t> places = rows.PlacesIn(sums);
    for (int i = 0; i < 3; ++i) sums.Add(0, places.data(), 2000, rows.Pointers(), 1000);
    rows.Expect(sums, 3);
    sums.Clear();
    EXPECT_TRUE(sums.empty());
    rows.Expect(sums, 0);
  }
}

// Cells and classes come up one after the other, and what is nowhere stays there.
TEST_P(ClassSumsInOrder, KeepsWhatItHasWhenItGrows) {
  for (const size_t amounts : {1, 3}) {
    ClassSums sums(amounts, GetParam());
    ASSERT_TRUE(sums.MakeRoom(5, 8));
    const Rows rows(500, 5, 8, std::vector<uint32_t>(amounts, 100));
    const std::vector<uint32_t> places = rows.PlacesIn(sums);
    sums.Add(0, places.data(), 500, rows.Pointers(), 100);
    size_t cells = 5;
    for (const size_t classes : {8, 9, 100, 3, 128}) {
      cells = cells * 2 - 1;
      ASSERT_TRUE(sums.MakeRoom(cells, classes));
      EXPECT_EQ(sums.cells(), cells);
      const std::vector<uint32_t> nowhere(50, sums.NowherePlace(2));
      sums.Add(2, nowhere.data(), 50, rows.Pointers(), 100);
      rows.Expect(sums, 1);
    }
    ASSERT_TRUE(sums.MakeRoom(3, 8));
    EXPECT_EQ(sums.cells(), cells);
  }
}

INSTANTIATE_TEST_SUITE_P(OfEach, ClassSumsInOrder,
                         testing::Values(ClassSums::Order::kByCell, ClassSums::Order::kByClass));

TEST(ClassSums, AddsUpRowsOfOneCell) {
  for (size_t amounts = 0; amounts <= 3; ++amounts) {
    ClassSums sums(amounts);
    ASSERT_TRUE(sums.MakeRoom(3, 8));
    Rows rows(1999, 1, 8, std::vector<uint32_t>(amounts, 500'000));
    sums.AddToCell(2, rows.classes.data(), 1999, rows.Pointers(), 500'000);
    for (size_t& cell : rows.cells) cell = 2;
    rows.Expect(sums, 1);
  }
}

// Amounts are added up from columns of each width as from arrays, of all rows or some.
TEST(ClassSums, AddsUpColumns) {
  constexpr int64_t kUnit = 1'000'000;
  std::mt19937_64 random(5);
  std::vector<uint16_t> index;
  for (uint16_t i = 0; i < 1'500; i += 3) index.push_back(i);
  for (const int64_t greatest : {0, 200, 60'000, 5'000'000}) {
    for (const bool absent : {false, true}) {
      std::vector<int64_t> values;
      for (int i = 0; i < 2'000; ++i) {
        const auto units = static_cast<int64_t>(random() % static_cast<uint64_t>(greatest + 1));
        values.push_back(absent && i % 7 == 0 ? kAbsent : (7 + units) * kUnit);
      }
      const PackedColumn column(values, PackedColumn::kTimeUnits);
      ASSERT_TRUE(column.CountsUnits());
      for (const bool some : {false, true}) {
        constexpr size_t kFirst = 300;
        const size_t rows = some ? index.size() : 1'500;
        ClassSums sums(1);
        ASSERT_TRUE(sums.MakeRoom(3, 4));
        std::vector<uint32_t> places;
        std::vector<int64_t> counts(8);
        std::vector<int64_t> totals(8);
        for (size_t i = 0; i < rows; ++i) {
          const int64_t value = values[kFirst + (some ? index[i] : i)];
          // Absent amounts are of a class of their own.
          const size_t place = value == kAbsent ? 3 : random() % 3;
          places.push_back(static_cast<uint32_t>(place));
          ++counts[place];
          if (value != kAbsent) totals[place] += value / column.unit();
        }
        sums.AddOf(column, kFirst, some ? index.data() : nullptr, 2, places.data(), rows,
                   column.GreatestUnits());
        for (size_t place = 0; place < 4; ++place) {
          const size_t of_cell = sums.PlaceOf(2, place);
          ASSERT_EQ(sums.CountOf(of_cell), counts[place]);
          if (place == 3) continue;
          ASSERT_EQ(sums.SumOf(of_cell, 0), totals[place]) << greatest;
        }
        EXPECT_EQ(sums.CountOf(0), 0);
      }
    }
  }
}

// What is said to fit does not overflow.
TEST(ClassSums, BearsNoMoreThanFits) {
  ClassSums sums(1);
  ASSERT_TRUE(sums.MakeRoom(1, 1));
  const std::vector<uint32_t> places(2048, 0);
  constexpr uint32_t kGreatest = 10'000'000;
  const std::vector<uint32_t> amounts(2048, kGreatest);
  const uint32_t* const pointer = amounts.data();
  int64_t rows = 0;
  for (; sums.Bears(2048, kGreatest); rows += 2048) {
    sums.Add(0, places.data(), 2048, {&pointer, 1}, kGreatest);
  }
  EXPECT_GT(rows, 100'000);
  EXPECT_EQ(sums.CountOf(0), rows);
  EXPECT_EQ(sums.SumOf(0, 0), rows * kGreatest);
  EXPECT_TRUE(ClassSums::WorthSumming(kGreatest));
  EXPECT_FALSE(ClassSums::WorthSumming(1'000'000'000));

  ClassSums counts(0);
  ASSERT_TRUE(counts.MakeRoom(1, 1));
  for (rows = 0; counts.Bears(2048, 0); rows += 2048) counts.Add(0, places.data(), 2048, {}, 0);
  EXPECT_GT(rows, 16'000'000);
  EXPECT_EQ(counts.CountOf(0), rows);
}

TEST(ClassSums, HasALimit) {
  ClassSums sums(4);
  EXPECT_FALSE(sums.MakeRoom(1'000'000, 16));
  EXPECT_TRUE(sums.MakeRoom(1'000, 16));
}

}  // namespace
}  // namespace kpid::metrics
