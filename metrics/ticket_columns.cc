#include "metrics/ticket_columns.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace kpid::metrics {
namespace {

int64_t Microseconds(const std::optional<Instant>& instant) {
  return instant.has_value() ? instant->time_since_epoch().count() : kAbsent;
}

void WriteRow(const TicketFact& fact, size_t row, ChunkWriter* writer) {
  const int64_t open = fact.open.time_since_epoch().count();
  const int64_t response = Microseconds(fact.first_response);
  const int64_t last_resolve = Microseconds(fact.last_resolve);
  writer->Set(row, Column::kRowKey, fact.row_key);
  writer->Set(row, Column::kStatus, MakeStatus(0, fact.channel, Direction::kNone));
  writer->Set(row, Column::kAgent, fact.agent);
  writer->Set(row, Column::kQueue, fact.queue);
  writer->Set(row, Column::kPriority, fact.priority);
  writer->Set(row, Column::kCustomer, fact.customer);
  writer->Set(row, Column::kOpen, open);
  writer->Set(row, Column::kFirstResolve,
              fact.first_resolve.has_value() ? Microseconds(fact.first_resolve) : last_resolve);
  writer->Set(row, Column::kLastResolve, last_resolve);
  // kAbsent is the greatest number.
  writer->Set(row, Column::kFinished, std::min(last_resolve, Microseconds(fact.close)));
  writer->Set(row, Column::kFirstResponseDelay, response == kAbsent ? kAbsent : response - open);
  writer->Set(row, Column::kReopens, fact.reopen_count);
}

}  // namespace

TicketColumns::TicketColumns(std::vector<TicketFact> facts) {
  std::sort(facts.begin(), facts.end(), [](const TicketFact& a, const TicketFact& b) {
    return std::tie(a.open, a.row_key) < std::tie(b.open, b.row_key);
  });
  for (size_t first = 0; first < facts.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, facts.size() - first);
    ChunkWriter writer(count);
    for (size_t row = 0; row < count; ++row) WriteRow(facts[first + row], row, &writer);
    auto chunk = std::make_shared<TicketChunk>();
    writer.Pack(chunk.get());
    chunks_.push_back(std::move(chunk));
  }
}

}  // namespace kpid::metrics
