#include "metrics/row_classes.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "metrics/row_bits.h"
#include "metrics/row_part.h"

namespace kpid::metrics {
namespace {

constexpr size_t kCaseStates = 4;

bool IsRead(FactKind kind) { return kind == FactKind::kInteraction || kind == FactKind::kSurvey; }

}  // namespace

RowClasses::RowClasses(const ScanPlan& plan, std::span<const std::unique_ptr<KpiCells>> kpis)
    : plan_(plan) {
  columns_ = other_columns_ = plan.columns;
  if (!IsRead(plan.fact_kind)) return;
  other_columns_ = 0;
  for (size_t k = 0; k < kpis.size(); ++k) {
    const RowReading* const reading = kpis[k]->reading();
    if (reading == nullptr || !Take(*reading)) {
      other_columns_ |= plan.kpi_columns[k];
      continue;
    }
    Taken& taken = taken_.emplace_back();
    taken.kpi = k;
    taken.cells = kpis[k].get();
    taken.sums = kpis[k]->TakesSums();
    taken_columns_ |= plan.kpi_columns[k];
    if (reading->amount != Column::kCount) taken.amount = TakeAmount(reading->amount, taken.sums);
  }
  size_t sums = 0;
  for (Amount& amount : amounts_) {
    if (amount.sum.has_value()) amount.sum = sums++;
  }
  // Rows of one bucket may be of any cell; those of several are in the order of time.
  // Where amounts are taken row by row the classes are looked at beside the cells.
  by_class_ = !plan.group_by.empty() && plan.query->buckets.size() == 1 &&
              std::none_of(amounts_.begin(), amounts_.end(),
                           [](const Amount& amount) { return amount.by_row; });
  sums_ = ClassSums(sums, by_class_ ? ClassSums::Order::kByClass : ClassSums::Order::kByCell);
  units_ = std::make_unique_for_overwrite<std::array<uint32_t, kBlockRows>[]>(amounts_.size());
  columns_ = other_columns_;
  PlaceReadings();
}

bool RowClasses::Takes(size_t kpi) const {
  return std::any_of(taken_.begin(), taken_.end(),
                     [=](const Taken& taken) { return taken.kpi == kpi; });
}

// Adds to what is read, unless there would be too many combinations.
bool RowClasses::Take(const RowReading& reading) {
  const uint8_t marks = marks_ | reading.marks;
  const bool case_state = case_state_ || reading.case_state;
  std::vector<PlacedCut> cuts = cuts_;
  for (const Cut& cut : reading.cuts) {
    if (cut.column == Column::kCount) continue;
    const auto same = [&](const PlacedCut& placed) { return placed.cut == cut; };
    if (std::none_of(cuts.begin(), cuts.end(), same)) cuts.push_back({cut, 0});
  }
  const size_t bits = static_cast<size_t>(std::popcount(marks)) + cuts.size();
  const size_t base = kStatusPlaces * (case_state ? kCaseStates : 1);
  if (bits > std::numeric_limits<uint16_t>::digits || (base << bits) > kCombinationsMax) {
    return false;
  }
  combinations_ = base << bits;
  marks_ = marks;
  case_state_ = case_state;
  cuts_ = std::move(cuts);
  return true;
}

std::optional<size_t> RowClasses::TakeAmount(Column column, bool sums) {
  const auto found = std::find_if(amounts_.begin(), amounts_.end(),
                                  [=](const Amount& amount) { return amount.column == column; });
  const size_t index = static_cast<size_t>(found - amounts_.begin());
  if (found == amounts_.end()) amounts_.emplace_back().column = column;
  Amount& amount = amounts_[index];
  // Their number is found when all are known.
  if (sums && index < ClassSums::kAmountsMax) amount.sum = 0;
  if (!amount.sum.has_value() || !sums) amount.by_row = true;
  return index;
}

void RowClasses::PlaceReadings() {
  size_t step = kStatusPlaces << std::popcount(marks_);
  case_step_ = static_cast<uint16_t>(step);
  if (case_state_) step *= kCaseStates;
  for (PlacedCut& cut : cuts_) {
    cut.step = static_cast<uint16_t>(step);
    step *= 2;
  }
  class_of_.assign(combinations_, kUnseen);
}

void RowClasses::AddInstantCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows) {
  const PackedColumn& arrive = ColumnAt(plan_, chunk, Column::kArrive);
  const PackedColumn& offset = ColumnAt(plan_, chunk, placed.cut.column);
  const int64_t limit = placed.cut.limit;
  // Most chunks lie wholly on one side.
  if (!offset.has_absent() && arrive.maximum() + offset.maximum() <= limit) return;
  std::array<int64_t, kBlockRows> arrives;
  std::array<int64_t, kBlockRows> offsets;
  rows.Read(arrive, arrives.data());
  rows.Read(offset, offsets.data());
  for (size_t i = 0; i < rows.count; ++i) {
    const bool over = arrives[i] + offsets[i] > limit;
    combination_[i] = static_cast<uint16_t>(combination_[i] + (over ? placed.step : 0));
  }
}

