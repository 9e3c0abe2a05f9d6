#include "metrics/contact_links.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace kpid::metrics {
namespace {

using Chunks = std::span<const std::shared_ptr<const InteractionChunk>>;

size_t RowsOf(Chunks chunks) {
  size_t rows = 0;
  for (const auto& chunk : chunks) rows += chunk->size();
  return rows;
}

// Columns of one chunk at a time, decoded.
class ChunkReader {
 public:
  explicit ChunkReader(const InteractionChunk& chunk) : chunk_(chunk) {}

  std::vector<int64_t> Read(Column column) const {
    std::vector<int64_t> values(chunk_.size());
    chunk_.column(column).Decode(0, values.size(), values.data());
    return values;
  }

 private:
  const InteractionChunk& chunk_;
};

Outcome OutcomeOf(int64_t status) {
  return static_cast<Outcome>(KindOfStatus(static_cast<uint8_t>(status)));
}
bool IsInbound(int64_t status) {
  return static_cast<Direction>(DirectionOfStatus(static_cast<uint8_t>(status))) !=
         Direction::kOutbound;
}

// An inbound contact of a known customer.
struct Contact {
  int64_t arrive = 0;
  int64_t end = kAbsent;  // Of handled ones.
  uint32_t row = 0;
  Code conversation = kNoCode;

  bool SameConversation(const Contact& other) const {
    return conversation != kNoCode && conversation == other.conversation;
  }
};

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
  size_t row = 0;
  *chains = 0;
  for (const auto& chunk : chunks) {
    const ChunkReader reader(*chunk);
    const auto customer = reader.Read(Column::kCustomer);
    const auto status = reader.Read(Column::kStatus);
    const auto queue = same_queue ? reader.Read(Column::kQueue) : std::vector<int64_t>();
    for (size_t i = 0; i < chunk->size(); ++i, ++row) {
      if (customer[i] == kNoCode || !IsInbound(status[i])) continue;
      const uint64_t code = static_cast<uint64_t>(customer[i]);
      chain_of[row] =
          numbering.Of(same_queue ? code << 32 | static_cast<uint64_t>(queue[i]) : code);
      *chains = std::max<size_t>(*chains, size_t{chain_of[row]} + 1);
    }
  }
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
  uint32_t row = 0;
  for (const auto& chunk : chunks) {
    const ChunkReader reader(*chunk);
    const auto arrive = reader.Read(Column::kArrive);
    const auto status = reader.Read(Column::kStatus);
    const auto end_offset = reader.Read(Column::kEndOffset);
    const auto conversation = reader.Read(Column::kConversation);
    for (size_t i = 0; i < chunk->size(); ++i, ++row) {
      if (chain_of[row] == kNoChain) continue;
      Contact& contact = chains.contacts[next[chain_of[row]]++];
      contact.arrive = arrive[i];
      contact.row = row;
      contact.conversation = static_cast<Code>(conversation[i]);
      if (OutcomeOf(status[i]) == Outcome::kHandled) contact.end = arrive[i] + end_offset[i];
    }
  }
  return chains;
}

// Writes the gap of each handled contact of one chain.
void WriteGaps(std::span<const Contact> chain, std::vector<size_t>* next_other,
               std::vector<int64_t>* gaps) {
  // next_other[i]: first contact after i in another conversation than i's, so that a long
  // conversation is passed over in one step.
  next_other->resize(chain.size());
  for (size_t i = chain.size(); i-- > 0;) {
    const bool same = i + 1 < chain.size() && chain[i].SameConversation(chain[i + 1]);
    (*next_other)[i] = same ? (*next_other)[i + 1] : i + 1;
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    const Contact& base = chain[i];
    if (base.end == kAbsent) continue;
    size_t next = i + 1;
    if (next < chain.size() && chain[next].arrive < base.end) {
      next = static_cast<size_t>(
          std::partition_point(chain.begin() + static_cast<ptrdiff_t>(next), chain.end(),
                               [&](const Contact& c) { return c.arrive < base.end; }) -
          chain.begin());
    }
    if (next < chain.size() && chain[next].SameConversation(base)) next = (*next_other)[next];
    if (next < chain.size()) (*gaps)[base.row] = chain[next].arrive - base.end;
  }
}

}  // namespace

const std::vector<PackedColumn>& ContactLinks::column(Column column) const {
  switch (column) {
    case Column::kRepeatGap:
      std::call_once(repeat_gap_.once, [&] { repeat_gap_.columns = RepeatGaps(false); });
      return repeat_gap_.columns;
    case Column::kRepeatGapSameQueue:
      std::call_once(repeat_gap_same_queue_.once,
                     [&] { repeat_gap_same_queue_.columns = RepeatGaps(true); });
      return repeat_gap_same_queue_.columns;
    case Column::kSincePrevious:
      std::call_once(since_previous_.once, [&] { since_previous_.columns = SincePrevious(); });
      return since_previous_.columns;
    default:
      assert(column == Column::kCaseState);
      std::call_once(case_state_.once, [&] { case_state_.columns = CaseStates(); });
      return case_state_.columns;
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
  size_t row = 0;
  for (const auto& chunk : chunks_) {
    const ChunkReader reader(*chunk);
    const auto arrive = reader.Read(Column::kArrive);
    const auto status = reader.Read(Column::kStatus);
    const auto end_offset = reader.Read(Column::kEndOffset);
    const auto customer = reader.Read(Column::kCustomer);
    const auto case_code = reader.Read(Column::kCase);
    for (size_t i = 0; i < chunk->size(); ++i, ++row) {
      if (OutcomeOf(status[i]) != Outcome::kHandled) continue;
      const int64_t end = arrive[i] + end_offset[i];
      int64_t previous = kNever;
      if (customer[i] != kNoCode) {
        previous = enter(&end_of_customer, customers.Of(static_cast<uint64_t>(customer[i])), end);
      }
      if (case_code[i] != kNoCode) {
        previous = enter(&end_of_case, cases.Of(static_cast<uint64_t>(case_code[i])), end);
      }
      if (previous != kNever) since[row] = std::max<int64_t>(0, arrive[i] - previous);
    }
  }
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
  uint32_t row = 0;
  for (const auto& chunk : chunks_) {
    const ChunkReader reader(*chunk);
    const auto case_code = reader.Read(Column::kCase);
    const auto status = reader.Read(Column::kStatus);
    for (size_t i = 0; i < chunk->size(); ++i, ++row) {
      if (case_code[i] == kNoCode) continue;
      Case& entry = EntryOf(&cases, numbering.Of(static_cast<uint64_t>(case_code[i])), Case{});
      if (entry.size++ == 0) entry.first_row = row;
      entry.pending |= OutcomeOf(status[i]) == Outcome::kInProgress;
    }
  }
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
