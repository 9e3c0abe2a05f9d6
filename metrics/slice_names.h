// Between slices' codes and their names.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/dimension_codes.h"
#include "metrics/query.h"
#include "metrics/slot_table.h"

namespace kpid::metrics {

// The dimensions that a question groups by, over its snapshot.
using GroupBy = std::span<const DimensionSpace* const>;

// An empty table of slots.
SlotTable NewSlots(GroupBy group_by, const SlotSelection* selection = nullptr);

// Slots by the names of their codes ascending, missing ones last.
std::vector<uint32_t> OrderOfSlots(GroupBy group_by, const SlotTable& slots);

// The values of a slice, with names to show.
std::vector<DimensionValue> NamesOf(GroupBy group_by, std::span<const Code> codes);

// The combinations that a question selects. A value that no fact has matches nothing.
SlotSelection SelectionOf(GroupBy group_by, const SliceSelection& selection);

}  // namespace kpid::metrics
