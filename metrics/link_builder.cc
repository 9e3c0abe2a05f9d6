#include "metrics/link_builder.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <numeric>
#include <tuple>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"

namespace kpid::metrics {
namespace {

// Lists of codes that are not much more than the entries are found by counting; others by sorting.
constexpr size_t kSparseness = 8;

// A code among those of its part: they have the bits between taken by the part's number.
size_t PlaceInPart(Code code) {
  constexpr Code kLow = (Code{1} << RowIndex::kPageBits) - 1;
  const size_t page = (code >> RowIndex::kPageBits) / PartedRowIndex::kParts;
  return page << RowIndex::kPageBits | (code & kLow);
}

}  // namespace

LinkBuilder::LinkBuilder(const ChunkSet* rows, const Workers* workers)
    : rows_(rows), workers_(workers) {
  for (const auto& [period, own] : rows_->periods()) {
    for (const uint32_t number : own) {
      numbers_.push_back(number);
      periods_.push_back(period);
    }
  }
}

LinkBuilder::Sorted LinkBuilder::SortByPart(const FactChunk& chunk, Column code) const {
  Sorted sorted;
  sorted.first.resize(PartedRowIndex::kParts + 1);
  if (chunk.column(code).AllZero()) return sorted;
  const std::vector<int64_t> codes = ValuesOf(chunk, code);
  const auto counts = [&](size_t row) { return codes[row] != kNoCode && chunk.Alive(row); };
  for (size_t row = 0; row < codes.size(); ++row) {
    if (counts(row)) ++sorted.first[PartedRowIndex::PartOf(static_cast<Code>(codes[row])) + 1];
  }
  std::partial_sum(sorted.first.begin(), sorted.first.end(), sorted.first.begin());
  sorted.rows.resize(sorted.first.back());
  std::vector<uint32_t> next(sorted.first.begin(), sorted.first.end() - 1);
  for (size_t row = 0; row < codes.size(); ++row) {
    if (!counts(row)) continue;
    const size_t part = PartedRowIndex::PartOf(static_cast<Code>(codes[row]));
    sorted.rows[next[part]++] = static_cast<uint16_t>(row);
  }
  return sorted;
}

absl::Status LinkBuilder::Build(Column code, ColumnSet columns, PartedRowIndex* index) {
  for (const Column column : kLinkColumnList) {
    if ((columns & Bit(column)) != 0) Values(column).resize(numbers_.size());
  }
  sorted_.assign(numbers_.size(), {});
  absl::Status status = ForEachInParallel(*workers_, numbers_.size(), [&](size_t i) {
    const FactChunk& chunk = rows_->chunk(numbers_[i]);
    sorted_[i] = SortByPart(chunk, code);
    for (const Column column : kLinkColumnList) {
      if ((columns & Bit(column)) == 0 || !Values(column)[i].empty()) continue;
      Values(column)[i].assign(chunk.size(), WithoutLink(column));
    }
  });
  if (!status.ok()) return status;
  std::mutex mutex;  // Guards what parts are done with: their memory is for the next ones.
  std::vector<std::unique_ptr<Part>> spare;
  status = ForEachInParallel(*workers_, PartedRowIndex::kParts, [&](size_t part) {
    std::unique_ptr<Part> work;
    {
      const std::lock_guard lock(mutex);
      if (!spare.empty()) {
        work = std::move(spare.back());
        spare.pop_back();
      }
    }
    if (work == nullptr) work = std::make_unique<Part>();
    work->code = code;
    work->columns = columns;
    work->index = index == nullptr ? nullptr : &index->part(part);
    BuildPart(part, work.get());
    const std::lock_guard lock(mutex);
    spare.push_back(std::move(work));
  });
  sorted_.clear();
  return status;
}

void LinkBuilder::ReadChunk(size_t chunk_index, std::span<const uint16_t> rows, Part* work) const {
  const FactChunk& chunk = rows_->chunk(numbers_[chunk_index]);
  const size_t first = work->entries.size();
  work->entries.resize(first + rows.size());
  Entry* const entries = work->entries.data() + first;
  std::vector<int64_t> values(rows.size());
  const auto each = [&](Column column, const auto& set) {
    if (chunk.column(column).AllZero()) return;
    chunk.column(column).Gather(0, rows.data(), rows.size(), values.data());
    for (size_t i = 0; i < rows.size(); ++i) set(&entries[i], values[i]);
  };
  each(Column::kArrive, [](Entry* entry, int64_t value) { entry->contact.arrive = value; });
  each(Column::kRowKey, [](Entry* entry, int64_t value) { entry->key = value; });
  each(work->code, [](Entry* entry, int64_t value) { entry->code = static_cast<Code>(value); });
  for (size_t i = 0; i < rows.size(); ++i) {
    entries[i].chunk = static_cast<uint32_t>(chunk_index);
    entries[i].row = rows[i];
    entries[i].contact.end = entries[i].contact.arrive;
  }
  if (work->columns == 0) return;
  const auto set_code = [&](Column column, Code LinkedContact::*field) {
    each(column, [field](Entry* entry, int64_t value) {
      entry->contact.*field = static_cast<Code>(value);
    });
  };
  each(Column::kEndOffset, [](Entry* entry, int64_t value) { entry->contact.end += value; });
  each(Column::kStatus, [](Entry* entry, int64_t value) {
    const auto status = static_cast<uint8_t>(value);
    entry->contact.outcome = static_cast<Outcome>(KindOfStatus(status));
    entry->contact.inbound =
        static_cast<Direction>(DirectionOfStatus(status)) != Direction::kOutbound;
  });
  set_code(Column::kConversation, &LinkedContact::conversation);
  set_code(Column::kCase, &LinkedContact::case_code);
  if ((work->columns & Bit(Column::kRepeatGapSameQueue)) != 0) {
    set_code(Column::kQueue, &LinkedContact::queue);
  }
}

// All entries of a part in the order (arrive, row_key).
void LinkBuilder::ReadPart(size_t part, Part* work) const {
  size_t count = 0;
  for (const Sorted& sorted : sorted_) count += sorted.first[part + 1] - sorted.first[part];
  std::vector<Entry>& entries = work->entries;
  entries.clear();
  entries.reserve(count);
  const auto before = [](const Entry& a, const Entry& b) {
    return std::tie(a.contact.arrive, a.key) < std::tie(b.contact.arrive, b.key);
  };
  for (size_t i = 0; i < numbers_.size();) {
    const auto first = static_cast<ptrdiff_t>(entries.size());
    size_t end = i;
    for (; end < numbers_.size() && periods_[end] == periods_[i]; ++end) {
      const Sorted& sorted = sorted_[end];
      const std::span<const uint16_t> rows(sorted.rows.data() + sorted.first[part],
                                           sorted.first[part + 1] - sorted.first[part]);
      if (!rows.empty()) ReadChunk(end, rows, work);
    }
    // Chunks of a period are in order themselves.
    if (end > i + 1 && !std::is_sorted(entries.begin() + first, entries.end(), before)) {
      std::sort(entries.begin() + first, entries.end(), before);
    }
    // Now, as keys of a day are near to each other.
    for (auto entry = entries.begin() + first; work->index != nullptr && entry != entries.end();
         ++entry) {
      entry->handle = rows_->keys().Find(entry->key);
    }
    i = end;
  }
}

void LinkBuilder::OrderByCode(Part* work) {
  const std::vector<Entry>& entries = work->entries;
  work->order.resize(entries.size());
  size_t places = 0;
  for (const Entry& entry : entries) places = std::max(places, PlaceInPart(entry.code) + 1);
  if (places > kSparseness * entries.size()) {
    std::iota(work->order.begin(), work->order.end(), 0U);
    std::stable_sort(work->order.begin(), work->order.end(),
                     [&](uint32_t a, uint32_t b) { return entries[a].code < entries[b].code; });
    return;
  }
  std::vector<uint32_t> next(places + 1);
  for (const Entry& entry : entries) ++next[PlaceInPart(entry.code) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (uint32_t i = 0; i < entries.size(); ++i) {
    work->order[next[PlaceInPart(entries[i].code)]++] = i;
  }
}

void LinkBuilder::BuildPart(size_t part, Part* work) {
  ReadPart(part, work);
  OrderByCode(work);
  const std::span<const uint32_t> order(work->order);
  for (size_t first = 0; first < order.size();) {
    const Code code = work->entries[order[first]].code;
    size_t last = first + 1;
    while (last < order.size() && work->entries[order[last]].code == code) ++last;
    const auto chain = order.subspan(first, last - first);
    if (work->index != nullptr) {
      work->handles.clear();
      for (const uint32_t i : chain) work->handles.push_back(work->entries[i].handle);
      work->index->Assign(code, work->handles);
    }
    if (work->columns != 0) LinkContacts(chain, work);
    first = last;
  }
}

void LinkBuilder::LinkContacts(std::span<const uint32_t> chain, Part* work) {
  work->contacts.clear();
  for (const uint32_t i : chain) work->contacts.push_back(work->entries[i].contact);
  const bool of_case = work->code == Column::kCase;
  const auto write = [&](Column column, std::span<const int64_t> values, auto counts) {
    std::vector<std::vector<int64_t>>& all = Values(column);
    for (size_t i = 0; i < chain.size(); ++i) {
      const Entry& entry = work->entries[chain[i]];
      if (counts(entry.contact)) all[entry.chunk][entry.row] = values[i];
    }
  };
  const auto any = [](const LinkedContact&) { return true; };
  if (!of_case) {
    for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue}) {
      if ((work->columns & Bit(column)) == 0) continue;
      const bool same_queue = column == Column::kRepeatGapSameQueue;
      write(column, work->rules.RepeatGaps(work->contacts, same_queue), any);
    }
  }
  if ((work->columns & Bit(Column::kSincePrevious)) != 0) {
    // Those of a case are judged by the case.
    write(Column::kSincePrevious, work->rules.SincePrevious(work->contacts),
          [&](const LinkedContact& contact) { return of_case || contact.case_code == kNoCode; });
  }
  if (of_case && (work->columns & Bit(Column::kCaseState)) != 0) {
    write(Column::kCaseState, work->rules.CaseStates(work->contacts), any);
  }
}

absl::Status LinkBuilder::Pack(Column column, std::vector<PackedColumn>* packed) {
  packed->resize(numbers_.size());
  return ForEachInParallel(*workers_, numbers_.size(), [&](size_t i) {
    const std::vector<int64_t> own = std::exchange(Values(column)[i], {});
    (*packed)[i] = IsTime(column) ? PackedColumn(own, PackedColumn::kTimeUnits) : PackedColumn(own);
  });
}

}  // namespace kpid::metrics
