#include "metrics/packed_column.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "metrics/row_bits.h"

namespace kpid::metrics {
namespace {

// Values, gathered and decoded, are those that were packed.
void ExpectRoundTrip(const std::vector<int64_t>& values, const PackedColumn& column) {
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(column.At(i), values[i]) << i;
  std::vector<int64_t> decoded(values.size());
  column.Decode(0, values.size(), decoded.data());
  EXPECT_EQ(decoded, values);
  if (values.size() < 8) return;
  std::vector<int64_t> part(4);
  column.Decode(3, 4, part.data());
  EXPECT_EQ(part, std::vector<int64_t>(values.begin() + 3, values.begin() + 7));
  const uint16_t index[] = {0, 4, 2, 5};
  column.Gather(1, index, 4, part.data());
  EXPECT_EQ(part, (std::vector<int64_t>{values[1], values[5], values[3], values[6]}));
}

TEST(PackedColumn, TakesTheNarrowestWidth) {
  const auto width = [](std::vector<int64_t> values) {
    const PackedColumn column(values);
    ExpectRoundTrip(values, column);
    return column.width();
  };
  EXPECT_EQ(width({}), 0);
  EXPECT_EQ(width({5, 5, 5}), 0);
  EXPECT_EQ(width({kAbsent, kAbsent}), 0);
  EXPECT_EQ(width({5, kAbsent}), 1);
  EXPECT_EQ(width({1000, 1255}), 1);
  EXPECT_EQ(width({1000, 1254, kAbsent}), 1);
  EXPECT_EQ(width({1000, 1255, kAbsent}), 2);
  EXPECT_EQ(width({-5, 65530}), 2);
  EXPECT_EQ(width({0, 65536}), 4);
  EXPECT_EQ(width({0, 4294967295}), 4);
  EXPECT_EQ(width({0, 4294967295, kAbsent}), 8);
  EXPECT_EQ(width({std::numeric_limits<int64_t>::min(), kAbsent - 1, 0, kAbsent}), 8);
}

TEST(PackedColumn, TakesTheCoarsestUnit) {
  const auto unit = [](std::vector<int64_t> values) {
    const PackedColumn column(values, PackedColumn::kTimeUnits);
    ExpectRoundTrip(values, column);
    return column.unit();
  };
  EXPECT_EQ(unit({1'000'000, 5'000'000}), 1'000'000);
  EXPECT_EQ(unit({1'000'123, 5'000'123}), 1'000'000);  // Distances count.
  EXPECT_EQ(unit({0, 5'001'000}), 1000);
  EXPECT_EQ(unit({0, 1'000'000, 5'001'001}), 1);
  EXPECT_EQ(unit({0, kAbsent, 2'000'000}), 1'000'000);
}

TEST(PackedColumn, UnusedIsZeroAndTakesNoSpace) {
  const PackedColumn column;
  EXPECT_EQ(column.At(17), 0);
  EXPECT_EQ(column.ByteSize(), 0U);
  std::vector<uint32_t> codes(5, 9);
  column.Decode(100, 5, codes.data());
  EXPECT_EQ(codes, std::vector<uint32_t>(5, 0));
}

TEST(PackedColumn, KnowsItsEnds) {
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{7, kAbsent, 3}).minimum(), 3);
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{7, kAbsent, 3}).maximum(), 7);
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{kAbsent}).minimum(), kAbsent);
}

TEST(PackedColumn, FindsLowerBounds) {
  const PackedColumn column(std::vector<int64_t>{1, 3, 3, 3, 8, 300});
  EXPECT_EQ(column.LowerBound(0, 6, 0), 0U);
  EXPECT_EQ(column.LowerBound(0, 6, 3), 1U);
  EXPECT_EQ(column.LowerBound(2, 6, 3), 2U);
  EXPECT_EQ(column.LowerBound(0, 6, 4), 4U);
  EXPECT_EQ(column.LowerBound(0, 6, 301), 6U);
}