void RowClasses::AddDifferenceCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows) {
  const PackedColumn& amount = ColumnAt(plan_, chunk, placed.cut.column);
  const PackedColumn& other = ColumnAt(plan_, chunk, placed.cut.less);
  const bool added = rows.index == nullptr &&
                     AddWherePackedFurtherOver(amount, other, placed.cut.limit, rows.first,
                                               rows.count, placed.step, combination_.data());
  if (added) return;
  std::array<int64_t, kBlockRows> amounts;
  std::array<int64_t, kBlockRows> less;
  rows.Read(amount, amounts.data());
  rows.Read(other, less.data());
  AddWhereFurtherOver(amounts.data(), less.data(), placed.cut.limit, placed.step, rows.count,
                      combination_.data());
}

void RowClasses::AddCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows) {
  if (placed.cut.instant) return AddInstantCut(placed, chunk, rows);
  if (placed.cut.less != Column::kCount) return AddDifferenceCut(placed, chunk, rows);
  ColumnAt(plan_, chunk, placed.cut.column)
      .AddWhereOver(placed.cut.limit, rows.first, rows.index, rows.count, placed.step,
                    combination_.data());
}

// The bytes of rows, where they are if they can be read there.
PlainBytes RowClasses::BitsOf(Column column, size_t chunk, const RowSelection& rows) {
  const PackedColumn& packed = ColumnAt(plan_, chunk, column);
  if (rows.index == nullptr) {
    if (const PlainBytes plain = packed.BytesFrom(rows.first); plain.bytes != nullptr) return plain;
  }
  rows.Read(packed, bits_.data());
  return {bits_.data()};
}

void RowClasses::ReadCombinations(size_t chunk, const RowSelection& rows) {
  const size_t count = rows.count;
  uint16_t* const out = combination_.data();
  PlaceStatus(BitsOf(Column::kStatus, chunk, rows), count, out);
  if (marks_ != 0) {
    const PlainBytes marks = BitsOf(Column::kMarks, chunk, rows);
    size_t step = kStatusPlaces;
    for (int bit = 0; bit < 8; ++bit) {
      if ((marks_ >> bit & 1) == 0) continue;
      AddWhereBit(marks, bit, static_cast<uint16_t>(step), count, out);
      step *= 2;
    }
  }
  if (case_state_) {
    AddLowestBits(BitsOf(Column::kCaseState, chunk, rows), case_step_, count, out);
  }
  for (const PlacedCut& cut : cuts_) AddCut(cut, chunk, rows);
}

void RowClasses::FetchRows(size_t chunk, size_t first, size_t count, FetchAhead* ahead) const {
  ColumnSet fetched = 0;
  const auto fetch = [&](Column column) {
    if (column == Column::kCount || (fetched & Bit(column)) != 0) return;
    fetched |= Bit(column);
    ahead->Add(ColumnAt(plan_, chunk, column), first, count);
  };
  fetch(Column::kStatus);
  if (marks_ != 0) fetch(Column::kMarks);
  if (case_state_) fetch(Column::kCaseState);
  for (const PlacedCut& placed : cuts_) {
    const Cut& cut = placed.cut;
    // Those of instants seldom read any.
    const bool reads =
        cut.less != Column::kCount || !ColumnAt(plan_, chunk, cut.column).DecidesAll(cut.limit);
    if (!cut.instant && reads) fetch(cut.column);
    fetch(cut.less);
  }
  for (const Amount& amount : amounts_) fetch(amount.column);
}

