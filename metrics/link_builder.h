// Lists of the contacts of each customer and case, and the links between them, from nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "metrics/chunk_set.h"
#include "metrics/link_rules.h"
#include "metrics/parallel.h"
#include "metrics/row_index.h"

namespace kpid::metrics {

// By several threads. REQUIRES: the rows do not change meanwhile.
class LinkBuilder {
 public:
  // All must outlive this.
  LinkBuilder(const ChunkSet* rows, const Workers* workers);

  // Goes through the contacts of all customers (Column::kCustomer) or cases (kCase): derives the
  // links of `columns` (one at least) that they have, and enters the handles of their rows into
  // *index, which is empty (null: not at all), each list in the order (arrive, row_key). Where both
  // are asked for customers come first.
  absl::Status Build(Column code, ColumnSet columns, PartedRowIndex* index);

  // Packs a column that was derived, by chunk, in the order of numbers().
  absl::Status Pack(Column column, std::vector<PackedColumn>* packed);

  // Numbers of the chunks by period and then as they came.
  const std::vector<uint32_t>& numbers() const { return numbers_; }

 private:
  // Rows of a chunk by slice: a share of the codes, of which each part of the index has as many.
  // What is read of them lies side by side, because slices have few rows of each chunk.
  struct Sorted {
    std::vector<uint32_t> first;  // Of each slice, and the end.
    std::vector<uint16_t> rows;
    std::vector<Code> codes;
    std::vector<uint32_t> handles;  // Where they are listed.
    std::vector<int64_t> end_offsets;
    std::vector<uint8_t> statuses;
    // What was derived for each of them: so neighbours are written, which rows of the chunk are
    // not. Those of the first column asked for are the arrivals until these are read.
    std::array<std::vector<int64_t>, std::size(kLinkColumnList)> links;
  };
  struct Entry {
    LinkedContact contact;
    int64_t key = 0;
    uint32_t handle = 0;
    uint32_t chunk = 0;  // By numbers().
    uint32_t place = 0;  // Among the chunk's sorted rows.
    Code code = kNoCode;
  };
  // What one thread works with.
  struct Part {
    RowIndex* index = nullptr;
    std::vector<Entry> entries;
    std::vector<uint32_t> order;  // Of entries: by code, each code's in order.
    std::vector<LinkedContact> contacts;
    std::vector<uint32_t> handles;
    std::vector<int64_t> values;  // Scratch.
    LinkRules rules;
  };

  // Values of a column, by chunk.
  std::vector<std::vector<int64_t>>& Values(Column column) {
    return values_[static_cast<size_t>(column)];
  }
  static size_t IndexOf(Column column);
  bool Asked(Column column) const { return (columns_ & Bit(column)) != 0; }
  Column FirstAsked() const;
  size_t SliceOf(Code code) const;
  size_t PlaceInSlice(Code code) const;
  Sorted SortBySlice(const FactChunk& chunk, bool listed, std::vector<int64_t>* values) const;
  std::vector<uint32_t> HandlesOf(std::span<const int64_t> keys,
                                  std::span<const uint16_t> rows) const;
  bool AloneInPeriod(size_t chunk) const;
  absl::Status BuildParts(PartedRowIndex* index);
  void BuildSlice(size_t slice, Part* work);
  void ReadSlice(size_t slice, Part* work);
  void ReadChunk(size_t chunk, size_t slice, Part* work);
  void OrderByCode(Part* work) const;
  void LinkContacts(std::span<const uint32_t> chain, Part* work);

  const ChunkSet* rows_;
  const Workers* workers_;
  const size_t slices_;  // Of each part.
  std::vector<uint32_t> numbers_;
  std::vector<int64_t> periods_;     // Of each of them.
  Column code_ = Column::kCustomer;  // Whose contacts are gone through, and what is asked for.
  ColumnSet columns_ = 0;
  std::vector<Sorted> sorted_;
  std::array<std::vector<std::vector<int64_t>>, kColumnCount> values_;
};

}  // namespace kpid::metrics
