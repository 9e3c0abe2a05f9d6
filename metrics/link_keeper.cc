#include "metrics/link_keeper.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "metrics/interaction_chunk.h"
#include "metrics/link_builder.h"

namespace kpid::metrics {
namespace {

// Has the processor fetch the value of a row soon.
void FetchRow(const PackedColumn& column, size_t row) {
  const std::span<const std::byte> packed = column.PackedRows(row, 1);
  if (!packed.empty()) __builtin_prefetch(packed.data(), 0, 2);
}

// Customers or cases of which the contacts are fetched together, and how many of each: of long
// lists the processor foresees what comes.
constexpr size_t kFetchedCodes = 128;
constexpr size_t kFetchedContacts = 32;

}  // namespace

bool LinkKeeper::KeepsCustomers() const {
  return (kept_ & SetOf(Column::kRepeatGap, Column::kRepeatGapSameQueue, Column::kSincePrevious)) !=
         0;
}

bool LinkKeeper::KeepsCases() const {
  return (kept_ & SetOf(Column::kSincePrevious, Column::kCaseState)) != 0;
}

absl::Status LinkKeeper::Keep(ColumnSet columns, const Workers& workers) {
  columns &= ~kept_;
  if (columns == 0) return absl::OkStatus();
  const ColumnSet before = kept_;
  const bool had_customers = KeepsCustomers();
  const bool had_cases = KeepsCases();
  kept_ |= columns;
  const absl::Status status = Derive(columns, !had_customers, !had_cases, workers);
  if (status.ok()) return status;
  if (!had_customers) by_customer_ = {};
  if (!had_cases) by_case_ = {};
  kept_ = before;
  return status;
}

// Writes the columns; lists customers and cases where they are kept and that is asked for.
absl::Status LinkKeeper::Derive(ColumnSet columns, bool customers, bool cases,
                                const Workers& workers) {
  constexpr ColumnSet kOfCustomers =
      SetOf(Column::kRepeatGap, Column::kRepeatGapSameQueue, Column::kSincePrevious);
  constexpr ColumnSet kOfCases = SetOf(Column::kSincePrevious, Column::kCaseState);
  LinkBuilder builder(rows_, &workers);
  absl::Status status;
  if ((columns & kOfCustomers) != 0) {
    status = builder.Build(Column::kCustomer, columns & kOfCustomers,
                           customers ? &by_customer_ : nullptr);
  }
  if (status.ok() && (columns & kOfCases) != 0) {
    status = builder.Build(Column::kCase, columns & kOfCases, cases ? &by_case_ : nullptr);
  }
  std::vector<PackedColumn> packed;
  for (const Column column : kLinkColumnList) {
    if ((columns & Bit(column)) == 0) continue;
    if (status.ok()) status = builder.Pack(column, &packed);
    if (!status.ok()) return status;
    for (size_t i = 0; i < builder.numbers().size(); ++i) {
      rows_->SetColumn(builder.numbers()[i], column, std::move(packed[i]));
    }
  }
  return status;
}

void LinkKeeper::Prepare(FactChunk* rows) const {
  for (const Column column : kLinkColumnList) {
    if ((kept_ & Bit(column)) == 0 || column == Column::kCaseState) continue;
    rows->SetConstant(column, WithoutLink(column));
  }
}

Code LinkKeeper::CodeOf(uint32_t handle, Column column) const {
  const ChunkSet::Slot slot = rows_->SlotOf(handle);
  return static_cast<Code>(rows_->chunk(slot.chunk).column(column).At(slot.row));
}

void LinkKeeper::Leave(uint32_t handle) {
  if (KeepsCustomers()) {
    if (const Code code = CodeOf(handle, Column::kCustomer); code != kNoCode) {
      by_customer_.Erase(code, handle);
      customers_.push_back(code);
    }
  }
  if (KeepsCases()) {
    if (const Code code = CodeOf(handle, Column::kCase); code != kNoCode) {
      by_case_.Erase(code, handle);
      cases_.push_back(code);
    }
  }
}

void LinkKeeper::Insert(PartedRowIndex* index, Code code, uint32_t handle) {
  const auto order_of = [&](uint32_t other) {
    const ChunkSet::Slot slot = rows_->SlotOf(other);
    return std::pair(rows_->chunk(slot.chunk).column(Column::kArrive).At(slot.row),
                     rows_->keys().key(other));
  };
  const auto own = order_of(handle);
  const std::span<const uint32_t> all = index->Of(code);
  // Most come last.
  size_t place = all.size();
  if (!all.empty() && own < order_of(all.back())) {
    place = static_cast<size_t>(
        std::partition_point(all.begin(), all.end(),
                             [&](uint32_t other) { return order_of(other) < own; }) -
        all.begin());
  }
  index->Insert(code, place, handle);
}

void LinkKeeper::Enter(uint32_t handle) {
  if (KeepsCustomers()) {
    if (const Code code = CodeOf(handle, Column::kCustomer); code != kNoCode) {
      Insert(&by_customer_, code, handle);
      customers_.push_back(code);
    }
  }
  if (KeepsCases()) {
    if (const Code code = CodeOf(handle, Column::kCase); code != kNoCode) {
      Insert(&by_case_, code, handle);
      cases_.push_back(code);
    }
  }
}

// Has the processor fetch what Read and Note read. The contacts of a customer lie far apart, so
// that each value is a miss of the cache; many at once take hardly longer than one.
void LinkKeeper::Fetch(const PartedRowIndex& index, std::span<const Code> codes) const {
  const auto each = [&](const auto& fetch) {
    for (const Code code : codes) {
      const std::span<const uint32_t> handles = index.Of(code);
      for (const uint32_t handle : handles.last(std::min(handles.size(), kFetchedContacts))) {
        fetch(handle);
      }
    }
  };
  each([&](uint32_t handle) { rows_->keys().Prefetch(handle); });
  each([&](uint32_t handle) {
    const ChunkSet::Slot slot = rows_->SlotOf(handle);
    const FactChunk& chunk = rows_->chunk(slot.chunk);
    for (const Column column :
         {Column::kArrive, Column::kEndOffset, Column::kStatus, Column::kConversation}) {
      FetchRow(chunk.column(column), slot.row);
    }
    for (const Column column : kLinkColumnList) {
      if ((kept_ & Bit(column)) != 0) FetchRow(chunk.column(column), slot.row);
    }
  });
}

void LinkKeeper::Read(std::span<const uint32_t> handles) {
  const bool same_queue = (kept_ & Bit(Column::kRepeatGapSameQueue)) != 0;
  const bool cases = KeepsCases();
  read_.clear();
  slots_.clear();
  for (const uint32_t handle : handles) {
    const ChunkSet::Slot slot = rows_->SlotOf(handle);
    const FactChunk& chunk = rows_->chunk(slot.chunk);
    const auto value = [&](Column column) { return chunk.column(column).At(slot.row); };
    const uint8_t status = static_cast<uint8_t>(value(Column::kStatus));
    LinkedContact contact;
    contact.arrive = value(Column::kArrive);
    contact.end = contact.arrive + value(Column::kEndOffset);
    contact.outcome = static_cast<Outcome>(KindOfStatus(status));
    contact.inbound = static_cast<Direction>(DirectionOfStatus(status)) != Direction::kOutbound;
    contact.conversation = static_cast<Code>(value(Column::kConversation));
    // Each value is a miss of the cache.
    if (same_queue) contact.queue = static_cast<Code>(value(Column::kQueue));
    if (cases) contact.case_code = static_cast<Code>(value(Column::kCase));
    read_.push_back(contact);
    slots_.push_back(slot);
  }
}

void LinkKeeper::Note(size_t contact, Column column, int64_t value) {
  const ChunkSet::Slot slot = slots_[contact];
  if (rows_->chunk(slot.chunk).column(column).At(slot.row) == value) return;
  changes_.push_back({slot.chunk, column, {slot.row, value}});
}

void LinkKeeper::Note(Column column, std::span<const int64_t> values) {
  for (size_t i = 0; i < values.size(); ++i) Note(i, column, values[i]);
}

void LinkKeeper::SettleCustomer(Code code) {
  Read(by_customer_.Of(code));
  for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue}) {
    if ((kept_ & Bit(column)) == 0) continue;
    Note(column, rules_.RepeatGaps(read_, column == Column::kRepeatGapSameQueue));
  }
  if ((kept_ & Bit(Column::kSincePrevious)) == 0) return;
  const std::span<const int64_t> since = rules_.SincePrevious(read_);
  for (size_t i = 0; i < since.size(); ++i) {
    // Those of a case are judged by the case.
    if (read_[i].case_code == kNoCode) Note(i, Column::kSincePrevious, since[i]);
  }
}