// What is summed of the chunk is in one unit with what was summed before.
void RowClasses::PrepareChunk(size_t chunk) {
  chunk_ = chunk;
  columns_ = other_columns_;
  greatest_first_ = 0;
  for (Amount& amount : amounts_) {
    amount.packed = &ColumnAt(plan_, chunk, amount.column);
    amount.unit = amount.packed->unit();
    amount.in_units = amount.packed->CountsUnits();
    amount.summed = amount.in_units && amount.sum.has_value();
    const bool has_values = amount.packed->minimum() != kAbsent && amount.packed->maximum() != 0;
    const uint64_t greatest = amount.in_units ? amount.packed->GreatestUnits() : 0;
    if (amount.summed && amount.sum == 0) {
      amount.summed = sums_.WorthSumming(greatest);
      greatest_first_ = amount.summed ? greatest : 0;
    }
    if (amount.summed && has_values && amount.unit != amount.summed_unit) {
      Flush();
      amount.summed_unit = amount.unit;
    }
    const bool by_row = amount.by_row || !amount.summed;
    if (by_row && !amount.in_units) columns_ |= Bit(amount.column);
  }
  const auto only_counted = [this](const Taken& taken) {
    return !taken.amount.has_value() || (taken.sums && amounts_[*taken.amount].summed);
  };
  counts_all_ = taken_.size() == plan_.kpi_columns.size() &&
                std::all_of(taken_.begin(), taken_.end(), only_counted);
}

bool RowClasses::CountsAll(size_t chunk) {
  if (chunk != chunk_) PrepareChunk(chunk);
  return counts_all_;
}

// Whether there were no combinations that have no class yet.
bool RowClasses::FindClasses(const FactBlock& block) {
  const uint32_t* const class_of = class_of_.data();
  const uint16_t* const combination = combination_.data();
  uint32_t* const classes = places_.data();
  uint32_t all = 0;
  if (block.uniform) {
#pragma GCC unroll 4
    for (size_t i = 0; i < block.size; ++i) {
      const uint32_t found = class_of[combination[i]];
      all |= found;
      classes[i] = found;
    }
  } else {
    const int bits = sums_.cell_shift();
    const uint32_t* const cells = block.cells;
#pragma GCC unroll 4
    for (size_t i = 0; i < block.size; ++i) {
      const uint32_t found = class_of[combination[i]];
      all |= found;
      classes[i] = (cells[i] << bits) + found;
    }
  }
  return (all & kUnseen) == 0;
}

bool RowClasses::Classify(size_t chunk, const RowSelection& rows, const FactBlock& block,
                          size_t cells) {
  if (chunk != chunk_) PrepareChunk(chunk);
  CountBy(false);
  if (!sums_.Bears(rows.count, greatest_first_)) Flush();
  ReadCombinations(chunk, rows);
  bool fits = MakeRoom(cells);
  if (fits && !FindClasses(block)) {
    fits = AddNewClasses(chunk, rows) && MakeRoom(cells);
    if (fits) FindClasses(block);
  }
  if (!fits) GiveUp();
  return fits;
}

// Makes room for the classes in cells; false when that is too much.
bool RowClasses::MakeRoom(size_t cells) {
  if (!sums_.MakeRoom(cells, classes_)) return false;
  if (class_shift_ == sums_.class_shift()) return true;
  for (uint32_t& place : class_of_) {
    if (place != kUnseen) place = place >> class_shift_ << sums_.class_shift();
  }
  class_shift_ = sums_.class_shift();
  return true;
}

// Makes room for cells, or for the values that stand for them.
bool RowClasses::MakeRoom(const ValueCells& value_cells, size_t cells) {
  const size_t values = value_cells.slot_of.size();
  CountBy(by_class_ && value_cells.own_slots && values <= kValueCellsMax &&
          sums_.Fits(values, classes_));
  return MakeRoom(by_value_ ? values : cells);
}

// From now on cells of the sums are values, or they are not.
void RowClasses::CountBy(bool value) {
  if (by_value_ == value) return;
  Flush();
  by_value_ = value;
  place_of_.clear();
}

// Whether all values that rows of the chunk may have are known.
bool RowClasses::AllKnown(const PackedColumn& values) {
  if (known_chunk_ == chunk_ && known_version_ == slots_version_) return all_known_;
  known_chunk_ = chunk_;
  known_version_ = slots_version_;
  const auto first = place_of_.begin() + values.minimum();
  const auto end = place_of_.begin() + values.maximum() + 1;
  all_known_ = std::find(first, end, ValuePlaces::kNoSlot) == end;
  return all_known_;
}

