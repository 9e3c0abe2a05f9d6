#include "metrics/link_keeper.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "metrics/interaction_chunk.h"

namespace kpid::metrics {
namespace {

constexpr Column kColumns[] = {Column::kRepeatGap, Column::kRepeatGapSameQueue,
                               Column::kSincePrevious, Column::kCaseState};

int64_t Without(Column column) {
  return column == Column::kCaseState ? int64_t{kCaseNone} : kAbsent;
}

}  // namespace

bool LinkKeeper::KeepsCustomers() const {
  return (kept_ & SetOf(Column::kRepeatGap, Column::kRepeatGapSameQueue, Column::kSincePrevious)) !=
         0;
}

bool LinkKeeper::KeepsCases() const {
  return (kept_ & SetOf(Column::kSincePrevious, Column::kCaseState)) != 0;
}

void LinkKeeper::Keep(ColumnSet columns) {
  columns &= ~kept_;
  if (columns == 0) return;
  std::vector<uint32_t> numbers;
  std::vector<std::shared_ptr<const InteractionChunk>> chunks;
  for (const auto& [period, own] : rows_->periods()) {
    for (const uint32_t number : own) {
      numbers.push_back(number);
      chunks.push_back(std::static_pointer_cast<const InteractionChunk>(rows_->Shared(number)));
    }
  }
  const ContactLinks links(chunks);
  for (const Column column : kColumns) {
    if ((columns & Bit(column)) == 0) continue;
    const std::vector<PackedColumn>& derived = links.column(column);
    for (size_t i = 0; i < numbers.size(); ++i) {
      rows_->SetColumn(numbers[i], column, derived[i]);
    }
  }
  const bool had_customers = KeepsCustomers();
  const bool had_cases = KeepsCases();
  kept_ |= columns;
  BuildIndexes(KeepsCustomers() && !had_customers, KeepsCases() && !had_cases);
}

void LinkKeeper::BuildIndexes(bool customers, bool cases) {
  if (!customers && !cases) return;
  for (const auto& [period, numbers] : rows_->periods()) AddPeriod(numbers, customers, cases);
}

// Periods come in order, so that all goes to the end of lists.
void LinkKeeper::AddPeriod(const std::vector<uint32_t>& numbers, bool customers, bool cases) {
  struct Entry {
    int64_t arrive;
    int64_t key;
    Code customer;
    Code case_code;
  };
  std::vector<Entry> entries;
  for (const uint32_t number : numbers) {
    const FactChunk& chunk = rows_->chunk(number);
    const auto arrive = ValuesOf(chunk, Column::kArrive);
    const auto keys = ValuesOf(chunk, Column::kRowKey);
    const auto customer = ValuesOf(chunk, Column::kCustomer);
    const auto case_code = ValuesOf(chunk, Column::kCase);
    for (size_t row = 0; row < chunk.size(); ++row) {
      if (!chunk.Alive(row)) continue;
      entries.push_back({arrive[row], keys[row], static_cast<Code>(customer[row]),
                         static_cast<Code>(case_code[row])});
    }
  }
  const auto before = [](const Entry& a, const Entry& b) {
    return std::tie(a.arrive, a.key) < std::tie(b.arrive, b.key);
  };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) {
    std::sort(entries.begin(), entries.end(), before);
  }
  for (const Entry& entry : entries) {
    const uint32_t handle = rows_->keys().Find(entry.key);
    if (customers && entry.customer != kNoCode) by_customer_.Append(entry.customer, handle);
    if (cases && entry.case_code != kNoCode) by_case_.Append(entry.case_code, handle);
  }
}

