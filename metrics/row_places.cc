#include "metrics/row_places.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "metrics/cpu_clones.h"

namespace kpid::metrics {
namespace {

template <class Raw, class RowOf, class BucketPlaceOf>
KPID_INLINED uint32_t Find(const ValuePlaces& values, const RowCombinations& rows, size_t first,
                           size_t count, uint32_t* places, RowOf row_of,
                           BucketPlaceOf bucket_place_of) {
  const PackedValues<Raw> packed(*values.values, first);
  const uint32_t* const place_of = values.place_of + values.values->minimum();
  const uint16_t* const combination = rows.combination;
  const uint32_t* const class_of = rows.class_of;
  uint32_t all = 0;
#pragma GCC unroll 4
  for (size_t i = 0; i < count; ++i) {
    const uint32_t place = place_of[packed.raw(row_of(i))] + class_of[combination[i]];
    all |= place;
    places[i] = place + bucket_place_of(i);
  }
  return all;
}

template <class Raw>
uint32_t FindOf(const ValuePlaces& values, const BucketPlaces& buckets, const RowCombinations& rows,
                size_t first, const uint16_t* index, size_t count, uint32_t* places) {
  const auto find = [&](auto row_of) {
    if (buckets.bucket == nullptr) {
      return Find<Raw>(values, rows, first, count, places, row_of,
                       [](size_t) { return uint32_t{0}; });
    }
    return Find<Raw>(values, rows, first, count, places, row_of,
                     [buckets](size_t i) { return buckets.bucket[i] << buckets.cell_shift; });
  };
  if (index != nullptr) return find([index](size_t i) { return size_t{index[i]}; });
  return find([](size_t i) { return i; });
}

// A packed number; 0 where none is.
template <class Raw>
KPID_INLINED size_t RawAt(const std::byte* bytes, size_t row) {
  if constexpr (std::is_void_v<Raw>) {
    return 0;
  } else {
    Raw raw;
    std::memcpy(&raw, bytes + row * sizeof(Raw), sizeof(Raw));
    return raw;
  }
}

// Packed numbers of kStride rows. Loads are what counting rows spends its time on, so those of two
// bytes are loaded in pairs.
template <class Raw>
KPID_INLINED std::array<uint64_t, PlacedRows::kStride> RawsAt(const std::byte* bytes, size_t row) {
  std::array<uint64_t, PlacedRows::kStride> raws;
  if constexpr (std::is_same_v<Raw, uint16_t> && std::endian::native == std::endian::little) {
    for (size_t j = 0; j < raws.size(); j += 2) {
      uint32_t pair;
      std::memcpy(&pair, bytes + (row + j) * sizeof(Raw), sizeof(pair));
      raws[j] = pair & 0xffff;
      raws[j + 1] = pair >> 16;
    }
  } else {
    for (size_t j = 0; j < raws.size(); ++j) raws[j] = RawAt<Raw>(bytes, row + j);
  }
  return raws;
}

const std::byte* PackedAt(const PackedColumn& column, size_t row) {
  return column.width() == 0 ? nullptr
                             : column.packed() + row * static_cast<size_t>(column.width());
}

}  // namespace

MissingPlaces FindPlaces(const ValuePlaces& values, const BucketPlaces& buckets,
                         const RowCombinations& rows, size_t first, const uint16_t* index,
                         size_t count, uint32_t* places) {
  const uint32_t all = WithRawOf(values.values->width(), [&]<class Raw>(std::type_identity<Raw>) {
    return FindOf<Raw>(values, buckets, rows, first, index, count, places);
  });
  return {(all & ValuePlaces::kNoSlot) != 0, (all & RowCombinations::kNoClass) != 0};
}

PlacedRows::PlacedRows(const ValuePlaces& values, const BucketPlaces& buckets,
                       const RowCombinations& combinations, const PackedColumn* amount,
                       size_t first, uint64_t row)
    : values_(PackedAt(*values.values, first)),
      place_of_(values.place_of),
      bucket_(buckets.bucket),
      cell_shift_(buckets.cell_shift),
      combination_(combinations.combination),
      class_of_(combinations.class_of),
      row_(row) {
  if (place_of_ != nullptr) {
    place_of_ += values.values->minimum();
  } else {
    least_ = values.values->minimum();
  }
  if (amount != nullptr && amount->minimum() != kAbsent) {
    row_ += static_cast<uint64_t>(amount->minimum() / amount->unit());
    amounts_ = PackedAt(*amount, first);
    if (amount->has_absent() && !amount->AbsentIsSmall()) {
      absent_ = amount->width() == 4 ? std::numeric_limits<uint32_t>::max() : ~uint64_t{0};
    }
    absent_row_ = row;
  }
  const int amount_width = amounts_ == nullptr ? 0 : amount->width();
  WithRawOf(values.values->width(), [&]<class Raw>(std::type_identity<Raw>) {
    WithRawOf(amount_width, [&]<class Amount>(std::type_identity<Amount>) {
      count_ = place_of_ == nullptr ? CountRaw<Raw, Amount, Places::kDirect>
               : bucket_ == nullptr ? CountRaw<Raw, Amount, Places::kTable>
                                    : CountRaw<Raw, Amount, Places::kTableAndBuckets>;
    });
  });
}

template <class Raw, class Amount, PlacedRows::Places kPlaces>
size_t PlacedRows::CountRaw(const PlacedRows& rows, size_t begin, size_t end, uint64_t* words) {
  constexpr uint32_t kMissing = ValuePlaces::kNoSlot | RowCombinations::kNoClass;
  // Locals, because a store might otherwise change the members.
  const std::byte* const values = rows.values_;
  const uint32_t* const place_of = rows.place_of_;
  const uint32_t* const bucket = rows.bucket_;
  const int cell_shift = rows.cell_shift_;
  const uint16_t* const combination = rows.combination_;
  const uint32_t* const class_of = rows.class_of_;
  const std::byte* const amounts = rows.amounts_;
  const uint64_t row = rows.row_;
  const uint64_t absent_row = rows.absent_row_;
  const uint64_t absent = rows.absent_;
  const auto place_at = [=](size_t i, size_t combined) {
    const size_t value = RawAt<Raw>(values, i);
    const uint32_t place =
        kPlaces == Places::kDirect ? static_cast<uint32_t>(value) : place_of[value];
    return place + class_of[combined];
  };
  const auto add = [=](size_t i, uint32_t place, uint64_t raw) {
    if constexpr (kPlaces == Places::kTableAndBuckets) place += bucket[i] << cell_shift;
    uint64_t word = row + raw;
    if constexpr (std::is_same_v<Amount, uint32_t> || std::is_same_v<Amount, uint64_t>) {
      word = raw == absent ? absent_row : word;
    }
    words[place] += word;
  };
  const auto* const combinations = reinterpret_cast<const std::byte*>(combination);
  size_t i = begin;
  for (; i + kStride <= end; i += kStride) {
    const auto combined = RawsAt<uint16_t>(combinations, i);
    std::array<uint32_t, kStride> places;
    uint32_t all = 0;
#pragma GCC unroll 4
    for (size_t j = 0; j < kStride; ++j) {
      places[j] = place_at(i + j, combined[j]);
      all |= places[j];
    }
    if ((all & kMissing) != 0) [[unlikely]]
      return i;
    const auto raws = RawsAt<Amount>(amounts, i);
#pragma GCC unroll 4
    for (size_t j = 0; j < kStride; ++j) add(i + j, places[j], raws[j]);
  }
  for (; i < end; ++i) {
    const uint32_t place = place_at(i, combination[i]);
    if ((place & kMissing) != 0) return i;
    add(i, place, RawAt<Amount>(amounts, i));
  }
  return i;
}

}  // namespace kpid::metrics