void RowClasses::PreparePlaces(const ValueCells& cells) {
  const bool same = slots_version_ == cells.slots_version && cell_shift_ == sums_.cell_shift() &&
                    place_of_.size() == cells.slot_of.size();
  if (same) return;
  slots_version_ = cells.slots_version;
  cell_shift_ = sums_.cell_shift();
  place_of_.resize(cells.slot_of.size());
  const size_t places = cells.buckets << cell_shift_;
  for (size_t i = 0; i < place_of_.size(); ++i) {
    const uint32_t slot = cells.slot_of[i];
    const size_t cell = by_value_ ? i : slot;
    place_of_[i] = slot == ValuePlaces::kNoSlot ? slot : static_cast<uint32_t>(cell * places);
  }
  if (by_value_) slot_of_value_.assign(cells.slot_of.begin(), cells.slot_of.end());
}

size_t RowClasses::CountKnown(size_t chunk, const RowSelection& rows, const ValueCells& value_cells,
                              size_t cells, FetchAhead* ahead) {
  if (amounts_.size() > 1) return 0;
  if (!sums_.Bears(rows.count, greatest_first_)) Flush();
  if (!MakeRoom(value_cells, cells)) return 0;
  ReadCombinations(chunk, rows);
  PreparePlaces(value_cells);
  const bool direct = by_value_ && AllKnown(*value_cells.values);
  const PlacedRows placed(
      {value_cells.values, direct ? nullptr : place_of_.data()},
      {value_cells.bucket, sums_.cell_shift()}, {combination_.data(), class_of_.data()},
      amounts_.empty() ? nullptr : amounts_[0].packed, rows.first, ClassSums::kRow);
  uint64_t* const words = sums_.WordsFor(FirstCell(value_cells), rows.count, greatest_first_);
  // All is fetched when the last rows are counted.
  constexpr size_t kStepRowsMin = 32;
  const size_t step_rows = std::max(kStepRowsMin, rows.count / FetchAhead::kSteps);
  size_t done = 0;
  while (done < rows.count) {
    ahead->Step();
    const size_t end = std::min(rows.count, done + step_rows);
    done = placed.Count(done, end, words);
    if (done < end) break;
  }
  return done;
}

// The cell from which places count: where all rows are of one bucket that is in it.
size_t RowClasses::FirstCell(const ValueCells& value_cells) {
  return value_cells.bucket == nullptr ? value_cells.only_bucket : 0;
}

RowClasses::Counting RowClasses::Count(size_t chunk, const RowSelection& rows,
                                       std::span<const uint16_t> not_counted,
                                       const ValueCells& value_cells, size_t cells) {
  if (!sums_.Bears(rows.count, greatest_first_)) Flush();
  ReadCombinations(chunk, rows);
  const RowCombinations combinations{combination_.data(), class_of_.data()};
  MissingPlaces missing{.slots = false, .classes = true};
  while (missing.classes) {
    if (!MakeRoom(value_cells, cells)) {
      GiveUp();
      return Counting::kGivenUp;
    }
    PreparePlaces(value_cells);
    const BucketPlaces buckets{value_cells.bucket, sums_.cell_shift()};
    missing = FindPlaces({value_cells.values, place_of_.data()}, buckets, combinations, rows.first,
                         rows.index, rows.count, places_.data());
    // Nothing may become known from rows that do not count.
    if (missing.slots || (missing.classes && !not_counted.empty())) return Counting::kUnknown;
    if (missing.classes && !AddNewClasses(chunk, rows)) {
      GiveUp();
      return Counting::kGivenUp;
    }
  }
  const size_t cell = FirstCell(value_cells);
  for (const uint16_t i : not_counted) places_[i] = sums_.NowherePlace(cell);
  if (amounts_.size() == 1) {
    sums_.AddOf(*amounts_[0].packed, rows.first, rows.index, cell, places_.data(), rows.count,
                greatest_first_);
  } else {
    ReadUnits(rows);
    const SummedUnits units = UnitsToSum();
    sums_.Add(cell, places_.data(), rows.count, std::span(units.of).first(units.count),
              greatest_first_);
  }
  return Counting::kDone;
}

bool RowClasses::AddNewClasses(size_t chunk, const RowSelection& rows) {
  for (size_t i = 0; i < rows.count; ++i) {
    if (class_of_[combination_[i]] == kUnseen && !AddClass(chunk, rows, i)) return false;
  }
  return true;
}

