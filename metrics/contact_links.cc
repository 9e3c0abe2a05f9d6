#include "metrics/contact_links.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "metrics/contact_chain.h"

namespace kpid::metrics {
namespace {

using Chunks = std::span<const std::shared_ptr<const InteractionChunk>>;

size_t RowsOf(Chunks chunks) {
  size_t rows = 0;
  for (const auto& chunk : chunks) rows += chunk->size();
  return rows;
}

// The chunks of one day at a time, decoded.
class DayReader {
 public:
  DayReader(Chunks day, size_t first_row) : day_(day), rows_(RowsOf(day)) {
    order_.resize(rows_);
    std::iota(order_.begin(), order_.end(), 0U);
    if (day.size() > 1) {
      const std::vector<int64_t> arrive = Read(Column::kArrive);
      const std::vector<int64_t> row_key = Read(Column::kRowKey);
      std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
        return std::tie(arrive[a], row_key[a]) < std::tie(arrive[b], row_key[b]);
      });
    }
    LeaveOutDead();
    first_row_ = first_row;
  }

  // Rows that are alive in the order (arrive, row_key), as places in what Read gives.
  std::span<const uint32_t> order() const { return order_; }

  // Number among the rows of all chunks of a place.
  uint32_t row(uint32_t place) const { return static_cast<uint32_t>(first_row_ + place); }

  std::vector<int64_t> Read(Column column) const {
    std::vector<int64_t> values(rows_);
    size_t first = 0;
    for (const auto& chunk : day_) {
      chunk->column(column).Decode(0, chunk->size(), values.data() + first);
      first += chunk->size();
    }
    return values;
  }

 private:
  void LeaveOutDead() {
    std::vector<bool> dead;
    size_t first = 0;
    for (const auto& chunk : day_) {
      for (size_t row = 0; chunk->dead() != nullptr && row < chunk->size(); ++row) {
        if (chunk->Alive(row)) continue;
        dead.resize(rows_);
        dead[first + row] = true;
      }
      first += chunk->size();
    }
    if (!dead.empty()) std::erase_if(order_, [&](uint32_t place) { return dead[place]; });
  }

  Chunks day_;
  size_t rows_;
  size_t first_row_ = 0;
  std::vector<uint32_t> order_;
};

// Calls read_day(const DayReader&) for each day, in order.
template <class ReadDay>
void ForEachDay(Chunks chunks, ReadDay read_day) {
  size_t first_row = 0;
  for (size_t begin = 0; begin < chunks.size();) {
    size_t end = begin + 1;
    while (end < chunks.size() && chunks[end]->day() == chunks[begin]->day()) ++end;
    const Chunks day = chunks.subspan(begin, end - begin);
    read_day(DayReader(day, first_row));
    first_row += RowsOf(day);
    begin = end;
  }
}

Outcome OutcomeOf(int64_t status) {
  return static_cast<Outcome>(KindOfStatus(static_cast<uint8_t>(status)));
}
bool IsInbound(int64_t status) {
  return static_cast<Direction>(DirectionOfStatus(static_cast<uint8_t>(status))) !=
         Direction::kOutbound;
}

// Small numbers for codes (or pairs of them), to index arrays by. Codes that are not much greater
// than the number of rows stand for themselves; others are numbered as they come.
class Numbering {
 public:
  // `greatest`: of the keys that will be asked for.
  Numbering(uint64_t greatest, size_t rows)
      : dense_(greatest <= kSparseness * static_cast<uint64_t>(rows)) {}

  uint32_t Of(uint64_t key) {
    if (dense_) return static_cast<uint32_t>(key);
    return numbers_.try_emplace(key, static_cast<uint32_t>(numbers_.size())).first->second;
  }

 private:
  static constexpr uint64_t kSparseness = 8;  // About what a hash table takes for an entry.

  bool dense_;
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
};

uint64_t GreatestOf(Chunks chunks, Column column) {
  int64_t greatest = 0;
  for (const auto& chunk : chunks) greatest = std::max(greatest, chunk->column(column).maximum());
  return static_cast<uint64_t>(greatest);
}

// The entry of a number in an array that grows as numbers come.
template <class Entry>
Entry& EntryOf(std::vector<Entry>* entries, uint32_t number, const Entry& fresh) {
  if (entries->size() <= number) entries->resize(size_t{number} * 3 / 2 + 1, fresh);
  return (*entries)[number];
}

