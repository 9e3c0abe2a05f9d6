// How values are packed.
#include <algorithm>
#include <cstring>
#include <utility>

#include "metrics/cpu_clones.h"
#include "metrics/packed_column.h"

namespace kpid::metrics {
namespace {

// Values between two looks at whether the unit still divides them all.
constexpr size_t kValuesPerLook = 1'024;

// Of some values.
struct Extent {
  int64_t least = kAbsent;
  int64_t greatest = std::numeric_limits<int64_t>::min();  // Of the present ones.
  int64_t greatest_of_all = std::numeric_limits<int64_t>::min();
};

KPID_CLONED Extent ExtentOf(const int64_t* values, size_t count) {
  Extent extent;
  for (size_t i = 0; i < count; ++i) {
    const int64_t value = values[i];
    const int64_t present = value == kAbsent ? std::numeric_limits<int64_t>::min() : value;
    extent.least = std::min(extent.least, value);
    extent.greatest = std::max(extent.greatest, present);
    extent.greatest_of_all = std::max(extent.greatest_of_all, value);
  }
  return extent;
}

// Narrowest width that holds raw numbers up to `greatest`, and one more where some are absent.
uint8_t WidthFor(uint64_t greatest, bool has_absent) {
  if (greatest == 0 && !has_absent) return 0;
  const uint64_t needed = has_absent ? greatest + 1 : greatest;
  if (needed <= std::numeric_limits<uint8_t>::max()) return 1;
  if (needed <= std::numeric_limits<uint16_t>::max()) return 2;
  if (needed <= std::numeric_limits<uint32_t>::max()) return 4;
  return 8;
}

// Returns do_it(divide) with a function that divides by the unit: division by a constant is many
// times as fast as by a variable.
template <class DoIt>
bool WithDivision(uint64_t unit, DoIt do_it) {
  switch (unit) {
    case 1:
      return do_it([](uint64_t distance) { return distance; });
    case 1'000:
      return do_it([](uint64_t distance) { return distance / 1'000; });
    case 1'000'000:
      return do_it([](uint64_t distance) { return distance / 1'000'000; });
    default:
      return do_it([unit](uint64_t distance) { return distance / unit; });
  }
}

}  // namespace

PackedColumn::PackedColumn(std::span<const int64_t> values, std::span<const int64_t> units,
                           std::span<const uint32_t> order) {
  const Extent extent = ExtentOf(values.data(), values.size());
  has_absent_ = extent.greatest_of_all == kAbsent;
  if (extent.least == kAbsent) {  // No value at all: one constant says so.
    base_ = maximum_ = has_absent_ ? kAbsent : 0;
    has_absent_ = false;
    return;
  }
  base_ = extent.least;
  maximum_ = extent.greatest;
  const uint64_t range = Distance(base_, maximum_);
  for (const int64_t unit : units) {
    if (range % static_cast<uint64_t>(unit) != 0) continue;
    unit_ = unit;
    width_ = WidthFor(range / static_cast<uint64_t>(unit), has_absent_);
    if (Store(values, order)) return;
  }
}

bool PackedColumn::Store(std::span<const int64_t> values, std::span<const uint32_t> order) {
  switch (width_) {
    case 1:
      return StoreAs<uint8_t>(values, order);
    case 2:
      return StoreAs<uint16_t>(values, order);
    case 4:
      return StoreAs<uint32_t>(values, order);
    case 8:
      return StoreAs<uint64_t>(values, order);
    default:
      return true;
  }
}

template <class Raw>
bool PackedColumn::StoreAs(std::span<const int64_t> values, std::span<const uint32_t> order) {
  byte_size_ = values.size() * sizeof(Raw);
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(byte_size_);
  const int64_t base = base_;
  const auto unit = static_cast<uint64_t>(unit_);
  const auto store = [&](auto divide, auto value_of) {
    std::byte* out = bytes.get();
    for (size_t first = 0; first < values.size(); first += kValuesPerLook) {
      const size_t last = std::min(first + kValuesPerLook, values.size());
      uint64_t rest = 0;
      for (size_t i = first; i < last; ++i, out += sizeof(Raw)) {
        const int64_t value = value_of(i);
        const uint64_t distance = Distance(base, value);
        const uint64_t units = divide(distance);
        rest |= value == kAbsent ? 0 : distance - units * unit;
        const Raw raw = value == kAbsent ? kAbsentRaw<Raw> : static_cast<Raw>(units);
        std::memcpy(out, &raw, sizeof(Raw));
      }
      if (rest != 0) return false;
    }
    return true;
  };
  const bool divides = WithDivision(unit, [&](auto divide) {
    return order.empty() ? store(divide, [&](size_t i) { return values[i]; })
                         : store(divide, [&](size_t i) { return values[order[i]]; });
  });
  if (divides) bytes_ = std::move(bytes);
  return divides;
}

}  // namespace kpid::metrics
