// A column of integers in as few bytes as they need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kpid::metrics {

// A row's value that is not there. The greatest number, so that it is over every threshold.
inline constexpr int64_t kAbsent = std::numeric_limits<int64_t>::max();

// Values of a byte each.
struct PlainBytes {
  const uint8_t* bytes = nullptr;  // Null: nothing.
  uint8_t base = 0;                // What each is over its byte.

  uint8_t operator[](size_t row) const { return static_cast<uint8_t>(bytes[row] + base); }
};

// Stores value v as (v - base) / unit in 0, 1, 2, 4 or 8 bytes: 0 when all are equal. The unit is
// the coarsest of those offered that divides all distances exactly. Immutable once made; safe for
// concurrent use. Copies share the values.
class PackedColumn {
 public:
  // Units of times and durations in microseconds: second, millisecond, microsecond.
  static constexpr int64_t kTimeUnits[] = {1'000'000, 1'000, 1};
  // Unit of everything else.
  static constexpr int64_t kUnitOne[] = {1};

  // Empty, or for a column that no row uses: every value is 0.
  PackedColumn() = default;

  // Packs values, of which kAbsent ones are absent. `units` are tried in order; the last is 1.
  // Row i is that of values[order[i]]; in an empty order, of values[i].
  explicit PackedColumn(std::span<const int64_t> values, std::span<const int64_t> units = kUnitOne,
                        std::span<const uint32_t> order = {});

  // Value of a row.
  int64_t At(size_t row) const;

  // First row in [first, last) whose value is not less than `value`; `last` when there is none.
  // REQUIRES: the values of these rows ascend, none is absent.
  size_t LowerBound(size_t first, size_t last, int64_t value) const;

  // Values of rows [first, first + count). Out is int64_t, or uint8_t or uint32_t where all
  // values fit.
  template <class Out>
  void Decode(size_t first, size_t count, Out* out) const;

  // Values of rows first + index[0..count). REQUIRES: the index ascends.
  template <class Out>
  void Gather(size_t first, const uint16_t* index, size_t count, Out* out) const;

  // Adds `step` to those out[i] whose row, as in Gather or (index null) Decode, has a value over
  // the limit; kAbsent is over each but itself.
  void AddWhereOver(int64_t limit, size_t first, const uint16_t* index, size_t count, uint16_t step,
                    uint16_t* out) const;

  // Whether each value is absent or a whole number of units from 0 to 2^32 - 1.
  bool CountsUnits() const;

  // Whether what is packed for an absent value is a number like others, not many times as great.
  bool AbsentIsSmall() const { return width_ <= 2; }

  // Greatest number of units, or what is packed for an absent value where that is small.
  // REQUIRES: CountsUnits().
  uint64_t GreatestUnits() const;

  // Values of rows, as in Gather or (index null) Decode, in units; absent ones are 0.
  // REQUIRES: CountsUnits().
  void ReadUnits(size_t first, const uint16_t* index, size_t count, uint32_t* out) const;

  // Writes which of the rows [first, first + count) have a value, counted from the first; returns
  // how many. REQUIRES: no patches; count <= 65,536; the value is not kAbsent.
  size_t FindEqual(int64_t value, size_t first, size_t count, uint16_t* index) const;

  // Value of a row in place of the one that was packed.
  struct Patch {
    uint32_t row = 0;
    int64_t value = 0;
  };

  // The same column with these patches instead of those it had. REQUIRES: the rows ascend; values
  // of uint8_t columns fit.
  PackedColumn Patched(std::vector<Patch> patches) const;
  std::span<const Patch> patches() const {
    return patches_ == nullptr ? std::span<const Patch>() : std::span<const Patch>(*patches_);
  }

  // Whether every value is 0.
  bool AllZero() const { return width_ == 0 && base_ == 0 && patches_ == nullptr; }

  // Least and greatest value of the present ones that were packed; kAbsent when all are absent.
  int64_t minimum() const { return base_; }
  int64_t maximum() const { return maximum_; }

  // Bytes on the heap.
  size_t ByteSize() const { return byte_size_ + patches().size_bytes(); }
  bool has_absent() const { return has_absent_; }
  int width() const { return width_; }
  int64_t unit() const { return unit_; }

  // What is packed: numbers of width() bytes, value v as (v - minimum()) / unit(), the greatest
  // number for an absent one. Null where the width is 0.
  const std::byte* packed() const { return bytes_.get(); }

  // The values of rows from `first` on where they are bytes that lie side by side; else nothing.
  PlainBytes BytesFrom(size_t first) const;

  // Where rows [first, first + count), as far as there are any, are packed.
  std::span<const std::byte> PackedRows(size_t first, size_t count) const;

  // Whether AddWhereOver need not read the rows.
  bool DecidesAll(int64_t limit) const {
    return limit < base_ || limit == kAbsent || (limit >= maximum_ && !has_absent_);
  }

 private:
  // What is packed for an absent value.
  template <class Raw>
  static constexpr Raw kAbsentRaw = std::numeric_limits<Raw>::max();

  // Distance of two numbers; right also where it does not fit into a signed one.
  static uint64_t Distance(int64_t from, int64_t to) {
    return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  }

  // Packs what the other members say; false when the unit does not divide all distances.
  bool Store(std::span<const int64_t> values, std::span<const uint32_t> order);
  template <class Raw>
  bool StoreAs(std::span<const int64_t> values, std::span<const uint32_t> order);
  template <class Raw>
  int64_t Load(size_t row) const;
  template <class Raw, class Out, class RowOf>
  void Read(size_t count, Out* out, RowOf row_of) const;
  template <class Out, class RowOf>
  void ReadAny(size_t count, Out* out, RowOf row_of) const;
  template <class Raw>
  void AddWhereRawOver(uint64_t limit, size_t first, const uint16_t* index, size_t count,
                       uint16_t step, uint16_t* out) const;
  void AddWherePackedOver(int64_t limit, size_t first, const uint16_t* index, size_t count,
                          uint16_t step, uint16_t* out) const;
  void CorrectPatchedOver(int64_t limit, size_t first, const uint16_t* index, size_t count,
                          uint16_t step, uint16_t* out) const;
  template <class Raw>
  void ReadRawUnits(size_t first, const uint16_t* index, size_t count, uint32_t* out) const;
  template <class Raw>
  size_t FindRaw(Raw wanted, size_t first, size_t count, uint16_t* index) const;
  int64_t Packed(size_t row) const;
  // Patches of rows [first, last).
  std::span<const Patch> PatchesOf(size_t first, size_t last) const;

  int64_t base_ = 0;
  int64_t maximum_ = 0;
  int64_t unit_ = 1;
  uint8_t width_ = 0;
  bool has_absent_ = false;  // Then the greatest raw number stands for absent.
  size_t byte_size_ = 0;
  std::shared_ptr<const std::byte[]> bytes_;
  std::shared_ptr<const std::vector<Patch>> patches_;  // Null: none.
};

// The packed numbers of rows, for loops over columns of one width; `void`: of width 0. The column
// must outlive it.
template <class Raw>
class PackedValues {
 public:
  PackedValues(const PackedColumn& column, size_t first)
      : bytes_(column.packed() + first * sizeof(Raw)) {}

  Raw raw(size_t row) const {
    Raw raw;
    std::memcpy(&raw, bytes_ + row * sizeof(Raw), sizeof(Raw));
    return raw;
  }

 private:
  const std::byte* bytes_;
};

template <>
class PackedValues<void> {
 public:
  PackedValues(const PackedColumn&, size_t) {}
  size_t raw(size_t) const { return 0; }
};

// Calls do_it(std::type_identity<Raw>()) with the type of numbers that are `width` bytes wide,
// `void` for 0: the one place where a column's width chooses a type.
template <class DoIt>
[[gnu::always_inline]] inline decltype(auto) WithRawOf(int width, DoIt&& do_it) {
  switch (width) {
    case 0:
      return do_it(std::type_identity<void>());
    case 1:
      return do_it(std::type_identity<uint8_t>());
    case 2:
      return do_it(std::type_identity<uint16_t>());
    case 4:
      return do_it(std::type_identity<uint32_t>());
    default:
      return do_it(std::type_identity<uint64_t>());
  }
}

}  // namespace kpid::metrics
