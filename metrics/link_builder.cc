#include "metrics/link_builder.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "metrics/contact_links.h"
#include "metrics/interaction_chunk.h"

namespace kpid::metrics {
namespace {

// Lists of codes that are not much more than the entries are found by counting; others by sorting.
constexpr size_t kSparseness = 8;

// Entries of a slice, about: they are gone through in the order of codes, and stay in the cache.
constexpr size_t kEntriesPerSlice = 16'384;
constexpr size_t kSlicesMin = 2;  // So that small stores go the same way.
constexpr size_t kSlicesMax = 64;

// Page of a code among those of its part.
size_t PageInPart(Code code) { return (code >> RowIndex::kPageBits) / PartedRowIndex::kParts; }

}  // namespace

LinkBuilder::LinkBuilder(const ChunkSet* rows, const Workers* workers)
    : rows_(rows),
      workers_(workers),
      slices_(std::clamp<size_t>(rows->size() / PartedRowIndex::kParts / kEntriesPerSlice,
                                 kSlicesMin, kSlicesMax)) {
  for (const auto& [period, own] : rows_->periods()) {
    for (const uint32_t number : own) {
      numbers_.push_back(number);
      periods_.push_back(period);
    }
  }
}

size_t LinkBuilder::IndexOf(Column column) {
  const auto* const found =
      std::find(std::begin(kLinkColumnList), std::end(kLinkColumnList), column);
  return static_cast<size_t>(found - std::begin(kLinkColumnList));
}

size_t LinkBuilder::SliceOf(Code code) const {
  return PartedRowIndex::PartOf(code) * slices_ + PageInPart(code) % slices_;
}

// A code among those of its slice, as dense as codes are.
size_t LinkBuilder::PlaceInSlice(Code code) const {
  constexpr Code kLow = (Code{1} << RowIndex::kPageBits) - 1;
  return PageInPart(code) / slices_ << RowIndex::kPageBits | (code & kLow);
}

Column LinkBuilder::FirstAsked() const {
  return *std::find_if(std::begin(kLinkColumnList), std::end(kLinkColumnList),
                       [&](Column column) { return Asked(column); });
}

// `values`: scratch.
LinkBuilder::Sorted LinkBuilder::SortBySlice(const FactChunk& chunk, bool listed,
                                             std::vector<int64_t>* values) const {
  Sorted sorted;
  sorted.first.resize(PartedRowIndex::kParts * slices_ + 1);
  if (chunk.column(code_).AllZero()) return sorted;
  values->resize(chunk.size());
  const std::span<const int64_t> all(*values);
  const auto read = [&](Column column) {
    chunk.column(column).Decode(0, chunk.size(), values->data());
  };
  read(code_);
  const auto counts = [&](size_t row) { return all[row] != kNoCode && chunk.Alive(row); };
  for (size_t row = 0; row < all.size(); ++row) {
    if (counts(row)) ++sorted.first[SliceOf(static_cast<Code>(all[row])) + 1];
  }
  std::partial_sum(sorted.first.begin(), sorted.first.end(), sorted.first.begin());
  const size_t count = sorted.first.back();
  sorted.rows.resize(count);
  sorted.codes.resize(count);
  std::vector<uint32_t> next(sorted.first.begin(), sorted.first.end() - 1);
  for (size_t row = 0; row < all.size(); ++row) {
    if (!counts(row)) continue;
    const auto code = static_cast<Code>(all[row]);
    const uint32_t place = next[SliceOf(code)]++;
    sorted.rows[place] = static_cast<uint16_t>(row);
    sorted.codes[place] = code;
  }
  const auto sort = [&](Column column, auto* out) {
    read(column);
    out->resize(count);
    for (size_t i = 0; i < count; ++i) {
      (*out)[i] =
          static_cast<typename std::decay_t<decltype(*out)>::value_type>(all[sorted.rows[i]]);
    }
  };
  sort(Column::kEndOffset, &sorted.end_offsets);
  sort(Column::kStatus, &sorted.statuses);
  for (const Column column : kLinkColumnList) {
    if (Asked(column)) sorted.links[IndexOf(column)].assign(count, WithoutLink(column));
  }
  sort(Column::kArrive, &sorted.links[IndexOf(FirstAsked())]);
  if (!listed) return sorted;
  read(Column::kRowKey);
  sorted.handles = HandlesOf(all, sorted.rows);
  return sorted;
}

// Found in the order of the chunk, in which keys are near to each other.
std::vector<uint32_t> LinkBuilder::HandlesOf(std::span<const int64_t> keys,
                                             std::span<const uint16_t> rows) const {
  std::vector<uint32_t> of_chunk;
  of_chunk.reserve(keys.size());
  KeyPages::Near near(&rows_->keys());
  for (const int64_t key : keys) of_chunk.push_back(near.Find(key));
  std::vector<uint32_t> handles;
  handles.reserve(rows.size());
  for (const uint16_t row : rows) handles.push_back(of_chunk[row]);
  return handles;
}

bool LinkBuilder::AloneInPeriod(size_t chunk) const {
  return (chunk == 0 || periods_[chunk - 1] != periods_[chunk]) &&
         (chunk + 1 == periods_.size() || periods_[chunk + 1] != periods_[chunk]);
}

absl::Status LinkBuilder::Build(Column code, ColumnSet columns, PartedRowIndex* index) {
  code_ = code;
  columns_ = columns;
  sorted_.assign(numbers_.size(), {});
  ScratchPool<std::vector<int64_t>> scratch;
  absl::Status status = ForEachInParallel(*workers_, numbers_.size(), [&](size_t i) {
    scratch.With([&](std::vector<int64_t>* values) {
      sorted_[i] = SortBySlice(rows_->chunk(numbers_[i]), index != nullptr, values);
    });
  });
  if (status.ok()) status = BuildParts(index);
  if (!status.ok()) return status;
  for (const Column column : kLinkColumnList) {
    if (Asked(column)) Values(column).resize(numbers_.size());
  }
  status = ForEachInParallel(*workers_, numbers_.size(), [&](size_t i) {
    const Sorted sorted = std::exchange(sorted_[i], {});
    for (const Column column : kLinkColumnList) {
      if (!Asked(column)) continue;
      std::vector<int64_t>& values = Values(column)[i];
      if (values.empty()) values.assign(rows_->chunk(numbers_[i]).size(), WithoutLink(column));
      const std::vector<int64_t>& links = sorted.links[IndexOf(column)];
      for (size_t k = 0; k < links.size(); ++k) values[sorted.rows[k]] = links[k];
    }
  });
  sorted_.clear();
  return status;
}

absl::Status LinkBuilder::BuildParts(PartedRowIndex* index) {
  ScratchPool<Part> parts;
  return ForEachInParallel(*workers_, PartedRowIndex::kParts, [&](size_t part) {
    parts.With([&](Part* work) {
      work->index = index == nullptr ? nullptr : &index->part(part);
      for (size_t slice = 0; slice < slices_; ++slice) BuildSlice(part * slices_ + slice, work);
    });
  });
}

void LinkBuilder::ReadChunk(size_t chunk_index, size_t slice, Part* work) {
  Sorted& sorted = sorted_[chunk_index];
  const size_t place = sorted.first[slice];
  const size_t count = sorted.first[slice + 1] - place;
  if (count == 0) return;
  const size_t first = work->entries.size();
  work->entries.resize(first + count);
  Entry* const entries = work->entries.data() + first;
  int64_t* const arrives = sorted.links[IndexOf(FirstAsked())].data() + place;
  for (size_t i = 0; i < count; ++i) {
    Entry& entry = entries[i];
    const uint8_t status = sorted.statuses[place + i];
    entry.contact.arrive = arrives[i];
    entry.contact.end = arrives[i] + sorted.end_offsets[place + i];
    entry.contact.outcome = static_cast<Outcome>(KindOfStatus(status));
    entry.contact.inbound =
        static_cast<Direction>(DirectionOfStatus(status)) != Direction::kOutbound;
    entry.chunk = static_cast<uint32_t>(chunk_index);
    entry.place = static_cast<uint32_t>(place + i);
    entry.code = sorted.codes[place + i];
    if (work->index != nullptr) entry.handle = sorted.handles[place + i];
    arrives[i] = WithoutLink(FirstAsked());
  }
  const FactChunk& chunk = rows_->chunk(numbers_[chunk_index]);
  const std::span<const uint16_t> rows = std::span(sorted.rows).subspan(place, count);
  work->values.resize(count);
  int64_t* const values = work->values.data();
  const auto each = [&](Column column, const auto& set) {
    if (chunk.column(column).AllZero()) return;
    chunk.column(column).Gather(0, rows.data(), count, values);
    for (size_t i = 0; i < count; ++i) set(&entries[i], values[i]);
  };
  const auto set_code = [&](Column column, Code LinkedContact::*field) {
    each(column, [field](Entry* entry, int64_t value) {
      entry->contact.*field = static_cast<Code>(value);
    });
  };
  // Only what decides between chunks: rows of one are in order.
  if (!AloneInPeriod(chunk_index)) {
    each(Column::kRowKey, [](Entry* entry, int64_t value) { entry->key = value; });
  }
  set_code(Column::kConversation, &LinkedContact::conversation);
  if (Asked(Column::kSincePrevious)) set_code(Column::kCase, &LinkedContact::case_code);
  if (Asked(Column::kRepeatGapSameQueue)) set_code(Column::kQueue, &LinkedContact::queue);
}

// All entries of a slice in the order (arrive, row_key).
void LinkBuilder::ReadSlice(size_t slice, Part* work) {
  size_t count = 0;
  for (const Sorted& sorted : sorted_) count += sorted.first[slice + 1] - sorted.first[slice];
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
      ReadChunk(end, slice, work);
    }
    // Chunks of a period are in order themselves.
    if (end > i + 1 && !std::is_sorted(entries.begin() + first, entries.end(), before)) {
      std::sort(entries.begin() + first, entries.end(), before);
    }
    i = end;
  }
}

