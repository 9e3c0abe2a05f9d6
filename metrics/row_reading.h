// What a row function depends on, where that is little: said in the catalogue beside the function,
// so that rows which are alike for it can be counted before it is asked (metrics/row_classes.h).
//
//   return ByReading({.cuts = {{Column::kWait, threshold}}}, [=](const InteractionRow& row) { ...
//   })
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "metrics/fact_chunk.h"
#include "metrics/packed_column.h"

namespace kpid::metrics {

// Whether an amount is over `limit`, as kAbsent always is.
struct Cut {
  Column column = Column::kCount;  // kCount: no cut.
  int64_t limit = 0;
  bool instant = false;          // The column counts from kArrive, and the limit is an instant.
  Column less = Column::kCount;  // The limit is of what the amount is over this column's.

  friend bool operator==(const Cut&, const Cut&) = default;
};

// Whether a column's value is absent.
constexpr Cut AbsenceOf(Column column) { return {column, kAbsent - 1}; }

// What a row function reads of an interaction beside outcome and whether it is outbound, or of a
// survey beside its kind. Two rows that do not differ in it give the same sample, but for the
// amount.
struct RowReading {
  static constexpr size_t kCutsMax = 3;

  uint8_t marks = 0;        // Bits: Mark.
  bool case_state = false;  // The whole column.
  std::array<Cut, kCutsMax> cuts{};
  Column amount = Column::kCount;  // An included sample's amount is this column's value.
};

// A row function that says what it reads.
template <class Function>
struct ReadingFunction {
  RowReading reading;
  Function function;

  template <class Row>
  auto operator()(const Row& row) const {
    return function(row);
  }
};

template <class Function>
ReadingFunction<Function> ByReading(const RowReading& reading, Function function) {
  return {reading, std::move(function)};
}

// Of the row functions of a mean or percentile of one column, absent where unknown.
template <class Function>
ReadingFunction<Function> AmountsOf(Column column, Function function) {
  return {{.cuts = {AbsenceOf(column)}, .amount = column}, std::move(function)};
}

}  // namespace kpid::metrics
