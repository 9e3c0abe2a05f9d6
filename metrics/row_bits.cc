#include "metrics/row_bits.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/int128.h"
#include "metrics/cpu_clones.h"
#include "metrics/fact_chunk.h"

namespace kpid::metrics {

KPID_CLONED void PlaceStatus(PlainBytes status, size_t rows, uint16_t* out) {
  constexpr auto kOutbound = static_cast<uint8_t>(Direction::kOutbound);
  constexpr auto kOutboundPlace = static_cast<uint16_t>(kStatusPlaces / 2);
  for (size_t i = 0; i < rows; ++i) {
    const uint16_t outbound = DirectionOfStatus(status[i]) == kOutbound ? kOutboundPlace : 0;
    out[i] = static_cast<uint16_t>(KindOfStatus(status[i]) + outbound);
  }
}

KPID_CLONED void AddWhereBit(PlainBytes bits, int bit, uint16_t step, size_t rows, uint16_t* out) {
  const auto mask = static_cast<uint8_t>(1U << bit);
  for (size_t i = 0; i < rows; ++i) {
    const uint16_t more = (bits[i] & mask) != 0 ? step : uint16_t{0};
    out[i] = static_cast<uint16_t>(out[i] + more);
  }
}

KPID_CLONED void AddLowestBits(PlainBytes bits, uint16_t step, size_t rows, uint16_t* out) {
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

namespace {

// Numbers of at most two bytes, whose differences the compiler takes several at once.
template <class Raw, class LessRaw>
KPID_CLONED void AddWhereNarrowOver(const PackedColumn& amounts, const PackedColumn& less,
                                    int32_t limit, size_t first, size_t rows, uint16_t step,
                                    uint16_t* out) {
  const PackedValues<Raw> amount(amounts, first);
  const PackedValues<LessRaw> other(less, first);
  constexpr int32_t kNoRaw = -1;
  const int32_t absent = amounts.has_absent() ? std::numeric_limits<Raw>::max() : kNoRaw;
  for (size_t i = 0; i < rows; ++i) {
    const int32_t raw = static_cast<int32_t>(amount.raw(i));
    const int32_t more = raw - static_cast<int32_t>(other.raw(i));
    const bool over = (raw == absent) | (more > limit);
    out[i] = static_cast<uint16_t>(out[i] + (over ? step : uint16_t{0}));
  }
}

bool IsNarrow(const PackedColumn& column) {
  return (column.width() == 1 || column.width() == 2) && column.unit() == 1 &&
         column.patches().empty();
}

}  // namespace

bool AddWherePackedFurtherOver(const PackedColumn& amounts, const PackedColumn& less, int64_t limit,
                               size_t first, size_t rows, uint16_t step, uint16_t* out) {
  if (!IsNarrow(amounts) || !IsNarrow(less) || less.has_absent()) return false;
  const absl::int128 raw_limit = absl::int128(limit) - amounts.minimum() + less.minimum();
  constexpr int32_t kFurthest = std::numeric_limits<uint16_t>::max();
  // Beyond what two bytes differ by the limit's size does not matter.
  const auto narrow_limit =
      static_cast<int32_t>(std::clamp<absl::int128>(raw_limit, -kFurthest - 1, kFurthest + 1));
  const auto add = [&](auto raw, auto less_raw) {
    AddWhereNarrowOver<decltype(raw), decltype(less_raw)>(amounts, less, narrow_limit, first, rows,
                                                          step, out);
  };
  const auto add_less = [&](auto raw) {
    less.width() == 1 ? add(raw, uint8_t{}) : add(raw, uint16_t{});
  };
  amounts.width() == 1 ? add_less(uint8_t{}) : add_less(uint16_t{});
  return true;
}

}  // namespace kpid::metrics
