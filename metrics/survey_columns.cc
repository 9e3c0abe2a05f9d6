#include "metrics/survey_columns.h"

#include <algorithm>
#include <tuple>

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

}  // namespace

SurveyColumns::SurveyColumns(std::vector<SurveyFact> facts) {
  std::sort(facts.begin(), facts.end(), [](const SurveyFact& a, const SurveyFact& b) {
    const auto time_of = [](const SurveyFact& fact) {
      return Microseconds(fact.respond.has_value() ? fact.respond : fact.invite);
    };
    return std::tuple(time_of(a), a.row_key) < std::tuple(time_of(b), b.row_key);
  });
  for (size_t first = 0; first < facts.size(); first += kChunkRows) {
    const size_t count = std::min(kChunkRows, facts.size() - first);
    ChunkWriter writer(count);
    for (size_t row = 0; row < count; ++row) WriteRow(facts[first + row], row, &writer);
    auto chunk = std::make_shared<SurveyChunk>();
    writer.Pack(chunk.get());
    chunks_.push_back(std::move(chunk));
  }
}

}  // namespace kpid::metrics