void LinkKeeper::SettleCase(Code code) {
  Read(by_case_.Of(code));
  if ((kept_ & Bit(Column::kSincePrevious)) != 0) {
    Note(Column::kSincePrevious, rules_.SincePrevious(read_));
  }
  if ((kept_ & Bit(Column::kCaseState)) != 0) Note(Column::kCaseState, rules_.CaseStates(read_));
}

void LinkKeeper::Settle() {
  const auto for_each = [&](const PartedRowIndex& index, std::vector<Code>* codes,
                            const auto& settle) {
    std::sort(codes->begin(), codes->end());
    codes->erase(std::unique(codes->begin(), codes->end()), codes->end());
    for (std::span<const Code> left = *codes; !left.empty();) {
      const auto next = left.first(std::min(left.size(), kFetchedCodes));
      Fetch(index, next);
      for (const Code code : next) settle(code);
      left = left.subspan(next.size());
    }
    codes->clear();
  };
  for_each(by_customer_, &customers_, [&](Code code) { SettleCustomer(code); });
  for_each(by_case_, &cases_, [&](Code code) { SettleCase(code); });
  WriteChanges();
}

PackedColumn LinkKeeper::Changed(const FactChunk& chunk, Column name,
                                 std::span<const PackedColumn::Patch> patches) const {
  const PackedColumn& column = chunk.column(name);
  const auto own = column.patches();
  if ((own.size() + patches.size()) * rows_per_patch_ > chunk.size()) {
    std::vector<int64_t> values = ValuesOf(chunk, name);
    for (const PackedColumn::Patch& patch : patches) values[patch.row] = patch.value;
    return IsTime(name) ? PackedColumn(values, PackedColumn::kTimeUnits) : PackedColumn(values);
  }
  std::vector<PackedColumn::Patch> all;
  all.reserve(own.size() + patches.size());
  auto next = own.begin();
  for (const PackedColumn::Patch& patch : patches) {
    while (next != own.end() && next->row < patch.row) all.push_back(*next++);
    if (next != own.end() && next->row == patch.row) ++next;
    all.push_back(patch);
  }
  all.insert(all.end(), next, own.end());
  return column.Patched(std::move(all));
}

void LinkKeeper::WriteChanges() {
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return std::tie(a.chunk, a.column, a.patch.row) < std::tie(b.chunk, b.column, b.patch.row);
  });
  std::vector<PackedColumn::Patch> patches;
  for (size_t first = 0; first < changes_.size();) {
    const Change& change = changes_[first];
    patches.clear();
    size_t last = first;
    for (; last < changes_.size() && changes_[last].chunk == change.chunk &&
           changes_[last].column == change.column;
         ++last) {
      patches.push_back(changes_[last].patch);
    }
    rows_->SetColumn(change.chunk, change.column,
                     Changed(rows_->chunk(change.chunk), change.column, patches));
    first = last;
  }
  changes_.clear();
}

}  // namespace kpid::metrics
