#include "metrics/row_part.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"
#include "metrics/quality_columns.h"
#include "metrics/survey_columns.h"
#include "metrics/ticket_columns.h"

namespace kpid::metrics {
namespace {

int64_t Microseconds(Instant instant) { return instant.time_since_epoch().count(); }

// Rows of a bucket that are worth a block of their own.
constexpr size_t kRunMin = 512;

// The column of time that rows of chunks are in the order of, where none is absent.
Column OrderColumn(FactKind kind) {
  switch (kind) {
    case FactKind::kInteraction:
      return Column::kArrive;
    case FactKind::kSurvey:
      return Column::kRespond;
    case FactKind::kQualityEvaluation:
      return Column::kEvaluate;
    case FactKind::kTicket:
      return Column::kOpen;
    default:
      return Column::kCount;
  }
}

bool IsLink(Column column) {
  return column == Column::kRepeatGap || column == Column::kRepeatGapSameQueue ||
         column == Column::kSincePrevious || column == Column::kCaseState;
}

}  // namespace

Column TimeColumn(TimeBasis basis) {
  switch (basis) {
    case TimeBasis::kRespond:
      return Column::kRespond;
    case TimeBasis::kInvite:
      return Column::kInvite;
    case TimeBasis::kEvaluate:
      return Column::kEvaluate;
    case TimeBasis::kOpen:
      return Column::kOpen;
    case TimeBasis::kFirstResolve:
      return Column::kFirstResolve;
    case TimeBasis::kResolve:
      return Column::kLastResolve;
    case TimeBasis::kArrive:
    case TimeBasis::kLeave:
    case TimeBasis::kOverlap:
    case TimeBasis::kInstant:
    case TimeBasis::kBucketStart:
      break;
  }
  return Column::kArrive;
}

size_t ChunkCount(const ScanPlan& plan) {
  switch (plan.fact_kind) {
    case FactKind::kSurvey:
      return plan.snapshot->surveys().chunks().size();
    case FactKind::kQualityEvaluation:
      return plan.snapshot->quality_evaluations().chunks().size();
    case FactKind::kTicket:
      return plan.snapshot->tickets().chunks().size();
    default:
      return plan.snapshot->interactions().size();
  }
}

const FactChunk& ChunkAt(const ScanPlan& plan, size_t chunk) {
  switch (plan.fact_kind) {
    case FactKind::kSurvey:
      return *plan.snapshot->surveys().chunks()[chunk];
    case FactKind::kQualityEvaluation:
      return *plan.snapshot->quality_evaluations().chunks()[chunk];
    case FactKind::kTicket:
      return *plan.snapshot->tickets().chunks()[chunk];
    default:
      return *plan.snapshot->interactions()[chunk];
  }
}

const PackedColumn& ColumnAt(const ScanPlan& plan, size_t chunk, Column column) {
  if (IsLink(column)) return plan.snapshot->links().column(column)[chunk];
  return ChunkAt(plan, chunk).column(column);
}

RowPart::RowPart(const ScanPlan& plan, std::vector<size_t> chunks,
                 std::vector<std::unique_ptr<KpiCells>> kpis)
    : ScanPart(plan, std::move(kpis)),
      time_(TimeColumn(plan.time_basis)),
      chunks_(std::move(chunks)),
      classes_(plan, kpis_),
      codes_(std::make_unique_for_overwrite<std::array<uint32_t, kBlockRows>[]>(
          plan.group_by.size() + 1)),
      values_(std::make_unique_for_overwrite<std::array<int64_t, kBlockRows>[]>(
          static_cast<size_t>(std::popcount(plan.columns)) + 1)) {
  for (const DimensionSpace* space : plan.group_by) group_by_.emplace_back(space, time_);
  for (const CodeFilter& filter : plan.filters) filters_.emplace_back(filter.space, time_);

  // Only the buckets that the chunks reach into have cells.
  const TimeRange& range = plan.query->range;
  int64_t least = kAbsent;
  int64_t greatest = std::numeric_limits<int64_t>::min();
  for (const size_t chunk : chunks_) {
    const PackedColumn& time = ChunkAt(plan, chunk).column(time_);
    least = std::min(least, std::max(time.minimum(), Microseconds(range.start)));
    greatest = std::max(greatest, std::min(time.maximum(), Microseconds(range.end) - 1));
  }
  const size_t first = BucketOf(plan.query->buckets, least);
  SetBuckets(first, BucketOf(plan.query->buckets, greatest) - first + 1);
}

absl::Status RowPart::Run(const CallLimits& limits) {
  for (size_t c = 0; c < chunks_.size(); ++c) {
    const size_t chunk = chunks_[c];
    next_chunk_ = c + 1 < chunks_.size() ? chunks_[c + 1] : kNoChunk;
    if (const absl::Status status = limits.Check(); !status.ok()) return status;
    sorted_ = IsSorted(ChunkAt(plan_, chunk));
    const absl::Status status = sorted_ ? ScanSorted(chunk) : ScanUnsorted(chunk);
    if (!status.ok()) return status;
  }
  classes_.Flush();
  return absl::OkStatus();
}

bool RowPart::IsSorted(const FactChunk& chunk) const {
  return time_ == OrderColumn(plan_.fact_kind) && !chunk.column(time_).has_absent();
}

absl::Status RowPart::ScanSorted(size_t chunk) {
  const FactChunk& facts = ChunkAt(plan_, chunk);
  const PackedColumn& time = facts.column(time_);
  const auto& buckets = plan_.query->buckets;
  const auto row_at = [&](Instant instant) {
    if (Microseconds(instant) <= time.minimum()) return size_t{0};
    if (Microseconds(instant) > time.maximum()) return facts.size();
    return time.LowerBound(0, facts.size(), Microseconds(instant));
  };
  const size_t end = row_at(plan_.query->range.end);
  size_t row = row_at(plan_.query->range.start);
  if (row >= end) return absl::OkStatus();

  // The rows of each bucket are a run.
  size_t bucket = BucketOf(buckets, time.At(row));
  size_t bucket_end = std::min(end, row_at(buckets[bucket].end));
  while (row < end) {
    RowSelection rows{&facts, row, 0, nullptr};
    size_t block_end = std::min(end, row + kBlockRows);
    // A block of one bucket is faster; without slices it is of one cell.
    if (slots_.dimensions() == 0 || bucket_end - row >= kRunMin) {
      block_end = std::min(block_end, bucket_end);
    }
    one_bucket_ = block_end <= bucket_end;
    only_bucket_ = static_cast<uint32_t>(bucket - first_bucket_);
    while (row < block_end) {
      const size_t run_end = std::min(block_end, bucket_end);
      if (!one_bucket_) {
        std::fill(bucket_.begin() + static_cast<ptrdiff_t>(row - rows.first),
                  bucket_.begin() + static_cast<ptrdiff_t>(run_end - rows.first),
                  static_cast<uint32_t>(bucket - first_bucket_));
      }
      row = run_end;
      while (row == bucket_end && row < end) {
        ++bucket;
        bucket_end = std::min(end, row_at(buckets[bucket].end));
      }
    }
    rows.count = row - rows.first;
    if (const absl::Status status = AddRows(chunk, rows); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RowPart::ScanUnsorted(size_t chunk) {
  const FactChunk& facts = ChunkAt(plan_, chunk);
  const auto& buckets = plan_.query->buckets;
  const int64_t start = Microseconds(plan_.query->range.start);
  const int64_t end = Microseconds(plan_.query->range.end);
  std::array<int64_t, kBlockRows>& times = values_[0];  // Free until columns are decoded.
  one_bucket_ = buckets_ == 1;
  only_bucket_ = 0;
  size_t bucket = first_bucket_;  // Near by in most cases, because rows are nearly in order.
  for (size_t first = 0; first < facts.size(); first += kBlockRows) {
    const size_t count = std::min(kBlockRows, facts.size() - first);
    facts.column(time_).Decode(first, count, times.data());
    size_t selected = 0;
    for (size_t i = 0; i < count; ++i) {
      if (times[i] < start || times[i] >= end) continue;  // kAbsent is not below the end.
      if (times[i] < Microseconds(buckets[bucket].start) ||
          times[i] >= Microseconds(buckets[bucket].end)) {
        bucket = BucketOf(buckets, times[i]);
      }
      index_[selected] = static_cast<uint16_t>(i);
      bucket_[selected++] = static_cast<uint32_t>(bucket - first_bucket_);
    }
    const RowSelection rows{&facts, first, selected, index_.data()};
    if (const absl::Status status = AddRows(chunk, rows); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Rows that will be read after those before `first` are to be fetched: of the chunk, or the first
// of the next. With filters few of them may be read.
void RowPart::PlanFetch(size_t chunk, size_t first) {
  if (!filters_.empty() || !classes_.active()) return;
  if (first >= ChunkAt(plan_, chunk).size()) {
    if (next_chunk_ == kNoChunk) return;
    chunk = next_chunk_;
    first = 0;
  }
  classes_.FetchRows(chunk, first, kBlockRows, &ahead_);
  for (const DimensionCodes& codes : group_by_) {
    const PackedColumn* const column = codes.ReadColumn(ChunkAt(plan_, chunk));
    if (column != nullptr) ahead_.Add(*column, first, kBlockRows);
  }
}

// The dead rows of a block of which it is faster to read all: to choose rows takes longer than to
// read some in vain. Nothing where there are none, too many, or rows are chosen anyway.
std::optional<std::span<const uint16_t>> RowPart::FewDead(const RowSelection& rows) {
  const uint64_t* const dead = rows.chunk->dead();
  if (dead == nullptr || rows.index != nullptr || !filters_.empty()) return std::nullopt;
  const size_t end = rows.first + rows.count;
  size_t found = 0;
  for (size_t word = rows.first / 64; word * 64 < end; ++word) {
    for (uint64_t bits = dead[word]; bits != 0; bits &= bits - 1) {
      const size_t row = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      if (row < rows.first || row >= end) continue;
      if (found == rows.count / kRowsOfDeadMin) return std::nullopt;
      dead_[found++] = static_cast<uint16_t>(row - rows.first);
    }
  }
  if (found == 0) return std::nullopt;
  return std::span<const uint16_t>(dead_).first(found);
}

void RowPart::LeaveOutDead(RowSelection* rows) {
  const uint64_t* const dead = rows->chunk->dead();
  if (dead == nullptr || rows->count == 0) return;
  const bool all = rows->index == nullptr;
  const size_t last = rows->first + (all ? rows->count - 1 : rows->index[rows->count - 1]);
  const bool any = std::any_of(dead + rows->first / 64, dead + last / 64 + 1,
                               [](uint64_t word) { return word != 0; });
  if (!any) return;
  size_t selected = 0;
  for (size_t i = 0; i < rows->count; ++i) {
    const uint16_t index = all ? static_cast<uint16_t>(i) : rows->index[i];
    const size_t row = rows->first + index;
    index_[selected] = index;
    bucket_[selected] = bucket_[i];
    selected += (dead[row / 64] >> (row % 64) & 1) == 0;
  }
  if (selected == rows->count) return;
  rows->count = selected;
  rows->index = index_.data();
}

// Rows of one code, found without reading the codes of all.
bool RowPart::FilterByCode(size_t filter, RowSelection* rows) {
  const Code only = plan_.filters[filter].only;
  if (rows->index != nullptr || only == kNoCode || !filters_[filter].ValuesAreCodes()) return false;
  const PackedColumn* const values = filters_[filter].Prepare(*rows->chunk);
  if (!values->patches().empty()) return false;
  rows->count = values->FindEqual(only, rows->first, rows->count, index_.data());
  rows->index = index_.data();
  for (size_t i = 0; i < rows->count; ++i) bucket_[i] = bucket_[index_[i]];
  return true;
}

void RowPart::Filter(RowSelection* rows) {
  uint32_t* const codes = codes_[plan_.group_by.size()].data();
  for (size_t f = 0; f < filters_.size() && rows->count > 0; ++f) {
    if (FilterByCode(f, rows)) continue;
    filters_[f].Read(*rows, codes);
    const uint8_t* const passes = plan_.filters[f].passes.data();
    const bool all = rows->index == nullptr;
    size_t selected = 0;
    for (size_t i = 0; i < rows->count; ++i) {
      index_[selected] = all ? static_cast<uint16_t>(i) : index_[i];
      bucket_[selected] = bucket_[i];
      selected += passes[codes[i]];
    }
    if (selected == rows->count) continue;
    rows->count = selected;
    rows->index = index_.data();
  }
}

// The column that alone says the slots of rows; null: there is none.
const PackedColumn* RowPart::CellValues(const RowSelection& rows) {
  if (group_by_.size() != 1) return nullptr;
  const PackedColumn* const values = group_by_[0].Prepare(*rows.chunk);
  return values != nullptr && values->patches().empty() ? values : nullptr;
}

void RowPart::PrepareSlots(const PackedColumn& values) {
  if (std::exchange(generation_, group_by_[0].generation()) != group_by_[0].generation()) {
    slot_of_value_.clear();
    ++slots_version_;
  }
  const size_t end = static_cast<size_t>(values.maximum()) + 1;
  if (slot_of_value_.size() < end) slot_of_value_.resize(end, kNoSlot);
}

absl::Status RowPart::FindNewSlots(size_t rows) {
  ++slots_version_;
  const uint32_t* const value = codes_[0].data();
  for (size_t i = 0; i < rows; ++i) {
    uint32_t& slot = slot_of_value_[value[i]];
    if (slot != kNoSlot) continue;
    const Code code = group_by_[0].CodeOf(value[i]);
    slot = slots_.Find(std::span(&code, 1));
  }
  return MakeRoom();
}

absl::Status RowPart::FindCellsByValue(const PackedColumn& values, const RowSelection& rows) {
  PrepareSlots(values);
  rows.Read(values, codes_[0].data());
  if (FindSeenCells(rows.count)) return absl::OkStatus();
  if (const absl::Status status = FindNewSlots(rows.count); !status.ok()) return status;
  FindSeenCells(rows.count);
  return absl::OkStatus();
}

void RowPart::DropFirst(size_t dropped, RowSelection* rows) {
  rows->first += dropped;
  rows->count -= dropped;
  std::copy_n(bucket_.begin() + static_cast<ptrdiff_t>(dropped), rows->count, bucket_.begin());
}

// Counts rows whose cells need not be written down; false where they must be, of those that are
// left in the selection then.
absl::StatusOr<bool> RowPart::CountByValue(size_t chunk, std::span<const uint16_t> dead,
                                           RowSelection* rows) {
  if (!classes_.active() || group_by_.size() != 1 || !classes_.CountsAll(chunk)) return false;
  const PackedColumn* const values = CellValues(*rows);
  if (values == nullptr) return false;
  PrepareSlots(*values);
  RowClasses::ValueCells cells{.values = values,
                               .slot_of = slot_of_value_,
                               .slots_version = slots_version_,
                               .own_slots = group_by_[0].ValuesAreCodes(),
                               .buckets = buckets_,
                               .bucket = one_bucket_ ? nullptr : bucket_.data(),
                               .only_bucket = only_bucket_};
  if (dead.empty() && rows->index == nullptr) {
    const size_t known =
        classes_.CountKnown(chunk, *rows, cells, slots_.size() * buckets_, &ahead_);
    if (known == rows->count) return true;
    DropFirst(known, rows);
  }
  ahead_.Finish();
  auto counting = classes_.Count(chunk, *rows, dead, cells, slots_.size() * buckets_);
  if (counting == RowClasses::Counting::kUnknown && dead.empty()) {
    rows->Read(*values, codes_[0].data());
    if (absl::Status status = FindNewSlots(rows->count); !status.ok()) return status;
    cells.slots_version = slots_version_;
    counting = classes_.Count(chunk, *rows, dead, cells, slots_.size() * buckets_);
  }
  return counting == RowClasses::Counting::kDone;
}

// The cells of values; false where the slot of some is not known yet.
bool RowPart::FindSeenCells(size_t rows) {
  const uint32_t* const slot_of = slot_of_value_.data();
  const uint32_t* const value = codes_[0].data();
  const uint32_t buckets = static_cast<uint32_t>(buckets_);
  const uint32_t bucket = only_bucket_;
  uint32_t all = 0;
  if (one_bucket_) {
#pragma GCC unroll 4
    for (size_t i = 0; i < rows; ++i) {
      const uint32_t slot = slot_of[value[i]];
      all |= slot;
      cell_[i] = slot * buckets + bucket;
    }
  } else {
#pragma GCC unroll 4
    for (size_t i = 0; i < rows; ++i) {
      const uint32_t slot = slot_of[value[i]];
      all |= slot;
      cell_[i] = slot * buckets + bucket_[i];
    }
  }
  return (all & kNoSlot) == 0;
}

absl::Status RowPart::FindCellsByCodes(const RowSelection& rows) {
  std::array<const uint32_t*, kGroupByMax> codes{};
  for (size_t d = 0; d < group_by_.size(); ++d) {
    group_by_[d].Read(rows, codes_[d].data());
    codes[d] = codes_[d].data();
  }
  slots_.Find(std::span(codes).first(group_by_.size()), rows.count, cell_.data());
  if (const absl::Status status = MakeRoom(); !status.ok()) return status;
  const uint32_t buckets = static_cast<uint32_t>(buckets_);
  if (buckets > 1) {
    for (size_t i = 0; i < rows.count; ++i) {
      cell_[i] = cell_[i] * buckets + (one_bucket_ ? only_bucket_ : bucket_[i]);
    }
  }
  return absl::OkStatus();
}

absl::Status RowPart::FindCells(const RowSelection& rows, FactBlock* block) {
  block->size = rows.count;
  if (slots_.dimensions() == 0 && one_bucket_) {
    block->uniform = true;
    block->cell = only_bucket_;
    return absl::OkStatus();
  }
  block->cells = cell_.data();
  if (const PackedColumn* const values = CellValues(rows); values != nullptr) {
    return FindCellsByValue(*values, rows);
  }
  return FindCellsByCodes(rows);
}

void RowPart::DecodeColumns(size_t chunk, const RowSelection& rows, ColumnSet columns,
                            FactBlock* block) {
  size_t decoded = 0;
  for (size_t i = 0; i < kColumnCount; ++i) {
    const Column column = static_cast<Column>(i);
    if ((columns & Bit(column)) == 0) continue;
    // Room for the widest type does for all.
    const PackedColumn& packed = ColumnAt(plan_, chunk, column);
    void* const out = values_[decoded++].data();
    switch (TypeOf(column)) {
      case ColumnType::kBits:
        rows.Read(packed, static_cast<uint8_t*>(out));
        break;
      case ColumnType::kCode:
        rows.Read(packed, static_cast<uint32_t*>(out));
        break;
      case ColumnType::kAmount:
        rows.Read(packed, static_cast<int64_t*>(out));
        break;
    }
    block->columns[i] = out;
  }
}

absl::Status RowPart::AddRows(size_t chunk, RowSelection rows) {
  ahead_.Finish();
  PlanFetch(chunk, rows.first + rows.count);
  if (const auto dead = FewDead(rows); dead.has_value()) {
    const absl::StatusOr<bool> counted = CountByValue(chunk, *dead, &rows);
    if (!counted.ok() || *counted) return counted.status();
  }
  LeaveOutDead(&rows);
  Filter(&rows);
  if (rows.count == 0) return absl::OkStatus();
  const absl::StatusOr<bool> counted = CountByValue(chunk, {}, &rows);
  if (!counted.ok() || *counted) return counted.status();
  ahead_.Finish();
  FactBlock block;
  block.chunk = rows.chunk;
  if (const absl::Status status = FindCells(rows, &block); !status.ok()) return status;
  const bool classified =
      classes_.active() && classes_.Classify(chunk, rows, block, slots_.size() * buckets_);
  DecodeColumns(chunk, rows, classes_.columns(), &block);
  if (classified) classes_.Add(rows, block);
  for (size_t k = 0; k < kpis_.size(); ++k) {
    if (!classified || !classes_.Takes(k)) kpis_[k]->Add(block);
  }
  return absl::OkStatus();
}

}  // namespace kpid::metrics
