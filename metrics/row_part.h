// Reads what counts at one instant: chunks of rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "metrics/row_classes.h"
#include "metrics/scan_part.h"

namespace kpid::metrics {

// Column of the instant by which facts are counted.
Column TimeColumn(TimeBasis basis);

// A chunk, also with the columns that ContactLinks holds for it.
size_t ChunkCount(const ScanPlan& plan);
const FactChunk& ChunkAt(const ScanPlan& plan, size_t chunk);
const PackedColumn& ColumnAt(const ScanPlan& plan, size_t chunk, Column column);

class RowPart final : public ScanPart {
 public:
  // `chunks`: indexes, in time order for interactions.
  RowPart(const ScanPlan& plan, std::vector<size_t> chunks,
          std::vector<std::unique_ptr<KpiCells>> kpis);

  absl::Status Run(const CallLimits& limits) override;

 private:
  absl::Status ScanSorted(size_t chunk);
  absl::Status ScanUnsorted(size_t chunk);

  // Takes in the selected rows, whose buckets are in bucket_.
  absl::Status AddRows(size_t chunk, RowSelection rows);
  void PlanFetch(size_t chunk, size_t first);
  void DropFirst(size_t dropped, RowSelection* rows);
  void LeaveOutDead(RowSelection* rows);
  void Filter(RowSelection* rows);
  bool FilterByCode(size_t filter, RowSelection* rows);
  absl::Status FindCells(const RowSelection& rows, FactBlock* block);
  absl::Status FindCellsByCodes(const RowSelection& rows);
  absl::Status FindCellsByValue(const PackedColumn& values, const RowSelection& rows);
  void PrepareSlots(const PackedColumn& values);
  absl::Status FindNewSlots(size_t rows);
  absl::StatusOr<bool> CountByValue(size_t chunk, std::span<const uint16_t> dead,
                                    RowSelection* rows);
  std::optional<std::span<const uint16_t>> FewDead(const RowSelection& rows);
  const PackedColumn* CellValues(const RowSelection& rows);
  bool FindSeenCells(size_t rows);
  bool IsSorted(const FactChunk& chunk) const;
  void DecodeColumns(size_t chunk, const RowSelection& rows, ColumnSet columns, FactBlock* block);

  static constexpr size_t kNoChunk = ~size_t{0};
  // Rows of a block for each dead one of which it is faster to read all.
  static constexpr size_t kRowsOfDeadMin = 4;

  Column time_;
  std::vector<size_t> chunks_;
  std::vector<DimensionCodes> group_by_;
  std::vector<DimensionCodes> filters_;
  RowClasses classes_;

  // With one dimension: the slot of each value of its column, kNoSlot where none was seen yet.
  static constexpr uint32_t kNoSlot = ValuePlaces::kNoSlot;
  std::vector<uint32_t> slot_of_value_;
  uint64_t generation_ = 0;     // Of the dimension's codes.
  uint64_t slots_version_ = 1;  // Of slot_of_value_.

  // Of the chunk being read: whether its rows are in the order of time.
  bool sorted_ = false;
  size_t next_chunk_ = kNoChunk;  // That will be read after it.

  FetchAhead ahead_;

  // Of the block being read. Buckets count from first_bucket_; those by row are not written down
  // where all are of one.
  bool one_bucket_ = false;
  uint32_t only_bucket_ = 0;
  std::array<uint16_t, kBlockRows> index_;
  std::array<uint16_t, kBlockRows / kRowsOfDeadMin> dead_;
  std::array<uint32_t, kBlockRows> bucket_{};
  std::array<uint32_t, kBlockRows> cell_;
  // By dimension, and one more for filters; by decoded column, and at least one, which has times
  // until columns are decoded. Their pages are touched only when they are needed.
  std::unique_ptr<std::array<uint32_t, kBlockRows>[]> codes_;
  std::unique_ptr<std::array<int64_t, kBlockRows>[]> values_;
};

}  // namespace kpid::metrics