constexpr uint32_t kNoChain = ~uint32_t{0};

// For each row the number of the chain (customer, or customer and queue) that it belongs to;
// kNoChain for rows that no one can come back after. *chains: how many there are.
std::vector<uint32_t> ChainOfRows(Chunks chunks, bool same_queue, size_t* chains) {
  std::vector<uint32_t> chain_of(RowsOf(chunks), kNoChain);
  Numbering numbering(same_queue ? ~uint64_t{0} : GreatestOf(chunks, Column::kCustomer),
                      chain_of.size());
  *chains = 0;
  ForEachDay(chunks, [&](const DayReader& reader) {
    const auto customer = reader.Read(Column::kCustomer);
    const auto status = reader.Read(Column::kStatus);
    const auto queue = same_queue ? reader.Read(Column::kQueue) : std::vector<int64_t>();
    for (const uint32_t i : reader.order()) {
      if (customer[i] == kNoCode || !IsInbound(status[i])) continue;
      const uint64_t code = static_cast<uint64_t>(customer[i]);
      uint32_t& chain = chain_of[reader.row(i)];
      chain = numbering.Of(same_queue ? code << 32 | static_cast<uint64_t>(queue[i]) : code);
      *chains = std::max<size_t>(*chains, size_t{chain} + 1);
    }
  });
  return chain_of;
}

// All contacts, chain by chain, each in the order of rows. Those of chain c are
// contacts[first[c] .. first[c + 1]).
struct Chains {
  std::vector<size_t> first;
  std::vector<Contact> contacts;
};

Chains MakeChains(Chunks chunks, bool same_queue) {
  size_t count = 0;
  const std::vector<uint32_t> chain_of = ChainOfRows(chunks, same_queue, &count);
  Chains chains;
  chains.first.resize(count + 1);
  for (const uint32_t chain : chain_of) {
    if (chain != kNoChain) ++chains.first[chain + 1];
  }
  for (size_t c = 0; c < count; ++c) chains.first[c + 1] += chains.first[c];
  chains.contacts.resize(chains.first.back());
  std::vector<size_t> next(chains.first.begin(), chains.first.end() - 1);
  ForEachDay(chunks, [&](const DayReader& reader) {
    const auto arrive = reader.Read(Column::kArrive);
    const auto status = reader.Read(Column::kStatus);
    const auto end_offset = reader.Read(Column::kEndOffset);
    const auto conversation = reader.Read(Column::kConversation);
    for (const uint32_t i : reader.order()) {
      const uint32_t row = reader.row(i);
      if (chain_of[row] == kNoChain) continue;
      Contact& contact = chains.contacts[next[chain_of[row]]++];
      contact.arrive = arrive[i];
      contact.row = row;
      contact.conversation = static_cast<Code>(conversation[i]);
      if (OutcomeOf(status[i]) == Outcome::kHandled) contact.end = arrive[i] + end_offset[i];
    }
  });
  return chains;
}

}  // namespace

const std::vector<PackedColumn>& ContactLinks::column(Column column) const {
  Lazy& lazy = lazy_[IndexOf(column)];
  std::call_once(lazy.once, [&] { lazy.columns = Derive(column); });
  return lazy.columns;
}

size_t ContactLinks::IndexOf(Column column) {
  switch (column) {
    case Column::kRepeatGap:
      return 0;
    case Column::kRepeatGapSameQueue:
      return 1;
    case Column::kSincePrevious:
      return 2;
    default:
      assert(column == Column::kCaseState);
      return 3;
  }
}

std::vector<PackedColumn> ContactLinks::Derive(Column column) const {
  if ((kept_ & Bit(column)) != 0) {
    std::vector<PackedColumn> columns;
    columns.reserve(chunks_.size());
    for (const auto& chunk : chunks_) columns.push_back(chunk->column(column));
    return columns;
  }
  if (wanted_ != nullptr) wanted_->fetch_or(Bit(column));
  switch (column) {
    case Column::kRepeatGap:
      return RepeatGaps(false);
    case Column::kRepeatGapSameQueue:
      return RepeatGaps(true);
    case Column::kSincePrevious:
      return SincePrevious();
    default:
      return CaseStates();
  }
}

