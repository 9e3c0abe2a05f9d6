#include "metrics/interaction_chunk.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "metrics/merged_rows.h"

namespace kpid::metrics {
namespace {

int64_t Microseconds(Instant instant) { return instant.time_since_epoch().count(); }

int64_t Between(const std::optional<Instant>& from, const std::optional<Instant>& to) {
  return from.has_value() && to.has_value() ? (*to - *from).count() : kAbsent;
}

int64_t WaitOf(const InteractionFact& fact) {
  const Instant joined = fact.enqueue.value_or(fact.arrive);
  switch (fact.outcome) {
    case Outcome::kHandled:
      return Between(joined, fact.answer);
    case Outcome::kAbandoned:
    case Outcome::kAbandonedBeforeQueue:
      return Between(joined, fact.end);
    default:
      return kAbsent;
  }
}

int64_t TalkOf(const InteractionFact& fact) {
  if (fact.talk.has_value()) return fact.talk->count();
  const int64_t connected = Between(fact.answer, fact.end);
  if (connected == kAbsent) return kAbsent;
  return std::max<int64_t>(0, connected - fact.hold.value_or(Duration{0}).count());
}

uint8_t MarksOf(const InteractionFact& fact) {
  unsigned marks = 0;
  if (fact.resolution == Resolution::kResolved) marks |= kMarkResolved;
  if (fact.resolution == Resolution::kUnresolved) marks |= kMarkUnresolved;
  if (fact.transferred) marks |= kMarkTransferred;
  if (fact.conversion_eligible) marks |= kMarkEligible;
  if (fact.converted) marks |= kMarkConverted;
  if (fact.upsell_offered) marks |= kMarkOffered;
  if (fact.upsell_accepted) marks |= kMarkAccepted;
  if (fact.customer != kNoCode) marks |= kMarkKnownCustomer;
  return static_cast<uint8_t>(marks);
}

void WriteHandling(const InteractionFact& fact, size_t row, ChunkWriter* writer) {
  const bool handled = fact.outcome == Outcome::kHandled;
  const int64_t talk = handled ? TalkOf(fact) : kAbsent;
  const int64_t hold = handled ? fact.hold.value_or(Duration{0}).count() : 0;
  const int64_t wrap_up = handled ? fact.wrap_up.value_or(Duration{0}).count() : 0;
  writer->Set(row, Column::kTalk, talk);
  writer->Set(row, Column::kHold, hold);
  writer->Set(row, Column::kWrapUp, wrap_up);
  writer->Set(row, Column::kHandle, talk == kAbsent ? kAbsent : talk + hold + wrap_up);
}

void WriteRow(const InteractionFact& fact, size_t row, ChunkWriter* writer) {
  const Direction direction =
      fact.direction == Direction::kOutbound ? Direction::kOutbound : Direction::kInbound;
  const std::optional<Instant>& responded =
      fact.first_response.has_value() ? fact.first_response : fact.answer;
  const Instant end = fact.end.value_or(fact.answer.value_or(fact.arrive));
  writer->Set(row, Column::kRowKey, fact.row_key);
  writer->Set(row, Column::kArrive, Microseconds(fact.arrive));
  writer->Set(row, Column::kStatus,
              MakeStatus(static_cast<uint8_t>(fact.outcome), fact.channel, direction));
  writer->Set(row, Column::kMarks, MarksOf(fact));
  writer->Set(row, Column::kAgent, fact.agent);
  writer->Set(row, Column::kQueue, fact.queue);
  writer->Set(row, Column::kCustomer, fact.customer);
  writer->Set(row, Column::kConversation, fact.conversation);
  writer->Set(row, Column::kCase, fact.case_code);
  writer->Set(row, Column::kWait, WaitOf(fact));
  writer->Set(row, Column::kFirstResponse, Between(fact.arrive, responded));
  writer->Set(row, Column::kEndOffset, (end - fact.arrive).count());
  WriteHandling(fact, row, writer);
  if (fact.revenue.has_value()) {
    writer->Set(row, Column::kRevenue, fact.revenue->micros);
    writer->Set(row, Column::kCurrency, fact.revenue->currency);
  }
  for (const AttributeFact& attribute : fact.attributes) {
    writer->SetAttribute(row, attribute.key, attribute.value);
  }
}

}  // namespace

std::shared_ptr<InteractionChunk> InteractionChunk::Pack(std::span<const InteractionFact*> rows) {
  std::sort(rows.begin(), rows.end(), [](const InteractionFact* a, const InteractionFact* b) {
    return std::tie(a->arrive, a->row_key) < std::tie(b->arrive, b->row_key);
  });
  ChunkWriter writer(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) WriteRow(*rows[row], row, &writer);
  auto chunk = std::make_shared<InteractionChunk>();
  writer.Pack(chunk.get());
  return chunk;
}

void InteractionChunk::Write(const InteractionFact& fact, ChunkWriter* writer) {
  WriteRow(fact, writer->AddRow(), writer);
}

std::shared_ptr<InteractionChunk> InteractionChunk::Pack(ChunkWriter* writer) {
  struct Row {
    int64_t arrive;
    int64_t key;
    uint32_t place;
  };
  std::vector<Row> rows(writer->rows());
  const auto arrive = writer->values(Column::kArrive);
  const auto keys = writer->values(Column::kRowKey);
  for (uint32_t i = 0; i < rows.size(); ++i) {
    rows[i] = {i < arrive.size() ? arrive[i] : 0, i < keys.size() ? keys[i] : 0, i};
  }
  const auto before = [](const Row& a, const Row& b) {
    return std::tie(a.arrive, a.key) < std::tie(b.arrive, b.key);
  };
  std::vector<uint32_t> order;
  if (!std::is_sorted(rows.begin(), rows.end(), before)) {
    // Rows are stored batch by batch, each in the order of time: few runs, to be merged.
    std::stable_sort(rows.begin(), rows.end(), before);
    order.reserve(rows.size());
    for (const Row& row : rows) order.push_back(row.place);
  }
  auto chunk = std::make_shared<InteractionChunk>();
  writer->PackOrdered(order, chunk.get());
  return chunk;
}

std::shared_ptr<const InteractionChunk> InteractionChunk::Merge(
    std::span<const std::shared_ptr<const InteractionChunk>> chunks) {
  if (chunks.size() == 1) return chunks.front();
  std::vector<const FactChunk*> sources;
  for (const auto& chunk : chunks) sources.push_back(chunk.get());
  auto merged = std::make_shared<InteractionChunk>();
  MergedRows(std::move(sources), &OrderOf).Pack(merged.get());
  return merged;
}

std::vector<int64_t> InteractionChunk::OrderOf(const FactChunk& chunk) {
  return ValuesOf(chunk, Column::kArrive);
}

int64_t InteractionChunk::day() const {
  return DayOf(Instant(Duration(column(Column::kArrive).minimum())));
}

}  // namespace kpid::metrics