// Finds the class of a combination from its first row.
bool RowClasses::AddClass(size_t chunk, const RowSelection& rows, size_t i) {
  FactBlock block;
  block.size = 1;
  block.chunk = rows.chunk;
  std::array<int64_t, kColumnCount> amounts;
  std::array<uint32_t, kColumnCount> codes;
  std::array<uint8_t, kColumnCount> bits;
  const RowSelection row{rows.chunk, rows.first + (rows.index != nullptr ? rows.index[i] : i), 1,
                         nullptr};
  for (size_t c = 0; c < kColumnCount; ++c) {
    const Column column = static_cast<Column>(c);
    if ((taken_columns_ & Bit(column)) == 0) continue;
    const int64_t value = ColumnAt(plan_, chunk, column).At(row.first);
    amounts[c] = value;
    codes[c] = static_cast<uint32_t>(value);
    bits[c] = static_cast<uint8_t>(value);
    const ColumnType type = TypeOf(column);
    block.columns[c] = type == ColumnType::kAmount ? static_cast<const void*>(&amounts[c])
                       : type == ColumnType::kCode ? static_cast<const void*>(&codes[c])
                                                   : static_cast<const void*>(&bits[c]);
  }
  std::vector<uint8_t> kinds;
  for (const Taken& taken : taken_) kinds.push_back(taken.cells->KindOf(block));
  size_t found = 0;
  const auto differs = [&] {
    for (size_t t = 0; t < taken_.size(); ++t) {
      if (taken_[t].kinds[found] != kinds[t]) return true;
    }
    return false;
  };
  while (found < classes_ && differs()) ++found;
  if (found == kClassesMax) return false;
  if (found == classes_) {
    ++classes_;
    for (size_t t = 0; t < taken_.size(); ++t) taken_[t].kinds.push_back(kinds[t]);
  }
  class_of_[combination_[i]] = static_cast<uint32_t>(found << class_shift_);
  return true;
}

void RowClasses::ReadUnits(const RowSelection& rows) {
  for (size_t a = 0; a < amounts_.size(); ++a) {
    if (!amounts_[a].in_units) continue;
    amounts_[a].packed->ReadUnits(rows.first, rows.index, rows.count, units_[a].data());
  }
}

void RowClasses::Add(const RowSelection& rows, const FactBlock& block) {
  ReadUnits(rows);
  AddSums(block);
  AddAmounts(block);
}

RowClasses::SummedUnits RowClasses::UnitsToSum() const {
  static constexpr std::array<uint32_t, kBlockRows> kNothing{};
  SummedUnits units;
  for (size_t a = 0; a < amounts_.size(); ++a) {
    if (!amounts_[a].sum.has_value()) continue;
    units.of[units.count++] = amounts_[a].summed ? units_[a].data() : kNothing.data();
  }
  return units;
}

void RowClasses::AddSums(const FactBlock& block) {
  const SummedUnits units = UnitsToSum();
  const auto amounts = std::span(units.of).first(units.count);
  if (block.uniform) {
    sums_.AddToCell(block.cell, places_.data(), block.size, amounts, greatest_first_);
  } else {
    sums_.Add(0, places_.data(), block.size, amounts, greatest_first_);
  }
}

// Of KPIs that take each amount, and of those whose amounts of the chunk are not summed.
void RowClasses::AddAmounts(const FactBlock& block) {
  for (const Taken& taken : taken_) {
    if (!taken.amount.has_value()) continue;
    const Amount& amount = amounts_[*taken.amount];
    if (taken.sums && amount.summed) continue;
    ClassedRows rows;
    rows.places = places_.data();
    rows.class_shift = sums_.class_shift();
    rows.class_mask = static_cast<uint32_t>(sums_.classes() - 1);
    rows.kinds = taken.kinds;
    rows.units = amount.in_units ? units_[*taken.amount].data() : nullptr;
    rows.unit = amount.unit;
    taken.cells->AddAmounts(block, rows);
  }
}

void RowClasses::Flush() {
  if (sums_.empty()) return;
  for (const Taken& taken : taken_) {
    ClassCounts counts;
    counts.sums = &sums_;
    if (by_value_) counts.cell_of = slot_of_value_;
    // Classes just found may have no room yet, and then no rows.
    counts.kinds =
        std::span<const uint8_t>(taken.kinds).first(std::min(taken.kinds.size(), sums_.classes()));
    if (taken.sums && taken.amount.has_value()) {
      counts.amount = amounts_[*taken.amount].sum;
      counts.unit = amounts_[*taken.amount].summed_unit;
    }
    taken.cells->AddClasses(counts);
  }
  sums_.Clear();
}

void RowClasses::GiveUp() {
  Flush();
  taken_.clear();
  columns_ = plan_.columns;
}

}  // namespace kpid::metrics