std::vector<PackedColumn> ContactLinks::PackByChunk(const std::vector<int64_t>& values,
                                                    std::span<const int64_t> units) const {
  std::vector<PackedColumn> columns;
  columns.reserve(chunks_.size());
  const std::span<const int64_t> all(values);
  size_t first = 0;
  for (const auto& chunk : chunks_) {
    columns.emplace_back(all.subspan(first, chunk->size()), units);
    first += chunk->size();
  }
  return columns;
}

std::vector<PackedColumn> ContactLinks::RepeatGaps(bool same_queue) const {
  const Chains chains = MakeChains(chunks_, same_queue);
  std::vector<int64_t> gaps(RowsOf(chunks_), kAbsent);
  std::vector<size_t> next_other;
  const std::span<const Contact> contacts(chains.contacts);
  for (size_t c = 0; c + 1 < chains.first.size(); ++c) {
    WriteGaps(contacts.subspan(chains.first[c], chains.first[c + 1] - chains.first[c]), &next_other,
              &gaps);
  }
  return PackByChunk(gaps, PackedColumn::kTimeUnits);
}

std::vector<PackedColumn> ContactLinks::SincePrevious() const {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  const size_t rows = RowsOf(chunks_);
  Numbering customers(GreatestOf(chunks_, Column::kCustomer), rows);
  Numbering cases(GreatestOf(chunks_, Column::kCase), rows);
  std::vector<int64_t> end_of_customer, end_of_case;  // Latest so far.
  // Enters an end and returns the latest one before.
  const auto enter = [&](std::vector<int64_t>* ends, uint32_t number, int64_t end) {
    int64_t& latest = EntryOf(ends, number, kNever);
    return std::exchange(latest, std::max(latest, end));
  };
  std::vector<int64_t> since(rows, kAbsent);
  ForEachDay(chunks_, [&](const DayReader& reader) {
    const auto arrive = reader.Read(Column::kArrive);
    const auto status = reader.Read(Column::kStatus);
    const auto end_offset = reader.Read(Column::kEndOffset);
    const auto customer = reader.Read(Column::kCustomer);
    const auto case_code = reader.Read(Column::kCase);
    for (const uint32_t i : reader.order()) {
      if (OutcomeOf(status[i]) != Outcome::kHandled) continue;
      const int64_t end = arrive[i] + end_offset[i];
      int64_t previous = kNever;
      if (customer[i] != kNoCode) {
        previous = enter(&end_of_customer, customers.Of(static_cast<uint64_t>(customer[i])), end);
      }
      if (case_code[i] != kNoCode) {
        previous = enter(&end_of_case, cases.Of(static_cast<uint64_t>(case_code[i])), end);
      }
      if (previous == kNever) continue;
      since[reader.row(i)] = std::max<int64_t>(0, arrive[i] - previous);
    }
  });
  return PackByChunk(since, PackedColumn::kTimeUnits);
}

std::vector<PackedColumn> ContactLinks::CaseStates() const {
  struct Case {
    uint32_t first_row = 0;
    uint32_t size = 0;
    bool pending = false;
  };
  Numbering numbering(GreatestOf(chunks_, Column::kCase), RowsOf(chunks_));
  std::vector<Case> cases;
  ForEachDay(chunks_, [&](const DayReader& reader) {
    const auto case_code = reader.Read(Column::kCase);
    const auto status = reader.Read(Column::kStatus);
    for (const uint32_t i : reader.order()) {
      if (case_code[i] == kNoCode) continue;
      Case& entry = EntryOf(&cases, numbering.Of(static_cast<uint64_t>(case_code[i])), Case{});
      if (entry.size++ == 0) entry.first_row = reader.row(i);
      entry.pending |= OutcomeOf(status[i]) == Outcome::kInProgress;
    }
  });
  std::vector<int64_t> states(RowsOf(chunks_), kCaseNone);
  for (const Case& entry : cases) {
    if (entry.size == 0) continue;
    states[entry.first_row] = entry.pending     ? kCasePending
                              : entry.size == 1 ? kCaseSingle
                                                : kCaseMany;
  }
  return PackByChunk(states, PackedColumn::kUnitOne);
}

}  // namespace kpid::metrics