TEST(PackedColumn, ComparesWithLimits) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 500; ++round) {
    const int bits = static_cast<int>(random() % 40);
    const bool absent = random() % 2 == 0;
    std::vector<int64_t> values(1 + random() % 200);
    for (int64_t& value : values) {
      const int64_t raw = static_cast<int64_t>(random() & ((uint64_t{1} << bits) - 1));
      value = absent && random() % 5 == 0 ? kAbsent : raw * (round % 2 == 0 ? 1'000'000 : 1) - 50;
    }
    PackedColumn column(values, PackedColumn::kTimeUnits);
    if (round % 3 == 0) {
      std::vector<PackedColumn::Patch> patches;
      for (size_t i = random() % 20; i < values.size(); i += 1 + random() % 40) {
        values[i] = random() % 4 == 0 ? kAbsent : static_cast<int64_t>(random() % 1000) - 60;
        patches.push_back({static_cast<uint32_t>(i), values[i]});
      }
      column = column.Patched(std::move(patches));
    }
    std::vector<int64_t> limits = {kAbsent, kAbsent - 1, INT64_MIN, -51, -50, 0};
    for (int i = 0; i < 5; ++i) {
      limits.push_back(values[random() % values.size()] - static_cast<int64_t>(random() % 3));
    }
    std::vector<uint16_t> index;
    for (size_t i = values.size() / 2; i < values.size(); i += 1 + random() % 2) {
      index.push_back(static_cast<uint16_t>(i - values.size() / 2));
    }
    for (const int64_t limit : limits) {
      std::vector<uint16_t> all(values.size(), 3);
      column.AddWhereOver(limit, 0, nullptr, values.size(), 4, all.data());
      for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(all[i], values[i] > limit ? 7 : 3);
      std::vector<uint16_t> some(index.size(), 3);
      column.AddWhereOver(limit, values.size() / 2, index.data(), index.size(), 4, some.data());
      for (size_t i = 0; i < index.size(); ++i) {
        EXPECT_EQ(some[i], values[values.size() / 2 + index[i]] > limit ? 7 : 3);
      }
    }
  }
}

