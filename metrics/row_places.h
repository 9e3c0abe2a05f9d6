// Where rows are added up: cell and class as one number, found in one pass.
#pragma once

#include <cstddef>
#include <cstdint>

#include "metrics/packed_column.h"

namespace kpid::metrics {

// Places that rows get from one column, where their slice says the place of its first class in the
// first bucket: place_of[value].
struct ValuePlaces {
  // A bit that no place has: of a value that has no slot yet.
  static constexpr uint32_t kNoSlot = uint32_t{1} << 31;

  const PackedColumn* values = nullptr;  // Of codes, none absent, without patches.
  const uint32_t* place_of = nullptr;    // By value.
};

// Places that rows get from their buckets.
struct BucketPlaces {
  const uint32_t* bucket = nullptr;  // By row; null: all are of one, and get none.
  int class_bits = 0;                // Of a bucket.
};

// Classes of rows: class_of[combination].
struct RowCombinations {
  // A bit that neither a place nor a class has: of a combination that has no class yet.
  static constexpr uint32_t kNoClass = uint32_t{1} << 30;

  const uint16_t* combination = nullptr;  // By row.
  const uint32_t* class_of = nullptr;     // By combination.
};

// What some rows do not have yet; nothing is to be added up then.
struct MissingPlaces {
  bool slots = false;
  bool classes = false;
};

// Writes the places of rows first + index[0..count), or, where the index is null, of
// [first, first + count): the sum of the three.
MissingPlaces FindPlaces(const ValuePlaces& values, const BucketPlaces& buckets,
                         const RowCombinations& rows, size_t first, const uint16_t* index,
                         size_t count, uint32_t* places);

}  // namespace kpid::metrics