void LinkBuilder::OrderByCode(Part* work) const {
  const std::vector<Entry>& entries = work->entries;
  work->order.resize(entries.size());
  size_t places = 0;
  for (const Entry& entry : entries) places = std::max(places, PlaceInSlice(entry.code) + 1);
  if (places > kSparseness * entries.size()) {
    std::iota(work->order.begin(), work->order.end(), 0U);
    std::stable_sort(work->order.begin(), work->order.end(),
                     [&](uint32_t a, uint32_t b) { return entries[a].code < entries[b].code; });
    return;
  }
  std::vector<uint32_t> next(places + 1);
  for (const Entry& entry : entries) ++next[PlaceInSlice(entry.code) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  for (uint32_t i = 0; i < entries.size(); ++i) {
    work->order[next[PlaceInSlice(entries[i].code)]++] = i;
  }
}

void LinkBuilder::BuildSlice(size_t slice, Part* work) {
  ReadSlice(slice, work);
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
    LinkContacts(chain, work);
    first = last;
  }
}

void LinkBuilder::LinkContacts(std::span<const uint32_t> chain, Part* work) {
  work->contacts.clear();
  for (const uint32_t i : chain) work->contacts.push_back(work->entries[i].contact);
  const bool of_case = code_ == Column::kCase;
  const auto write = [&](Column column, std::span<const int64_t> values, auto counts) {
    for (size_t i = 0; i < chain.size(); ++i) {
      const Entry& entry = work->entries[chain[i]];
      if (!counts(entry.contact)) continue;
      sorted_[entry.chunk].links[IndexOf(column)][entry.place] = values[i];
    }
  };
  const auto any = [](const LinkedContact&) { return true; };
  if (!of_case) {
    for (const Column column : {Column::kRepeatGap, Column::kRepeatGapSameQueue}) {
      if (!Asked(column)) continue;
      const bool same_queue = column == Column::kRepeatGapSameQueue;
      write(column, work->rules.RepeatGaps(work->contacts, same_queue), any);
    }
  }
  if (Asked(Column::kSincePrevious)) {
    // Those of a case are judged by the case.
    write(Column::kSincePrevious, work->rules.SincePrevious(work->contacts),
          [&](const LinkedContact& contact) { return of_case || contact.case_code == kNoCode; });
  }
  if (of_case && Asked(Column::kCaseState)) {
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
