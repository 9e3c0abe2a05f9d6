#include "server/explain_response.h"

#include <string_view>

#include "metrics/target.h"
#include "server/interval.h"
#include "server/kpi_request.h"
#include "server/kpi_value.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::RecordKind::kAgent) == v1::RECORD_KIND_AGENT);
static_assert(v1::RecordKind_MAX == v1::RECORD_KIND_AGENT);
static_assert(static_cast<int>(metrics::Channel::kOther) == v1::CHANNEL_OTHER);

void SetValue(const metrics::Query& query, const metrics::Explanation& explanation,
              v1::KpiValue* message) {
  const metrics::ResolvedKpi& kpi = query.kpis.front();
  const metrics::FactSnapshot& snapshot = *explanation.snapshot;
  const std::string_view currency = CurrencyOf(explanation.value, explanation.currencies);
  SetKpiValue(*kpi.definition, explanation.value, currency, query.value_detail, message);
  const metrics::ValueScope scope =
      metrics::ScopeOf(query, nullptr, snapshot.roster(), snapshot.dictionaries().groups);
  const metrics::Target* target = snapshot.targets().Effective(kpi, scope, query.range.start);
  if (target != nullptr) SetTarget(metrics::Assess(*target, explanation.value, currency), message);
}

void SetGroup(const metrics::RecordGroup& group, v1::RecordGroup* message) {
  message->set_record_kind(static_cast<v1::RecordKind>(group.kind));
  message->set_role(static_cast<v1::RecordRole>(group.role));
  message->set_reason(std::string(group.reason));
  message->set_record_count(group.records);
  if (group.numerator) message->set_numerator(*group.numerator);
  if (group.denominator) message->set_denominator(*group.denominator);
}

void SetRecord(const metrics::ExplainedRecord& record, const metrics::Dictionaries& dictionaries,
               std::string id, v1::ExplainedRecord* message) {
  const std::string agent(dictionaries.agents.Name(record.agent));
  message->set_record_kind(static_cast<v1::RecordKind>(record.position.kind));
  message->set_record_id(record.position.kind == metrics::RecordKind::kAgent ? agent
                                                                             : std::move(id));
  SetTimestamp(record.position.time, message->mutable_time());
  message->set_role(static_cast<v1::RecordRole>(record.role));
  message->set_reason(std::string(record.reason));
  if (record.numerator) message->set_numerator(*record.numerator);
  if (record.denominator) message->set_denominator(*record.denominator);
  message->set_agent_id(agent);
  message->set_queue_id(std::string(dictionaries.queues.Name(record.queue)));
  message->set_channel(static_cast<v1::Channel>(record.channel));
}

}  // namespace

void SetExplanation(const metrics::ExplainQuestion& question,
                    const metrics::Explanation& explanation,
                    const std::vector<std::string>& record_ids, v1::ExplainKpiResponse* response) {
  const metrics::Query& query = question.query;
  SetResolvedKpi(query.kpis.front(), response->mutable_kpi());
  SetValue(query, explanation, response->mutable_value());
  for (const metrics::RecordGroup& group : explanation.groups) {
    SetGroup(group, response->add_groups());
  }
  for (size_t i = 0; i < explanation.records.size(); ++i) {
    const bool is_target = explanation.records[i].position.kind == metrics::RecordKind::kTarget;
    SetRecord(explanation.records[i], explanation.snapshot->dictionaries(),
              is_target ? explanation.target_ids[i] : record_ids[i], response->add_records());
  }
  SetInterval(query.range, response->mutable_interval());
  response->set_time_zone(query.time_zone);
  SetTimestamp(explanation.data_watermark, response->mutable_data_watermark());
}

}  // namespace kpid::server
