#include "metrics/packed_column.h"

#include <algorithm>
#include <cstring>

// The loops over rows are compiled twice, for processors with AVX2 and for all others; the loader
// of the program chooses. What they call is inlined, to be compiled with them.
#if defined(KPID_CPU_CLONES) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define KPID_CLONED [[gnu::target_clones("avx2", "default")]]
#else
#define KPID_CLONED
#endif
#define KPID_INLINED [[gnu::always_inline]] inline

namespace kpid::metrics {
namespace {

// Distance of two numbers; right also where it does not fit into a signed one.
uint64_t Distance(int64_t from, int64_t to) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

template <class Raw>
constexpr Raw kAbsentRaw = std::numeric_limits<Raw>::max();

template <class Raw>
KPID_INLINED Raw RawAt(const std::byte* bytes, size_t row) {
  Raw raw;
  std::memcpy(&raw, bytes + row * sizeof(Raw), sizeof(Raw));
  return raw;
}

// Values up to 4 bytes wide times a unit below 2^32: a product of 32-bit numbers, of which the
// compiler makes several at once, as it cannot of 64-bit ones.
template <class Raw>
KPID_INLINED uint64_t Scaled(Raw raw, uint64_t unit) {
  if constexpr (sizeof(Raw) == sizeof(uint64_t)) {
    return raw * unit;
  } else {
    return static_cast<uint64_t>(static_cast<uint32_t>(raw)) *
           static_cast<uint64_t>(static_cast<uint32_t>(unit));
  }
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

}  // namespace

PackedColumn::PackedColumn(std::span<const int64_t> values, std::span<const int64_t> units) {
  int64_t least = kAbsent;
  int64_t greatest = std::numeric_limits<int64_t>::min();
  for (const int64_t value : values) {
    if (value == kAbsent) {
      has_absent_ = true;
    } else {
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
  }
  if (least == kAbsent) {  // No value at all: one constant says so.
    base_ = maximum_ = has_absent_ ? kAbsent : 0;
    has_absent_ = false;
    return;
  }
  base_ = least;
  maximum_ = greatest;
  size_t unit = 0;
  for (const int64_t value : values) {
    if (units[unit] == 1) break;
    if (value == kAbsent) continue;
    while (Distance(base_, value) % static_cast<uint64_t>(units[unit]) != 0) ++unit;
  }
  unit_ = units[unit];
  width_ = WidthFor(Distance(base_, greatest) / static_cast<uint64_t>(unit_), has_absent_);
  switch (width_) {
    case 1:
      Store<uint8_t>(values);
      break;
    case 2:
      Store<uint16_t>(values);
      break;
    case 4:
      Store<uint32_t>(values);
      break;
    case 8:
      Store<uint64_t>(values);
      break;
    default:
      break;
  }
}

template <class Raw>
void PackedColumn::Store(std::span<const int64_t> values) {
  bytes_.resize(values.size() * sizeof(Raw));
  std::byte* out = bytes_.data();
  const uint64_t unit = static_cast<uint64_t>(unit_);
  for (const int64_t value : values) {
    const uint64_t distance = Distance(base_, value);
    const Raw raw = value == kAbsent ? kAbsentRaw<Raw>
                                     : static_cast<Raw>(unit == 1 ? distance : distance / unit);
    std::memcpy(out, &raw, sizeof(Raw));
    out += sizeof(Raw);
  }
}

template <class Raw>
int64_t PackedColumn::Load(size_t row) const {
  const Raw raw = RawAt<Raw>(bytes_.data(), row);
  if (has_absent_ && raw == kAbsentRaw<Raw>) return kAbsent;
  return static_cast<int64_t>(static_cast<uint64_t>(base_) +
                              static_cast<uint64_t>(raw) * static_cast<uint64_t>(unit_));
}

int64_t PackedColumn::At(size_t row) const {
  switch (width_) {
    case 1:
      return Load<uint8_t>(row);
    case 2:
      return Load<uint16_t>(row);
    case 4:
      return Load<uint32_t>(row);
    case 8:
      return Load<uint64_t>(row);
    default:
      return base_;
  }
}

size_t PackedColumn::LowerBound(size_t first, size_t last, int64_t value) const {
  while (first < last) {
    const size_t middle = first + (last - first) / 2;
    if (At(middle) < value) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

template <class Raw, class Out, class RowOf>
KPID_INLINED void PackedColumn::Read(size_t count, Out* out, RowOf row_of) const {
  // Locals, because a store through `out` might otherwise change the members.
  const std::byte* const bytes = bytes_.data();
  const uint64_t base = static_cast<uint64_t>(base_);
  const uint64_t unit = static_cast<uint64_t>(unit_);
  if (!has_absent_) {
    for (size_t i = 0; i < count; ++i) {
      out[i] = static_cast<Out>(base + Scaled(RawAt<Raw>(bytes, row_of(i)), unit));
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const Raw raw = RawAt<Raw>(bytes, row_of(i));
    const uint64_t value = base + Scaled(raw, unit);
    out[i] = static_cast<Out>(raw == kAbsentRaw<Raw> ? static_cast<uint64_t>(kAbsent) : value);
  }
}

template <class Out, class RowOf>
KPID_INLINED void PackedColumn::ReadAny(size_t count, Out* out, RowOf row_of) const {
  switch (width_) {
    case 1:
      return Read<uint8_t>(count, out, row_of);
    case 2:
      return Read<uint16_t>(count, out, row_of);
    case 4:
      return Read<uint32_t>(count, out, row_of);
    case 8:
      return Read<uint64_t>(count, out, row_of);
    default:
      std::fill_n(out, count, static_cast<Out>(base_));
  }
}

template <class Out>
KPID_CLONED void PackedColumn::Decode(size_t first, size_t count, Out* out) const {
  ReadAny(
      count, out, [first](size_t i) __attribute__((always_inline)) { return first + i; });
}

template <class Out>
void PackedColumn::Gather(size_t first, const uint16_t* index, size_t count, Out* out) const {
  ReadAny(
      count, out,
      [ first, index ](size_t i) __attribute__((always_inline)) { return first + index[i]; });
}

template <class Raw>
KPID_INLINED void PackedColumn::AddWhereRawOver(uint64_t limit, size_t first, const uint16_t* index,
                                                size_t count, uint16_t step, uint16_t* out) const {
  const std::byte* const bytes = bytes_.data() + first * sizeof(Raw);
  const Raw raw_limit = static_cast<Raw>(limit);
  // Without branches, so that the compiler makes several at once.
  const auto add = [=](size_t row, uint16_t to) __attribute__((always_inline)) {
    const uint16_t more = RawAt<Raw>(bytes, row) > raw_limit ? step : uint16_t{0};
    return static_cast<uint16_t>(to + more);
  };
  if (index == nullptr) {
    for (size_t i = 0; i < count; ++i) out[i] = add(i, out[i]);
  } else {
    for (size_t i = 0; i < count; ++i) out[i] = add(index[i], out[i]);
  }
}

KPID_CLONED void PackedColumn::AddWhereOver(int64_t limit, size_t first, const uint16_t* index,
                                            size_t count, uint16_t step, uint16_t* out) const {
  if (limit < base_) {
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint16_t>(out[i] + step);
    return;
  }
  if (limit == kAbsent || (limit >= maximum_ && !has_absent_)) return;
  // Above the greatest raw number of a value there is only that of the absent ones.
  const uint64_t raw_limit =
      Distance(base_, std::min(limit, maximum_)) / static_cast<uint64_t>(unit_);
  switch (width_) {
    case 1:
      return AddWhereRawOver<uint8_t>(raw_limit, first, index, count, step, out);
    case 2:
      return AddWhereRawOver<uint16_t>(raw_limit, first, index, count, step, out);
    case 4:
      return AddWhereRawOver<uint32_t>(raw_limit, first, index, count, step, out);
    case 8:
      return AddWhereRawOver<uint64_t>(raw_limit, first, index, count, step, out);
    default:
      return;  // All are the base.
  }
}

template void PackedColumn::Decode(size_t, size_t, uint8_t*) const;
template void PackedColumn::Decode(size_t, size_t, uint32_t*) const;
template void PackedColumn::Decode(size_t, size_t, int64_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, uint8_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, uint32_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, int64_t*) const;

}  // namespace kpid::metrics
