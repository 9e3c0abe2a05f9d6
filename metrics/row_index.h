// Rows by a code that they share: a customer's, a case's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "metrics/fact.h"

namespace kpid::metrics {

// Lists of numbers by code, in about 5 bytes a number and 8 a code where codes are dense. One
// thread.
class RowIndex {
 public:
  static constexpr int kPageBits = 8;  // Codes that differ in them only are next to each other.

  RowIndex();

  // The numbers of a code. Valid until the index changes.
  std::span<const uint32_t> Of(Code code) const;

  // Puts a number at a place of a code's list. REQUIRES: place <= Of(code).size().
  void Insert(Code code, size_t place, uint32_t number);
  void Append(Code code, uint32_t number);

  // REQUIRES: the code has none.
  void Assign(Code code, std::span<const uint32_t> numbers);

  // REQUIRES: the number is in the code's list.
  void Erase(Code code, uint32_t number);

  size_t ByteSize() const;

 private:
  struct List {
    uint32_t where = 0;  // The number itself, a place in the blocks, or an index of long_.
    uint32_t size = 0;
  };
  using Page = std::array<List, size_t{1} << kPageBits>;

  // Lists of more numbers than this are vectors of their own.
  static constexpr size_t kShortMax = 1024;
  static constexpr size_t kBlockBits = 12;
  static constexpr size_t kClasses = 20;

  static size_t ClassOf(size_t size);
  static size_t CapacityOf(size_t size_class);
  List* Find(Code code) const;
  List& FindOrAdd(Code code);
  uint32_t* Data(List& list);
  uint32_t* At(uint32_t where) {
    return blocks_[where >> kBlockBits].get() + (where & ((uint32_t{1} << kBlockBits) - 1));
  }
  // Gives the list room for as many numbers; those it has stay.
  void Resize(List* list, size_t size);
  uint32_t Allocate(size_t size_class);
  uint32_t AllocateLong();

  absl::flat_hash_map<uint32_t, std::unique_ptr<Page>> pages_;  // By code >> kPageBits.
  std::vector<std::unique_ptr<uint32_t[]>> blocks_;
  size_t block_used_ = 0;  // Of the last block.
  std::array<std::vector<uint32_t>, kClasses> free_;
  std::vector<std::vector<uint32_t>> long_;
  std::vector<uint32_t> free_long_;
};

// The same in parts by code, so that several threads can build it, each a part of its own.
class PartedRowIndex {
 public:
  static constexpr size_t kParts = 32;

  static size_t PartOf(Code code) { return (code >> RowIndex::kPageBits) % kParts; }
  RowIndex& part(size_t part) { return parts_[part]; }

  // As of RowIndex.
  std::span<const uint32_t> Of(Code code) const { return parts_[PartOf(code)].Of(code); }
  void Insert(Code code, size_t place, uint32_t number) {
    parts_[PartOf(code)].Insert(code, place, number);
  }
  void Erase(Code code, uint32_t number) { parts_[PartOf(code)].Erase(code, number); }

  size_t ByteSize() const {
    size_t bytes = 0;
    for (const RowIndex& part : parts_) bytes += part.ByteSize();
    return bytes;
  }

 private:
  std::vector<RowIndex> parts_ = std::vector<RowIndex>(kParts);
};

}  // namespace kpid::metrics
