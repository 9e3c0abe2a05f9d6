// What rows read of columns, as parts of a number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "metrics/packed_column.h"

namespace kpid::metrics {

// Places of an interaction's outcome (or a survey's kind), inbound and outbound.
inline constexpr size_t kStatusPlaces = 16;

// Writes the place of each row's Column::kStatus, below kStatusPlaces.
void PlaceStatus(PlainBytes status, size_t rows, uint16_t* out);

// Adds `step` where a bit is set.
void AddWhereBit(PlainBytes bits, int bit, uint16_t step, size_t rows, uint16_t* out);

// Adds `step` times the lowest two bits.
void AddLowestBits(PlainBytes bits, uint16_t step, size_t rows, uint16_t* out);

// Adds `step` where an amount is absent, or amount - less is over the limit.
void AddWhereFurtherOver(const int64_t* amounts, const int64_t* less, int64_t limit, uint16_t step,
                         size_t rows, uint16_t* out);

// The same for rows [first, first + rows) of columns, where both are narrow: false, and nothing
// done, where they are not, or some of `less` are absent.
bool AddWherePackedFurtherOver(const PackedColumn& amounts, const PackedColumn& less, int64_t limit,
                               size_t first, size_t rows, uint16_t step, uint16_t* out);

}  // namespace kpid::metrics
