#include "metrics/row_classes.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "metrics/row_part.h"

namespace kpid::metrics {
namespace {

// Outcomes, of inbound and of outbound interactions.
constexpr size_t kStatusPlaces = 16;
constexpr size_t kCaseStates = 4;

size_t StatusPlace(size_t status) {
  const auto byte = static_cast<uint8_t>(status);
  const auto direction = static_cast<Direction>(DirectionOfStatus(byte));
  return KindOfStatus(byte) + (direction == Direction::kOutbound ? kStatusPlaces / 2 : 0);
}

// The bits of `value` that are in `mask`, side by side.
size_t Squeezed(size_t value, uint8_t mask) {
  size_t squeezed = 0;
  size_t place = 0;
  for (int bit = 0; bit < 8; ++bit) {
    if ((mask >> bit & 1) == 0) continue;
    squeezed |= (value >> bit & 1) << place++;
  }
  return squeezed;
}

}  // namespace

RowClasses::RowClasses(const ScanPlan& plan, std::span<const std::unique_ptr<KpiCells>> kpis)
    : plan_(plan) {
  columns_ = plan.columns;
  if (plan.fact_kind != FactKind::kInteraction) return;
  columns_ = 0;
  for (size_t k = 0; k < kpis.size(); ++k) {
    const RowReading* const reading = kpis[k]->reading();
    if (reading == nullptr || !Take(*reading)) {
      columns_ |= plan.kpi_columns[k];
      continue;
    }
    taken_.push_back({k, kpis[k].get(), {}});
    taken_columns_ |= plan.kpi_columns[k];
    if (reading->amount != Column::kCount) columns_ |= Bit(reading->amount);
  }
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

void RowClasses::PlaceReadings() {
  size_t step = kStatusPlaces;
  for (size_t byte = 0; byte < 256; ++byte) {
    status_place_[byte] = static_cast<uint16_t>(StatusPlace(byte));
    marks_place_[byte] = static_cast<uint16_t>(Squeezed(byte, marks_) * step);
  }
  step <<= std::popcount(marks_);
  if (case_state_) {
    for (size_t byte = 0; byte < 256; ++byte) {
      case_place_[byte] = static_cast<uint16_t>(byte % kCaseStates * step);
    }
    step *= kCaseStates;
  }
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

void RowClasses::AddCut(const PlacedCut& placed, size_t chunk, const RowSelection& rows) {
  if (placed.cut.instant) return AddInstantCut(placed, chunk, rows);
  ColumnAt(plan_, chunk, placed.cut.column)
      .AddWhereOver(placed.cut.limit, rows.first, rows.index, rows.count, placed.step,
                    combination_.data());
}

void RowClasses::ReadCombinations(size_t chunk, const RowSelection& rows) {
  const size_t count = rows.count;
  rows.Read(ColumnAt(plan_, chunk, Column::kStatus), bits_.data());
  const uint8_t* const status = bits_.data();
  const uint8_t* const marks = more_bits_.data();
  if (marks_ != 0) {
    rows.Read(ColumnAt(plan_, chunk, Column::kMarks), more_bits_.data());
    for (size_t i = 0; i < count; ++i) {
      combination_[i] = static_cast<uint16_t>(status_place_[status[i]] + marks_place_[marks[i]]);
    }
  } else {
    for (size_t i = 0; i < count; ++i) combination_[i] = status_place_[status[i]];
  }
  if (case_state_) {
    rows.Read(ColumnAt(plan_, chunk, Column::kCaseState), bits_.data());
    for (size_t i = 0; i < count; ++i) {
      combination_[i] = static_cast<uint16_t>(combination_[i] + case_place_[bits_[i]]);
    }
  }
  for (const PlacedCut& cut : cuts_) AddCut(cut, chunk, rows);
}

bool RowClasses::Classify(size_t chunk, const RowSelection& rows, size_t cells) {
  ReadCombinations(chunk, rows);
  const uint8_t* const class_of = class_of_.data();
  uint8_t greatest = 0;
  for (size_t i = 0; i < rows.count; ++i) {
    class_[i] = class_of[combination_[i]];
    greatest = std::max(greatest, class_[i]);
  }
  if (greatest == kUnseen) {
    for (size_t i = 0; i < rows.count; ++i) {
      if (class_[i] != kUnseen) continue;
      if (class_of_[combination_[i]] == kUnseen && !AddClass(chunk, rows, i)) {
        GiveUp();
        return false;
      }
      class_[i] = class_of_[combination_[i]];
    }
  }
  if (rows_ + rows.count > std::numeric_limits<uint32_t>::max()) Flush();
  if (MakeRoom(cells)) return true;
  GiveUp();
  return false;
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
  class_of_[combination_[i]] = static_cast<uint8_t>(found);
  return true;
}

// Gives counts_ room for all classes in all cells; false: that is too much.
bool RowClasses::MakeRoom(size_t cells) {
  int bits = class_bits_;
  while ((size_t{1} << bits) < classes_) ++bits;
  if (cells > kCountsMax >> bits) return false;
  if (bits != class_bits_) {
    std::vector<uint32_t> wider(cells_ << bits);
    for (size_t cell = 0; cell < cells_; ++cell) {
      std::copy_n(counts_.begin() + static_cast<ptrdiff_t>(cell << class_bits_),
                  size_t{1} << class_bits_, wider.begin() + static_cast<ptrdiff_t>(cell << bits));
    }
    counts_ = std::move(wider);
    class_bits_ = bits;
  }
  if (cells > cells_) {
    counts_.resize(cells << bits);
    cells_ = cells;
  }
  return true;
}

void RowClasses::Add(const FactBlock& block) {
  rows_ += block.size;
  uint32_t* const counts = counts_.data();
  const int bits = class_bits_;
  if (block.uniform) {
    // Several counts of a class, because an addition waits for the last one to the same place.
    std::array<std::array<uint32_t, kClassesMax>, 4> local{};
    size_t i = 0;
    for (; i + 4 <= block.size; i += 4) {
      for (size_t j = 0; j < 4; ++j) ++local[j][class_[i + j]];
    }
    for (; i < block.size; ++i) ++local[0][class_[i]];
    for (size_t c = 0; c < classes_; ++c) {
      counts[(size_t{block.cell} << bits) + c] +=
          local[0][c] + local[1][c] + local[2][c] + local[3][c];
    }
  } else {
    for (size_t i = 0; i < block.size; ++i) {
      ++counts[(size_t{block.cells[i]} << bits) + class_[i]];
    }
  }
  for (const Taken& taken : taken_) {
    if (taken.cells->reading()->amount == Column::kCount) continue;
    taken.cells->AddAmounts(block, {class_.data(), taken.kinds});
  }
}

void RowClasses::Flush() {
  if (rows_ == 0) return;
  for (const Taken& taken : taken_) {
    // Classes just found may have no room yet, and then no rows.
    const size_t classes = std::min(taken.kinds.size(), size_t{1} << class_bits_);
    const auto kinds = std::span<const uint8_t>(taken.kinds).first(classes);
    taken.cells->AddClasses({counts_, class_bits_, cells_, kinds});
  }
  std::fill(counts_.begin(), counts_.end(), 0);
  rows_ = 0;
}

void RowClasses::GiveUp() {
  Flush();
  taken_.clear();
  columns_ = plan_.columns;
}

}  // namespace kpid::metrics
