#include "metrics/ticket_columns.h"

#include <algorithm>
#include <tuple>

#include "metrics/merged_rows.h"

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

bool Before(const TicketFact* a, const TicketFact* b) {
  return std::tie(a->open, a->row_key) < std::tie(b->open, b->row_key);
}

}  // namespace

std::shared_ptr<TicketChunk> TicketChunk::Pack(std::span<const TicketFact*> rows) {
  std::sort(rows.begin(), rows.end(), Before);
  ChunkWriter writer(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) WriteRow(*rows[row], row, &writer);
  auto chunk = std::make_shared<TicketChunk>();
  writer.Pack(chunk.get());
  return chunk;
}

std::vector<int64_t> TicketChunk::OrderOf(const FactChunk& chunk) {
  return ValuesOf(chunk, Column::kOpen);
}

TicketColumns::TicketColumns(const std::vector<TicketFact>& facts) {
  std::vector<const TicketFact*> rows;
  for (const TicketFact& fact : facts) rows.push_back(&fact);
  std::sort(rows.begin(), rows.end(), Before);
  for (size_t first = 0; first < rows.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, rows.size() - first);
    chunks_.push_back(TicketChunk::Pack(std::span(rows).subspan(first, count)));
  }
}

}  // namespace kpid::metrics
