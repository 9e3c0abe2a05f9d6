// What rows read of bytes, in blocks of any length, also where the least is not 0.
#include "metrics/row_bits.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "metrics/fact_chunk.h"

namespace kpid::metrics {
namespace {

TEST(RowBits, AreAddedFromBytes) {
  std::mt19937 random(5);
  for (const uint8_t base : {0, 3, 200}) {
    for (const size_t rows : {0, 1, 15, 33, 2'047}) {
      std::vector<uint8_t> bytes(rows);
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() % (256 - base));
      const PlainBytes plain{bytes.data(), base};
      std::vector<uint16_t> places(rows);
      PlaceStatus(plain, rows, places.data());
      std::vector<uint16_t> out = places;
      AddWhereBit(plain, 6, 1'000, rows, out.data());
      AddLowestBits(plain, 100, rows, out.data());
      for (size_t i = 0; i < rows; ++i) {
        const auto value = static_cast<uint8_t>(bytes[i] + base);
        const bool outbound =
            DirectionOfStatus(value) == static_cast<uint8_t>(Direction::kOutbound);
        ASSERT_EQ(places[i], KindOfStatus(value) + (outbound ? kStatusPlaces / 2 : 0));
        ASSERT_EQ(out[i], places[i] + (value >> 6 & 1) * 1'000 + (value & 3) * 100);
      }
    }
  }
}

}  // namespace
}  // namespace kpid::metrics
