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
  const uint32_t* place_of = nullptr;    // By value; null: values are places (PlacedRows only).
};

// Places that rows get from their buckets.
struct BucketPlaces {
  const uint32_t* bucket = nullptr;  // By row; null: all are of one, and get none.
  int cell_shift = 0;                // What a bucket is shifted by.
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

// Counts rows at their places at once, which are written down nowhere. What it is made from must
// outlive it.
class PlacedRows {
 public:
  // Of rows from `first` on. A row adds `row` and, where there is an amount, its units; what an
  // absent one adds is not said. REQUIRES: amount->CountsUnits().
  PlacedRows(const ValuePlaces& values, const BucketPlaces& buckets,
             const RowCombinations& combinations, const PackedColumn* amount, size_t first,
             uint64_t row);

  // Adds rows [begin, end), counted from the first, to words[place], up to one before which all
  // have places: the first that has none is among the kStride from the one returned.
  size_t Count(size_t begin, size_t end, uint64_t* words) const {
    return count_(*this, begin, end, words + least_);
  }
  static constexpr size_t kStride = 4;

 private:
  // How the places of values and buckets are found.
  enum class Places { kDirect, kTable, kTableAndBuckets };

  template <class Raw, class Amount, Places kPlaces>
  static size_t CountRaw(const PlacedRows& rows, size_t begin, size_t end, uint64_t* words);

  const std::byte* values_;
  const uint32_t* place_of_;
  int64_t least_ = 0;  // What all places are over those found.
  const uint32_t* bucket_;
  int cell_shift_;
  const uint16_t* combination_;
  const uint32_t* class_of_;
  const std::byte* amounts_ = nullptr;
  uint64_t row_;                    // That each adds, with the least amount.
  uint64_t absent_row_ = 0;         // That one with an absent amount adds,
  uint64_t absent_ = ~uint64_t{0};  // which is packed so; else what none is.
  size_t (*count_)(const PlacedRows&, size_t, size_t, uint64_t*);
};

}  // namespace kpid::metrics