TEST(PackedColumn, ReadsUnits) {
  const auto units = [](std::vector<int64_t> values) {
    const PackedColumn column(values, PackedColumn::kTimeUnits);
    EXPECT_TRUE(column.CountsUnits());
    std::vector<uint32_t> all(values.size());
    column.ReadUnits(0, nullptr, all.size(), all.data());
    const std::vector<uint16_t> index = {0, 2};
    std::vector<uint32_t> some(2);
    column.ReadUnits(1, index.data(), 2, some.data());
    EXPECT_EQ(some, (std::vector<uint32_t>{all[1], all[3]}));
    return all;
  };
  using Units = std::vector<uint32_t>;
  EXPECT_EQ(units({3'000'000, 7'000'000, kAbsent, 3'000'000}), (Units{3, 7, 0, 3}));
  EXPECT_EQ(units({3'000, 700'000'000, 5'000, kAbsent}), (Units{3, 700'000, 5, 0}));
  EXPECT_EQ(units({1, 2'000'000, 3, 4}), (Units{1, 2'000'000, 3, 4}));
  EXPECT_EQ(units({0, 70'000'000'000, 0, 0}), (Units{0, 70'000, 0, 0}));
  EXPECT_EQ(units({0, 4'294'967'295, 1, kAbsent}), (Units{0, 4'294'967'295, 1, 0}));
  EXPECT_EQ(units({5'000'000, 5'000'000, 5'000'000, 5'000'000}), Units(4, 5));
  EXPECT_EQ(units({kAbsent, kAbsent, kAbsent, kAbsent}), Units(4, 0));
  EXPECT_EQ(units({0, 0, 0, 0}), Units(4, 0));

  const auto counts = [](std::vector<int64_t> values) {
    return PackedColumn(values, PackedColumn::kTimeUnits).CountsUnits();
  };
  EXPECT_FALSE(counts({500'000, 1'500'000}));  // Distances are seconds, values are not.
  EXPECT_FALSE(counts({-1'000'000, 1'000'000}));
  EXPECT_FALSE(counts({1, 4'294'967'296}));
  EXPECT_FALSE(PackedColumn(std::vector<int64_t>{1, 2}).Patched({{0, 5}}).CountsUnits());
}

TEST(PackedColumn, FindsEqualValues) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 300; ++round) {
    const uint64_t most = uint64_t{1} << (random() % 40);
    std::vector<int64_t> values(1 + random() % 500);
    for (int64_t& value : values) {
      value = random() % 9 == 0 ? kAbsent : static_cast<int64_t>(random() % most) + 5;
    }
    const PackedColumn column(values);
    const size_t first = random() % values.size();
    for (const int64_t wanted : {values[random() % values.size()], int64_t{4}, int64_t{5},
                                 static_cast<int64_t>(most) + 5, int64_t{INT64_MIN}}) {
      if (wanted == kAbsent) continue;
      std::vector<uint16_t> expected;
      for (size_t i = first; i < values.size(); ++i) {
        if (values[i] == wanted) expected.push_back(static_cast<uint16_t>(i - first));
      }
      std::vector<uint16_t> found(values.size() - first);
      found.resize(column.FindEqual(wanted, first, values.size() - first, found.data()));
      EXPECT_EQ(found, expected);
    }
  }
}

TEST(PackedColumn, RandomValuesRoundTrip) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const int bits = static_cast<int>(random() % 63) + 1;
    const int64_t unit = PackedColumn::kTimeUnits[random() % 3];
    const bool absent = random() % 2 == 0;
    const int64_t base = static_cast<int64_t>(random() % 2'000'000) - 1'000'000;
    std::vector<int64_t> values(random() % 3000);
    for (int64_t& value : values) {
      const int64_t raw = static_cast<int64_t>(random() >> (64 - bits));
      value = absent && random() % 5 == 0 ? kAbsent : base + raw / unit * unit;
      if (value == kAbsent && !absent) value = 0;
    }
    ExpectRoundTrip(values, PackedColumn(values, PackedColumn::kTimeUnits));
    ExpectRoundTrip(values, PackedColumn(values));
  }
}

TEST(PackedColumn, OneValueMakesTheUnitFiner) {
  // Wherever it is: values are looked at in pieces.
  for (const size_t place : {size_t{1}, size_t{1'023}, size_t{1'024}, size_t{2'998}}) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 3'000; ++i) values.push_back(i % 100 * 1'000'000);
    values[place] += 3'000;
    const PackedColumn in_milliseconds(values, PackedColumn::kTimeUnits);
    EXPECT_EQ(in_milliseconds.unit(), 1'000);
    ExpectRoundTrip(values, in_milliseconds);
    values[place] += 1;
    values[500] = kAbsent;
    const PackedColumn in_microseconds(values, PackedColumn::kTimeUnits);
    EXPECT_EQ(in_microseconds.unit(), 1);
    ExpectRoundTrip(values, in_microseconds);
  }
}

TEST(PackedColumn, PacksInTheOrderThatIsSaid) {
  std::mt19937_64 random(11);
  for (const int64_t unit : PackedColumn::kTimeUnits) {
    std::vector<int64_t> values(2'500);
    for (int64_t& value : values) {
      value = random() % 9 == 0 ? kAbsent : static_cast<int64_t>(random() % 70'000) * unit;
    }
    std::vector<uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random);
    std::vector<int64_t> ordered;
    for (const uint32_t place : order) ordered.push_back(values[place]);
    const PackedColumn column(values, PackedColumn::kTimeUnits, order);
    ExpectRoundTrip(ordered, column);
    EXPECT_EQ(column.ByteSize(), PackedColumn(ordered, PackedColumn::kTimeUnits).ByteSize());
  }
}

TEST(PackedColumn, SaysWhenBytesAreTheValues) {
  const std::vector<int64_t> bits = {0, 3, 255, 17};
  const PackedColumn plain(bits);
  ASSERT_NE(plain.BytesFrom(1).bytes, nullptr);
  EXPECT_EQ(plain.BytesFrom(1)[1], 255);
  const PackedColumn higher(std::vector<int64_t>{7, 3, 255});
  ASSERT_NE(higher.BytesFrom(0).bytes, nullptr);
  EXPECT_EQ(higher.BytesFrom(0)[0], 7) << "packed less the least";
  EXPECT_EQ(higher.BytesFrom(1)[1], 255);
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{0, 300}).BytesFrom(0).bytes, nullptr) << "two bytes";
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{5, 5}).BytesFrom(0).bytes, nullptr) << "no bytes";
  EXPECT_EQ(PackedColumn(std::vector<int64_t>{0, kAbsent}).BytesFrom(0).bytes, nullptr);
  EXPECT_EQ(plain.Patched({{1, 4}}).BytesFrom(0).bytes, nullptr);
}

TEST(PackedColumn, SaysWhereRowsArePacked) {
  const PackedColumn column(std::vector<int64_t>{0, 300, 500});
  EXPECT_EQ(column.PackedRows(1, 1).data(), column.packed() + 2);
  EXPECT_EQ(column.PackedRows(1, 1).size(), 2);
  EXPECT_EQ(column.PackedRows(1, 100).size(), 4) << "no more than there are";
  EXPECT_TRUE(column.PackedRows(3, 100).empty());
  EXPECT_TRUE(column.PackedRows(7, 1).empty());
  EXPECT_TRUE(PackedColumn(std::vector<int64_t>{5, 5}).PackedRows(0, 2).empty());
}

TEST(PackedColumn, SaysWhenAllAreOnOneSideOfALimit) {
  const PackedColumn column(std::vector<int64_t>{10, 20});
  const PackedColumn some(std::vector<int64_t>{10, 20, kAbsent});
  EXPECT_TRUE(column.DecidesAll(9));
  EXPECT_FALSE(column.DecidesAll(10));
  EXPECT_FALSE(column.DecidesAll(19));
  EXPECT_TRUE(column.DecidesAll(20));
  EXPECT_FALSE(some.DecidesAll(20)) << "absent ones are over it";
  EXPECT_TRUE(some.DecidesAll(kAbsent));
}

// As from decoded values, for widths and limits of all sorts.
TEST(RowBits, FurtherOverOfColumnsIsThatOfValues) {
  std::mt19937_64 random(11);
  size_t narrow = 0;
  for (int round = 0; round < 200; ++round) {
    const auto any = [&](bool absent) {
      const uint64_t range = uint64_t{1} << random() % 20;
      const int64_t base = static_cast<int64_t>(random() % 20'000) - 10'000;
      std::vector<int64_t> values;
      for (int i = 0; i < 300; ++i) {
        const bool is_absent = absent && random() % 4 == 0;
        values.push_back(is_absent ? kAbsent : base + static_cast<int64_t>(random() % range));
      }
      return values;
    };
    const std::vector<int64_t> amounts = any(round % 2 == 0);
    const std::vector<int64_t> less = any(false);
    const int64_t limit = round % 9 == 0 ? std::numeric_limits<int64_t>::min() / 2
                                         : static_cast<int64_t>(random() % 40'000) - 20'000;
    std::vector<uint16_t> wanted(200, 5);
    AddWhereFurtherOver(amounts.data() + 100, less.data() + 100, limit, 8, 200, wanted.data());
    std::vector<uint16_t> found(200, 5);
    const bool added = AddWherePackedFurtherOver(PackedColumn(amounts), PackedColumn(less), limit,
                                                 100, 200, 8, found.data());
    narrow += added;
    EXPECT_EQ(found, added ? wanted : std::vector<uint16_t>(200, 5));
  }
  EXPECT_GT(narrow, 50U);
  EXPECT_LT(narrow, 200U);
}

TEST(PackedColumn, PatchesReplaceValues) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < 3000; ++i) values.push_back(i % 100);
  const PackedColumn packed(values);
  const PackedColumn column =
      packed.Patched({{0, -7}, {5, kAbsent}, {1999, 1'000'000'000'000}, {2999, 3}});
  values[0] = -7;
  values[5] = kAbsent;
  values[1999] = 1'000'000'000'000;
  values[2999] = 3;
  std::vector<int64_t> out(values.size());
  column.Decode(0, values.size(), out.data());
  EXPECT_EQ(out, values);
  for (size_t row = 0; row < values.size(); ++row) EXPECT_EQ(column.At(row), values[row]);
  std::vector<int64_t> some(3);
  const uint16_t index[] = {2, 899, 900};
  column.Gather(1100, index, 3, some.data());
  EXPECT_EQ(some, (std::vector<int64_t>{2, 1'000'000'000'000, 0}));
  column.Gather(2, index, 1, some.data());
  EXPECT_EQ(some[0], 4);
  EXPECT_EQ(packed.At(0), 0);  // Shares the values, not the patches.
  EXPECT_EQ(column.Patched({}).At(5), 5);
}

}  // namespace
}  // namespace kpid::metrics
