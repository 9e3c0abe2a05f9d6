// A run of chunks, read by one thread into cells of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "metrics/call_limits.h"
#include "metrics/fact_scan.h"

namespace kpid::metrics {

// Column of the instant by which facts are counted.
Column TimeColumn(TimeBasis basis);

// A chunk, also with the columns that ContactLinks holds for it.
const FactChunk& ChunkAt(const ScanPlan& plan, size_t chunk);
const PackedColumn& ColumnAt(const ScanPlan& plan, size_t chunk, Column column);

class ScanPart {
 public:
  // `chunks`: indexes, in time order for interactions.
  ScanPart(const ScanPlan& plan, std::vector<size_t> chunks,
           std::vector<std::unique_ptr<KpiCells>> kpis);

  absl::Status Run(const CallLimits& limits);

  const SlotTable& slots() const { return slots_; }
  size_t first_bucket() const { return first_bucket_; }
  size_t buckets() const { return buckets_; }
  KpiCells& cells(size_t kpi) { return *kpis_[kpi]; }
  std::unique_ptr<KpiCells> TakeCells(size_t kpi) { return std::move(kpis_[kpi]); }

 private:
  absl::Status ScanSorted(size_t chunk);
  absl::Status ScanUnsorted(size_t chunk);

  // Takes in the selected rows, whose buckets are in bucket_.
  absl::Status AddRows(size_t chunk, RowSelection rows);
  void Filter(RowSelection* rows);
  absl::Status FindCells(const RowSelection& rows, FactBlock* block);
  void DecodeColumns(size_t chunk, const RowSelection& rows, FactBlock* block);

  const ScanPlan& plan_;
  Column time_;
  std::vector<size_t> chunks_;
  std::vector<std::unique_ptr<KpiCells>> kpis_;
  size_t first_bucket_ = 0;
  size_t buckets_ = 0;
  SlotTable slots_;
  size_t room_ = 0;  // Slots that the cells have room for.
  std::vector<DimensionCodes> group_by_;
  std::vector<DimensionCodes> filters_;

  // Of the block being read. Buckets count from first_bucket_.
  std::array<uint16_t, kBlockRows> index_;
  std::array<uint32_t, kBlockRows> bucket_;
  std::array<uint32_t, kBlockRows> cell_;
  std::vector<std::array<uint32_t, kBlockRows>> codes_;  // By dimension; one more for filters.
  std::vector<std::array<int64_t, kBlockRows>> values_;  // By decoded column.
};

}  // namespace kpid::metrics
