#include "metrics/survey_columns.h"

#include <algorithm>
#include <tuple>

#include "metrics/merged_rows.h"

namespace kpid::metrics {
namespace {

int64_t Microseconds(const std::optional<Instant>& instant) {
  return instant.has_value() ? instant->time_since_epoch().count() : kAbsent;
}

void WriteRow(const SurveyFact& fact, size_t row, ChunkWriter* writer) {
  const bool answered = fact.respond.has_value() && fact.score_thousandths.has_value();
  writer->Set(row, Column::kRowKey, fact.row_key);
  writer->Set(row, Column::kStatus,
              MakeStatus(static_cast<uint8_t>(fact.kind), fact.channel, fact.direction));
  writer->Set(row, Column::kAgent, fact.agent);
  writer->Set(row, Column::kQueue, fact.queue);
  writer->Set(row, Column::kCustomer, fact.customer);
  writer->Set(row, Column::kRespond, Microseconds(fact.respond));
  writer->Set(row, Column::kInvite,
              Microseconds(fact.invite.has_value() ? fact.invite : fact.respond));
  writer->Set(row, Column::kScore, answered ? *fact.score_thousandths : kAbsent);
  writer->Set(row, Column::kScaleMinimum, fact.scale_minimum_thousandths);
  writer->Set(row, Column::kScaleMaximum, fact.scale_maximum_thousandths);
}

int64_t OrderOf(const SurveyFact& fact) {
  return Microseconds(fact.respond.has_value() ? fact.respond : fact.invite);
}

bool Before(const SurveyFact* a, const SurveyFact* b) {
  return std::tuple(OrderOf(*a), a->row_key) < std::tuple(OrderOf(*b), b->row_key);
}

}  // namespace

std::shared_ptr<SurveyChunk> SurveyChunk::Pack(std::span<const SurveyFact*> rows) {
  std::sort(rows.begin(), rows.end(), Before);
  ChunkWriter writer(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) WriteRow(*rows[row], row, &writer);
  auto chunk = std::make_shared<SurveyChunk>();
  writer.Pack(chunk.get());
  return chunk;
}

std::vector<int64_t> SurveyChunk::OrderOf(const FactChunk& chunk) {
  std::vector<int64_t> times = ValuesOf(chunk, Column::kRespond);
  const std::vector<int64_t> invited = ValuesOf(chunk, Column::kInvite);
  for (size_t row = 0; row < times.size(); ++row) {
    if (times[row] == kAbsent) times[row] = invited[row];
  }
  return times;
}

SurveyColumns::SurveyColumns(const std::vector<SurveyFact>& facts) {
  std::vector<const SurveyFact*> rows;
  for (const SurveyFact& fact : facts) rows.push_back(&fact);
  std::sort(rows.begin(), rows.end(), Before);
  for (size_t first = 0; first < rows.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, rows.size() - first);
    chunks_.push_back(SurveyChunk::Pack(std::span(rows).subspan(first, count)));
  }
}

}  // namespace kpid::metrics
