#include "metrics/packed_column.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "metrics/cpu_clones.h"

namespace kpid::metrics {
namespace {

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

}  // namespace

PackedColumn PackedColumn::Patched(std::vector<Patch> patches) const {
  assert(std::is_sorted(patches.begin(), patches.end(),
                        [](const Patch& a, const Patch& b) { return a.row < b.row; }));
  PackedColumn column = *this;
  column.patches_ =
      patches.empty() ? nullptr : std::make_shared<const std::vector<Patch>>(std::move(patches));
  return column;
}

std::span<const PackedColumn::Patch> PackedColumn::PatchesOf(size_t first, size_t last) const {
  const std::span<const Patch> all = patches();
  const auto before = [](const Patch& patch, size_t row) { return patch.row < row; };
  const auto begin = std::lower_bound(all.begin(), all.end(), first, before);
  return {begin, std::lower_bound(begin, all.end(), last, before)};
}

template <class Raw>
int64_t PackedColumn::Load(size_t row) const {
  const Raw raw = RawAt<Raw>(bytes_.get(), row);
  if (has_absent_ && raw == kAbsentRaw<Raw>) return kAbsent;
  return static_cast<int64_t>(static_cast<uint64_t>(base_) +
                              static_cast<uint64_t>(raw) * static_cast<uint64_t>(unit_));
}

PlainBytes PackedColumn::BytesFrom(size_t first) const {
  if (width_ != 1 || unit_ != 1 || has_absent_ || patches_ != nullptr) return {};
  return {reinterpret_cast<const uint8_t*>(bytes_.get()) + first, static_cast<uint8_t>(base_)};
}

std::span<const std::byte> PackedColumn::PackedRows(size_t first, size_t count) const {
  const size_t begin = std::min(byte_size_, first * width_);
  return {bytes_.get() + begin, std::min(byte_size_, (first + count) * width_) - begin};
}

int64_t PackedColumn::At(size_t row) const {
  if (patches_ != nullptr) {
    const auto patch = PatchesOf(row, row + 1);
    if (!patch.empty()) return patch.front().value;
  }
  return Packed(row);
}

int64_t PackedColumn::Packed(size_t row) const {
  return WithRawOf(width_, [&]<class Raw>(std::type_identity<Raw>) {
    if constexpr (std::is_void_v<Raw>) {
      return base_;
    } else {
      return Load<Raw>(row);
    }
  });
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
  const std::byte* const bytes = bytes_.get();
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
  WithRawOf(
      width_, [&]<class Raw>(std::type_identity<Raw>) __attribute__((always_inline)) {
        if constexpr (std::is_void_v<Raw>) {
          std::fill_n(out, count, static_cast<Out>(base_));
        } else {
          Read<Raw>(count, out, row_of);
        }
      });
}

template <class Out>
KPID_CLONED void PackedColumn::Decode(size_t first, size_t count, Out* out) const {
  ReadAny(
      count, out, [first](size_t i) __attribute__((always_inline)) { return first + i; });
  if (patches_ == nullptr) return;
  for (const Patch& patch : PatchesOf(first, first + count)) {
    out[patch.row - first] = static_cast<Out>(patch.value);
  }
}

template <class Out>
void PackedColumn::Gather(size_t first, const uint16_t* index, size_t count, Out* out) const {
  ReadAny(
      count, out,
      [ first, index ](size_t i) __attribute__((always_inline)) { return first + index[i]; });
  if (patches_ == nullptr || count == 0) return;
  const uint16_t* next = index;
  for (const Patch& patch : PatchesOf(first, first + index[count - 1] + 1)) {
    next = std::lower_bound(next, index + count, patch.row - first);
    if (*next == patch.row - first) out[next - index] = static_cast<Out>(patch.value);
  }
}

template <class Raw>
KPID_INLINED void PackedColumn::AddWhereRawOver(uint64_t limit, size_t first, const uint16_t* index,
                                                size_t count, uint16_t step, uint16_t* out) const {
  const std::byte* const bytes = bytes_.get() + first * sizeof(Raw);
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

// Patched rows were taken for what was packed.
void PackedColumn::CorrectPatchedOver(int64_t limit, size_t first, const uint16_t* index,
                                      size_t count, uint16_t step, uint16_t* out) const {
  if (count == 0) return;
  const size_t last = first + (index == nullptr ? count - 1 : index[count - 1]);
  const uint16_t* next = index;
  for (const Patch& patch : PatchesOf(first, last + 1)) {
    size_t i = patch.row - first;
    if (index != nullptr) {
      next = std::lower_bound(next, index + count, i);
      if (*next != i) continue;
      i = static_cast<size_t>(next - index);
    }
    const int was = Packed(patch.row) > limit ? step : 0;
    const int is = patch.value > limit ? step : 0;
    out[i] = static_cast<uint16_t>(out[i] + is - was);
  }
}

KPID_CLONED void PackedColumn::AddWherePackedOver(int64_t limit, size_t first,
                                                  const uint16_t* index, size_t count,
                                                  uint16_t step, uint16_t* out) const {
  if (limit < base_) {
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint16_t>(out[i] + step);
    return;
  }
  if (limit == kAbsent || (limit >= maximum_ && !has_absent_)) return;
  // Above the greatest raw number of a value there is only that of the absent ones.
  const uint64_t raw_limit =
      Distance(base_, std::min(limit, maximum_)) / static_cast<uint64_t>(unit_);
  // Of width 0 all are the base.
  WithRawOf(
      width_, [&]<class Raw>(std::type_identity<Raw>) __attribute__((always_inline)) {
        if constexpr (!std::is_void_v<Raw>) {
          AddWhereRawOver<Raw>(raw_limit, first, index, count, step, out);
        }
      });
}

void PackedColumn::AddWhereOver(int64_t limit, size_t first, const uint16_t* index, size_t count,
                                uint16_t step, uint16_t* out) const {
  AddWherePackedOver(limit, first, index, count, step, out);
  if (patches_ != nullptr) CorrectPatchedOver(limit, first, index, count, step, out);
}

bool PackedColumn::CountsUnits() const {
  if (patches_ != nullptr) return false;
  if (base_ == kAbsent) return true;
  return base_ >= 0 && base_ % unit_ == 0 &&
         maximum_ / unit_ <= std::numeric_limits<uint32_t>::max();
}

uint64_t PackedColumn::GreatestUnits() const {
  if (base_ == kAbsent) return 0;
  const auto greatest = static_cast<uint64_t>(maximum_ / unit_);
  if (!has_absent_ || !AbsentIsSmall()) return greatest;
  const uint64_t absent = width_ == 1 ? kAbsentRaw<uint8_t> : kAbsentRaw<uint16_t>;
  return static_cast<uint64_t>(base_ / unit_) + absent;
}

template <class Raw>
KPID_INLINED void PackedColumn::ReadRawUnits(size_t first, const uint16_t* index, size_t count,
                                             uint32_t* out) const {
  const std::byte* const bytes = bytes_.get() + first * sizeof(Raw);
  const uint32_t base = static_cast<uint32_t>(base_ / unit_);
  const bool has_absent = has_absent_;
  const auto read = [=](size_t row) __attribute__((always_inline)) {
    const Raw raw = RawAt<Raw>(bytes, row);
    const uint32_t units = static_cast<uint32_t>(raw) + base;
    return has_absent && raw == kAbsentRaw<Raw> ? uint32_t{0} : units;
  };
  if (index == nullptr) {
    for (size_t i = 0; i < count; ++i) out[i] = read(i);
  } else {
    for (size_t i = 0; i < count; ++i) out[i] = read(index[i]);
  }
}

KPID_CLONED void PackedColumn::ReadUnits(size_t first, const uint16_t* index, size_t count,
                                         uint32_t* out) const {
  assert(CountsUnits());
  WithRawOf(
      width_, [&]<class Raw>(std::type_identity<Raw>) __attribute__((always_inline)) {
        if constexpr (std::is_void_v<Raw>) {
          std::fill_n(out, count, base_ == kAbsent ? 0 : static_cast<uint32_t>(base_ / unit_));
        } else {
          ReadRawUnits<Raw>(first, index, count, out);
        }
      });
}

template <class Raw>
KPID_INLINED size_t PackedColumn::FindRaw(Raw wanted, size_t first, size_t count,
                                          uint16_t* index) const {
  // Most groups have none, which is seen without branches.
  constexpr size_t kGroup = 64;
  const std::byte* const bytes = bytes_.get() + first * sizeof(Raw);
  size_t found = 0;
  for (size_t start = 0; start < count; start += kGroup) {
    const size_t end = std::min(count, start + kGroup);
    Raw differs = std::numeric_limits<Raw>::max();
    for (size_t i = start; i < end; ++i) {
      const Raw same = RawAt<Raw>(bytes, i) == wanted ? Raw{0} : std::numeric_limits<Raw>::max();
      differs = static_cast<Raw>(differs & same);
    }
    if (differs != 0) continue;
    for (size_t i = start; i < end; ++i) {
      index[found] = static_cast<uint16_t>(i);
      found += RawAt<Raw>(bytes, i) == wanted;
    }
  }
  return found;
}

KPID_CLONED size_t PackedColumn::FindEqual(int64_t value, size_t first, size_t count,
                                           uint16_t* index) const {
  assert(patches_ == nullptr && value != kAbsent);
  const uint64_t distance = Distance(base_, value);
  if (value < base_ || value > maximum_ || distance % static_cast<uint64_t>(unit_) != 0) return 0;
  const uint64_t raw = distance / static_cast<uint64_t>(unit_);
  return WithRawOf(
      width_, [&]<class Raw>(std::type_identity<Raw>) __attribute__((always_inline)) {
        if constexpr (std::is_void_v<Raw>) {
          for (size_t i = 0; i < count; ++i) index[i] = static_cast<uint16_t>(i);
          return count;
        } else {
          return FindRaw(static_cast<Raw>(raw), first, count, index);
        }
      });
}

template void PackedColumn::Decode(size_t, size_t, uint8_t*) const;
template void PackedColumn::Decode(size_t, size_t, uint32_t*) const;
template void PackedColumn::Decode(size_t, size_t, int64_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, uint8_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, uint32_t*) const;
template void PackedColumn::Gather(size_t, const uint16_t*, size_t, int64_t*) const;

}  // namespace kpid::metrics
