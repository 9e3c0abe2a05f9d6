// Counts rows by class before KPIs are asked about them: two rows are of one class when every KPI
// that says what it reads (RowReading) makes the same of them but for amounts. A scan then touches
// a cell once a row and not once a row and KPI, and a row function is asked once for each
// combination of what is read that occurs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metrics/dimension_codes.h"
#include "metrics/fact_scan.h"
#include "metrics/kernel.h"

namespace kpid::metrics {

// Of one part of a scan over interactions. One thread.
class RowClasses {
 public:
  // `kpis` must outlive it.
  RowClasses(const ScanPlan& plan, std::span<const std::unique_ptr<KpiCells>> kpis);

  // Whether there are KPIs that it takes rows for. False once a Classify has failed.
  bool active() const { return !taken_.empty(); }
  bool Takes(size_t kpi) const;

  // The columns that must be decoded besides: of the other KPIs, and amounts.
  ColumnSet columns() const { return columns_; }

  // Finds the classes of rows of a chunk, in cells below `cells`. False when there are too many
  // classes: then what was counted is given to the KPIs, and it takes no more rows.
  bool Classify(size_t chunk, const RowSelection& rows, size_t cells);

  // Counts the rows that were last classified.
  void Add(const FactBlock& block);

  // Gives what was counted to the KPIs.
  void Flush();

 private:
  // What rows read of the columns is a number below this; of each there is a byte.
  static constexpr size_t kCombinationsMax = 8192;
  static constexpr uint8_t kUnseen = 255;
  static constexpr size_t kClassesMax = kUnseen;
  // Counts, of 4 bytes each: 16 MiB.
  static constexpr size_t kCountsMax = size_t{1} << 22;

  struct Taken {
    size_t kpi = 0;
    KpiCells* cells = nullptr;
    std::vector<uint8_t> kinds;  // By class.
  };
  struct PlacedCut {
    Cut cut;
    uint16_t step = 0;  // Of the combination's number.
  };

  bool Take(const RowReading& reading);
  void PlaceReadings();
  void ReadCombinations(size_t chunk, const RowSelection& rows);
  void AddCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows);
  void AddInstantCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows);
  bool AddClass(size_t chunk, const RowSelection& rows, size_t i);
  bool MakeRoom(size_t cells);
  void GiveUp();

  const ScanPlan& plan_;
  std::vector<Taken> taken_;
  ColumnSet columns_ = 0;
  ColumnSet taken_columns_ = 0;  // That the row functions read.

  // What is read: the union of the readings.
  uint8_t marks_ = 0;
  bool case_state_ = false;
  std::vector<PlacedCut> cuts_;
  size_t combinations_ = 0;
  std::array<uint16_t, 256> status_place_{};
  std::array<uint16_t, 256> marks_place_{};
  std::array<uint16_t, 256> case_place_{};

  std::vector<uint8_t> class_of_;  // By combination.
  size_t classes_ = 0;
  int class_bits_ = 3;
  size_t cells_ = 0;
  uint64_t rows_ = 0;             // Counted since the last Flush.
  std::vector<uint32_t> counts_;  // As in ClassCounts.

  // Of the block being read.
  std::array<uint8_t, kBlockRows> bits_;
  std::array<uint8_t, kBlockRows> more_bits_;
  std::array<uint16_t, kBlockRows> combination_;
  std::array<uint8_t, kBlockRows> class_;
};

}  // namespace kpid::metrics
