// Counts rows by class before KPIs are asked about them: two rows are of one class when every KPI
// that says what it reads (RowReading) makes the same of them but for amounts. A scan then touches
// a cell once a row and not once a row and KPI, and a row function is asked once for each
// combination of what is read that occurs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "metrics/class_sums.h"
#include "metrics/dimension_codes.h"
#include "metrics/fact_scan.h"
#include "metrics/fetch_ahead.h"
#include "metrics/kernel.h"
#include "metrics/row_places.h"

namespace kpid::metrics {

// Of one part of a scan over interactions or surveys. One thread.
class RowClasses {
 public:
  // `kpis` must outlive it.
  RowClasses(const ScanPlan& plan, std::span<const std::unique_ptr<KpiCells>> kpis);

  // Whether there are KPIs that it takes rows for. False once a Classify has failed.
  bool active() const { return !taken_.empty(); }
  bool Takes(size_t kpi) const;

  // What is read of rows of a chunk to classify and count them is to be fetched.
  void FetchRows(size_t chunk, size_t first, size_t count, FetchAhead* ahead) const;

  // Whether rows of a chunk need neither cells nor decoded columns, because all that KPIs take of
  // them are numbers and sums. Then they are to be counted by Count. REQUIRES: active().
  bool CountsAll(size_t chunk);

  // Finds the classes of rows of such a chunk, whose cells, below `cells`, follow from a column,
  // and counts them, but for some of them: their numbers in the selection. Where values or, beside
  // such rows, combinations come up for the first time nothing is done.
  struct ValueCells {
    const PackedColumn* values = nullptr;  // A cell is slot_of[value] * buckets + bucket.
    std::span<const uint32_t> slot_of;
    uint64_t slots_version = 0;  // Changes when slots of values do.
    bool own_slots = false;      // No two values have one slot, so that they may stand for cells.
    size_t buckets = 1;
    const uint32_t* bucket = nullptr;  // By row; null: all are of only_bucket.
    uint32_t only_bucket = 0;
  };
  // Counts such rows, all that the selection has up to the first whose value or combination has
  // not come up before or near to it; returns how many. REQUIRES: the selection has no index.
  size_t CountKnown(size_t chunk, const RowSelection& rows, const ValueCells& value_cells,
                    size_t cells, FetchAhead* ahead);

  enum class Counting { kDone, kUnknown, kGivenUp };
  Counting Count(size_t chunk, const RowSelection& rows, std::span<const uint16_t> not_counted,
                 const ValueCells& value_cells, size_t cells);

  // Finds the classes of rows of a chunk, whose cells are in the block, below `cells`. False when
  // there are too many classes: then what was counted is given to the KPIs, and it takes no more
  // rows.
  bool Classify(size_t chunk, const RowSelection& rows, const FactBlock& block, size_t cells);

  // The columns that must be decoded for the rows that were last classified, or to be read without
  // being: of the other KPIs, and amounts that are not whole numbers of a unit.
  ColumnSet columns() const { return columns_; }

  // Counts the rows that were last classified.
  void Add(const RowSelection& rows, const FactBlock& block);

  // Gives what was counted to the KPIs.
  void Flush();

 private:
  // What rows read of the columns is a number of 16 bits; of each there is a class.
  static constexpr size_t kCombinationsMax = 65'536;
  static constexpr uint32_t kUnseen = RowCombinations::kNoClass;
  static constexpr size_t kClassesMax = 128;
  // Values that may stand for cells: those that no row has take space, too.
  static constexpr size_t kValueCellsMax = 4'096;
  static constexpr size_t kNoChunk = ~size_t{0};

  struct Taken {
    size_t kpi = 0;
    KpiCells* cells = nullptr;
    std::optional<size_t> amount;  // Of amounts_.
    bool sums = false;
    std::vector<uint8_t> kinds;  // By class.
  };
  struct PlacedCut {
    Cut cut;
    uint16_t step = 0;  // Of the combination's number.
  };
  // A column of amounts.
  struct Amount {
    Column column = Column::kCount;
    std::optional<size_t> sum;  // Of sums_, if a KPI takes sums.
    bool by_row = false;        // Whether a KPI takes each amount.
    int64_t summed_unit = 0;    // Of all that is in sums_.

    // Of the chunk being read.
    const PackedColumn* packed = nullptr;
    bool in_units = false;  // Whether amounts are whole numbers of its unit...
    bool summed = false;    // ... and are summed.
    int64_t unit = 0;
  };

  bool Take(const RowReading& reading);
  std::optional<size_t> TakeAmount(Column column, bool sums);
  void PlaceReadings();
  void PrepareChunk(size_t chunk);
  bool MakeRoom(size_t cells);
  bool MakeRoom(const ValueCells& value_cells, size_t cells);
  void CountBy(bool value);
  void PreparePlaces(const ValueCells& value_cells);
  bool AllKnown(const PackedColumn& values);
  static size_t FirstCell(const ValueCells& value_cells);
  bool AddNewClasses(size_t chunk, const RowSelection& rows);
  PlainBytes BitsOf(Column column, size_t chunk, const RowSelection& rows);
  void ReadCombinations(size_t chunk, const RowSelection& rows);
  void AddCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows);
  void AddInstantCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows);
  void AddDifferenceCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows);
  bool FindClasses(const FactBlock& block);
  bool AddClass(size_t chunk, const RowSelection& rows, size_t i);
  // Amounts of rows, by sum.
  struct SummedUnits {
    std::array<const uint32_t*, ClassSums::kAmountsMax> of{};
    size_t count = 0;
  };

  void ReadUnits(const RowSelection& rows);
  SummedUnits UnitsToSum() const;
  void AddSums(const FactBlock& block);
  void AddAmounts(const FactBlock& block);
  void GiveUp();

  const ScanPlan& plan_;
  std::vector<Taken> taken_;
  ColumnSet columns_ = 0;
  ColumnSet other_columns_ = 0;  // Of the other KPIs.
  ColumnSet taken_columns_ = 0;  // That the row functions read.

  // What is read: the union of the readings.
  uint8_t marks_ = 0;
  bool case_state_ = false;
  std::vector<PlacedCut> cuts_;
  size_t combinations_ = 0;
  uint16_t case_step_ = 0;

  std::vector<uint32_t> class_of_;  // By combination, shifted as in places.
  size_t classes_ = 0;
  std::vector<Amount> amounts_;
  ClassSums sums_{0};
  bool by_class_ = false;  // The order of sums_.

  // Of the chunk and the block being read.
  size_t chunk_ = kNoChunk;
  bool counts_all_ = false;
  // By value: that of the first class in the first bucket.
  std::vector<uint32_t> place_of_;
  uint64_t slots_version_ = 0;
  int cell_shift_ = 0;
  int class_shift_ = 0;

  // Whether cells of sums_ are values, whose place needs no table, and their slots.
  bool by_value_ = false;
  std::vector<uint32_t> slot_of_value_;
  // Whether all values that the chunk's column may have are known, as of a version of slots.
  size_t known_chunk_ = kNoChunk;
  uint64_t known_version_ = 0;
  bool all_known_ = false;

  uint64_t greatest_first_ = 0;  // Of the first amount that is summed.
  std::array<uint8_t, kBlockRows> bits_;
  std::array<uint16_t, kBlockRows> combination_;
  std::array<uint32_t, kBlockRows> places_;  // As of ClassSums; without the cell if it is but one.
  std::unique_ptr<std::array<uint32_t, kBlockRows>[]> units_;  // By amount.
};

}  // namespace kpid::metrics
