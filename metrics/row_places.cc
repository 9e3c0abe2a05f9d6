#include "metrics/row_places.h"

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
                     [buckets](size_t i) { return buckets.bucket[i] << buckets.class_bits; });
  };
  if (index != nullptr) return find([index](size_t i) { return size_t{index[i]}; });
  return find([](size_t i) { return i; });
}

}  // namespace

MissingPlaces FindPlaces(const ValuePlaces& values, const BucketPlaces& buckets,
                         const RowCombinations& rows, size_t first, const uint16_t* index,
                         size_t count, uint32_t* places) {
  const uint32_t all = [&] {
    switch (values.values->width()) {
      case 0:
        return FindOf<void>(values, buckets, rows, first, index, count, places);
      case 1:
        return FindOf<uint8_t>(values, buckets, rows, first, index, count, places);
      case 2:
        return FindOf<uint16_t>(values, buckets, rows, first, index, count, places);
      default:
        return FindOf<uint32_t>(values, buckets, rows, first, index, count, places);
    }
  }();
  return {(all & ValuePlaces::kNoSlot) != 0, (all & RowCombinations::kNoClass) != 0};
}

}  // namespace kpid::metrics
