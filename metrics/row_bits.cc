#include "metrics/row_bits.h"

#include "metrics/cpu_clones.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

KPID_CLONED void PlaceStatus(const uint8_t* status, size_t rows, uint16_t* out) {
  constexpr auto kOutbound = static_cast<uint8_t>(Direction::kOutbound);
  constexpr auto kOutboundPlace = static_cast<uint16_t>(kStatusPlaces / 2);
  for (size_t i = 0; i < rows; ++i) {
    const uint16_t outbound = DirectionOfStatus(status[i]) == kOutbound ? kOutboundPlace : 0;
    out[i] = static_cast<uint16_t>(KindOfStatus(status[i]) + outbound);
  }
}

KPID_CLONED void AddWhereBit(const uint8_t* bits, int bit, uint16_t step, size_t rows,
                             uint16_t* out) {
  const auto mask = static_cast<uint8_t>(1U << bit);
  for (size_t i = 0; i < rows; ++i) {
    const uint16_t more = (bits[i] & mask) != 0 ? step : uint16_t{0};
    out[i] = static_cast<uint16_t>(out[i] + more);
  }
}

KPID_CLONED void AddLowestBits(const uint8_t* bits, uint16_t step, size_t rows, uint16_t* out) {
  for (size_t i = 0; i < rows; ++i) {
    const auto lowest = static_cast<uint16_t>(bits[i] & 3);
    out[i] = static_cast<uint16_t>(out[i] + static_cast<uint16_t>(lowest * step));
  }
}

KPID_CLONED void AddWhereFurtherOver(const int64_t* amounts, const int64_t* less, int64_t limit,
                                     uint16_t step, size_t rows, uint16_t* out) {
  for (size_t i = 0; i < rows; ++i) {
    // Not signed, so that kAbsent less anything is something.
    const auto more =
        static_cast<int64_t>(static_cast<uint64_t>(amounts[i]) - static_cast<uint64_t>(less[i]));
    const bool over = amounts[i] == kAbsent || more > limit;
    out[i] = static_cast<uint16_t>(out[i] + (over ? step : uint16_t{0}));
  }
}

}  // namespace kpid::metrics