void LinkKeeper::Prepare(FactChunk* rows) const {
  for (const Column column : kColumns) {
    if ((kept_ & Bit(column)) == 0 || column == Column::kCaseState) continue;
    rows->SetConstant(column, Without(column));
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

void LinkKeeper::Insert(RowIndex* index, Code code, uint32_t handle) {
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

void LinkKeeper::Read(std::span<const uint32_t> handles) {
  read_.clear();
  for (const uint32_t handle : handles) {
    Row row;
    row.slot = rows_->SlotOf(handle);
    const FactChunk& chunk = rows_->chunk(row.slot.chunk);
    const auto value = [&](Column column) { return chunk.column(column).At(row.slot.row); };
    const uint8_t status = static_cast<uint8_t>(value(Column::kStatus));
    row.arrive = value(Column::kArrive);
    row.end = row.arrive + value(Column::kEndOffset);
    row.outcome = static_cast<Outcome>(KindOfStatus(status));
    row.inbound = static_cast<Direction>(DirectionOfStatus(status)) != Direction::kOutbound;
    row.conversation = static_cast<Code>(value(Column::kConversation));
    row.queue = static_cast<Code>(value(Column::kQueue));
    row.case_code = static_cast<Code>(value(Column::kCase));
    read_.push_back(row);
  }
}

void LinkKeeper::Note(const Row& row, Column column, int64_t value) {
  if (rows_->chunk(row.slot.chunk).column(column).At(row.slot.row) == value) return;
  changes_.push_back({row.slot.chunk, column, {row.slot.row, value}});
}

void LinkKeeper::WriteRepeatGaps(Column column) {
  order_.clear();
  for (uint32_t i = 0; i < read_.size(); ++i) {
    if (read_[i].inbound) order_.push_back(i);
  }
  const bool same_queue = column == Column::kRepeatGapSameQueue;
  if (same_queue) {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](uint32_t a, uint32_t b) { return read_[a].queue < read_[b].queue; });
  }
  gaps_.assign(read_.size(), kAbsent);
  for (size_t first = 0; first < order_.size();) {
    chain_.clear();
    size_t last = first;
    for (; last < order_.size(); ++last) {
      const Row& row = read_[order_[last]];
      if (same_queue && row.queue != read_[order_[first]].queue) break;
      chain_.push_back({row.arrive, row.outcome == Outcome::kHandled ? row.end : kAbsent,
                        order_[last], row.conversation});
    }
    WriteGaps(chain_, &next_other_, &gaps_);
    first = last;
  }
  for (size_t i = 0; i < read_.size(); ++i) Note(read_[i], column, gaps_[i]);
}

void LinkKeeper::WriteSincePrevious(bool of_case) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  int64_t latest = kNever;
  for (const Row& row : read_) {
    int64_t since = kAbsent;
    if (row.outcome == Outcome::kHandled) {
      if (latest != kNever) since = std::max<int64_t>(0, row.arrive - latest);
      latest = std::max(latest, row.end);
    }
    // Those of a case are judged by the case.
    if (of_case || row.case_code == kNoCode) Note(row, Column::kSincePrevious, since);
  }
}

void LinkKeeper::SettleCustomer(Code code) {
  Read(by_customer_.Of(code));
  for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue}) {
    if ((kept_ & Bit(column)) != 0) WriteRepeatGaps(column);
  }
  if ((kept_ & Bit(Column::kSincePrevious)) != 0) WriteSincePrevious(/*of_case=*/false);
}

void LinkKeeper::SettleCase(Code code) {
  Read(by_case_.Of(code));
  if ((kept_ & Bit(Column::kSincePrevious)) != 0) WriteSincePrevious(/*of_case=*/true);
  if ((kept_ & Bit(Column::kCaseState)) == 0) return;
  const bool pending = std::any_of(read_.begin(), read_.end(), [](const Row& row) {
    return row.outcome == Outcome::kInProgress;
  });
  const CaseState state = pending ? kCasePending : read_.size() == 1 ? kCaseSingle : kCaseMany;
  for (size_t i = 0; i < read_.size(); ++i) {
    Note(read_[i], Column::kCaseState, i == 0 ? state : kCaseNone);
  }
}

void LinkKeeper::Settle() {
  const auto for_each = [](std::vector<Code>* codes, const auto& settle) {
    std::sort(codes->begin(), codes->end());
    codes->erase(std::unique(codes->begin(), codes->end()), codes->end());
    for (const Code code : *codes) settle(code);
    codes->clear();
  };
  for_each(&customers_, [&](Code code) { SettleCustomer(code); });
  for_each(&cases_, [&](Code code) { SettleCase(code); });
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
