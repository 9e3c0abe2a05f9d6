// Random targets: of all scopes and periods, around the values that random records give.

#include <utility>

#include "metrics/catalogue.h"
#include "tests/property/random_names.h"
#include "tests/property/random_query.h"

namespace kpid::proof {
namespace {

using metrics::Instant;
using metrics::TargetScope;
using metrics::Unit;

// Few KPIs, so that targets of one meet; now and then any.
KpiRequestText SomeKpi(Choices& choices) {
  static const std::vector<KpiRequestText> kRequests = {
      {"contacts_handled", {}, ""},
      {"contacts_offered", {}, ""},
      {"service_level", {}, ""},
      {"service_level", {{"threshold", "20s"}}, ""},
      {"average_handle_time", {}, ""},
      {"average_handle_time", {}, "p90"},
      {"csat", {}, ""},
      {"nps", {}, ""},
      {"occupancy", {}, ""},
      {"ticket_backlog", {}, ""},
      {"headcount", {}, ""},
      {"cost_per_contact", {{"allocate", "by_contacts"}, {"currency", "EUR"}}, ""},
      {"revenue_per_contact", {}, ""}};
  KpiRequestText request = choices.Of(kRequests);
  while (choices.Percent(25) || request.id == "kpi_achievement") {
    request = RandomKpi(choices.Seed());
  }
  return request;
}

double SomeValue(Choices& choices, Unit unit) {
  switch (unit) {
    case Unit::kPercent:
      return choices.Of(std::vector<double>{0, 20, 50, 50, 66.67, 80, 100});
    case Unit::kSeconds:
      return choices.Of(std::vector<double>{0, 20, 60, 300, 900, 3'600, 86'400});
    case Unit::kPoints:
      return choices.Of(std::vector<double>{-100, -50, 0, 0, 30, 100});
    default:
      return choices.Of(std::vector<double>{0, 0.5, 1, 2, 3, 5, 10});
  }
}

void SetScope(Choices& choices, const Records& records, storage::TargetRecord& record) {
  if (choices.Percent(35)) return;
  record.scope = choices.Of(std::vector{TargetScope::kAgent, TargetScope::kQueue,
                                        TargetScope::kGroup, TargetScope::kGroup});
  if (record.scope == TargetScope::kAgent) {
    record.scope_id = choices.Of(std::vector<std::string>{"a1", "a2", "a3"});
  } else if (record.scope == TargetScope::kQueue) {
    record.scope_id = choices.Of(std::vector<std::string>{"q1", "q2", "q3"});
  } else {
    record.scope_id = choices.Of(records.groups).group_id;
  }
}

}  // namespace

void AddTarget(uint64_t seed, Instant world_start, Records& records) {
  Choices choices(seed);
  storage::TargetRecord record;
  record.target_id = "g" + std::to_string(records.targets.size());
  const KpiRequestText request = SomeKpi(choices);
  record.kpi = {request.id, request.parameters, request.statistic};
  const metrics::KpiDefinition& kpi = *metrics::FindKpi(request.id);
  SetScope(choices, records, record);
  record.target_value = SomeValue(choices, kpi.unit);
  if (kpi.better == metrics::BetterDirection::kBand ||
      kpi.better == metrics::BetterDirection::kNone) {
    record.band_end_value = record.target_value + choices.Of(std::vector<double>{0, 1, 10, 50});
  }
  if (kpi.unit == Unit::kMoney) record.currency_code = choices.Percent(75) ? "EUR" : "USD";
  record.weight_thousandths =
      choices.Of(std::vector<int64_t>{1'000, 1'000, 500, 1, 2'500, 1'000'000'000});
  if (choices.Percent(40)) record.start = RandomInstant(choices, world_start);
  if (choices.Percent(30)) record.end = RandomInstant(choices, world_start);
  if (record.start.has_value() && record.end.has_value() && *record.end < *record.start) {
    std::swap(*record.start, *record.end);
  }
  records.targets.push_back(std::move(record));
}

}  // namespace kpid::proof
