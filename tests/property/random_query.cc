#include "tests/property/random_query.h"

#include <algorithm>
#include <stdexcept>

#include "metrics/calendar.h"
#include "metrics/catalogue.h"

namespace kpid::proof {
namespace {

using metrics::Dimension;
using metrics::DimensionKind;
using metrics::Granularity;
using metrics::Instant;
using metrics::ParameterKind;
using std::chrono::hours;
using std::chrono::minutes;

const std::vector<std::string> kZones = {
    "UTC",          "Europe/Amsterdam",    "America/Sao_Paulo", "Asia/Kathmandu",
    "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns",  "Africa/Casablanca"};

std::string RandomParameter(Choices& choices, const metrics::ParameterDefinition& parameter) {
  switch (parameter.kind) {
    case ParameterKind::kDuration:
      return choices.Of(std::vector<std::string>{"0s", "5s", "20s", "19.999999s", "60s", "15m",
                                                 "1h", "24h", "48h", "7d"});
    case ParameterKind::kNumber:
      return choices.Of(std::vector<std::string>{"1", "3", "3.5", "4", "4.25", "5", "6", "7"});
    case ParameterKind::kBoolean:
      return choices.Percent(50) ? "true" : "false";
    case ParameterKind::kChoice:
      return std::string(choices.Of(parameter.choices));
    case ParameterKind::kText:
      if (parameter.name == "categories") {
        return choices.Of(std::vector<std::string>{"communication", "empathy,process",
                                                   "clarity, communication", "none_such"});
      }
      return choices.Of(std::vector<std::string>{"EUR", "USD", "CHF"});
  }
  return "";
}

// Whether a value can be outside what the parameter takes is the catalogue's test; here only
// accepted ones count.
bool IsAccepted(const KpiRequestText& request) {
  metrics::ResolvedKpi kpi;
  return metrics::ResolveKpi(request.id, "", request.parameters, request.statistic, &kpi).empty();
}

metrics::Filter RandomFilter(Choices& choices, const Dimension& dimension) {
  static const std::map<DimensionKind, std::vector<std::string>> kValues = {
      {DimensionKind::kAgent, {"a1", "a2", "a3", "nobody"}},
      {DimensionKind::kAgentGroup, {"t1", "t2", "s1", "s2", "x1"}},
      {DimensionKind::kQueue, {"q1", "q2", "none_such"}},
      {DimensionKind::kChannel, {"voice", "chat", "email", "none_such"}},
      {DimensionKind::kDirection, {"inbound", "outbound"}},
      {DimensionKind::kPriority, {"high", "low"}},
      {DimensionKind::kAttribute, {"north", "south", "gold"}}};
  metrics::Filter filter{.dimension = dimension, .values = {}, .include_missing = false};
  filter.include_missing = choices.Percent(30);
  for (const std::string& value : kValues.at(dimension.kind)) {
    if (choices.Percent(50)) filter.values.push_back(value);
  }
  if (filter.values.empty() && !filter.include_missing) {
    filter.values.push_back(kValues.at(dimension.kind)[0]);
  }
  return filter;
}

std::vector<Dimension> RandomDimensions(Choices& choices, size_t count) {
  std::vector<Dimension> dimensions = AllDimensions();
  for (size_t i = dimensions.size(); i > 1; --i) {
    std::swap(dimensions[i - 1], dimensions[choices.Below(i)]);
  }
  dimensions.resize(std::min(count, dimensions.size()));
  return dimensions;
}

// Fine buckets of a short range, or coarse ones of a long one.
void SetRange(Choices& choices, Instant world_start, metrics::Query& query) {
  query.granularity = static_cast<Granularity>(choices.Below(9));
  const bool fine =
      query.granularity >= Granularity::kMinutes15 && query.granularity <= Granularity::kHour;
  Instant start = RandomInstant(choices, world_start);
  Instant end =
      fine ? start + minutes(1 + choices.Below(1'500)) : RandomInstant(choices, world_start);
  if (!fine && choices.Percent(40)) {  // All of it, now and then with whole months.
    start = world_start;
    end = world_start + hours(24) * (choices.Percent(50) ? 30 : 70);
  }
  if (end < start) std::swap(start, end);
  if (end == start) end += hours(24);
  query.range = {start, end};
}

}  // namespace

const std::vector<Dimension>& AllDimensions() {
  static const std::vector<Dimension> kDimensions = {
      {DimensionKind::kAgent, ""},          {DimensionKind::kAgentGroup, "team"},
      {DimensionKind::kAgentGroup, "site"}, {DimensionKind::kAgentGroup, "none_such"},
      {DimensionKind::kQueue, ""},          {DimensionKind::kChannel, ""},
      {DimensionKind::kDirection, ""},      {DimensionKind::kAttribute, "region"},
      {DimensionKind::kAttribute, "tier"},  {DimensionKind::kAttribute, "none_such"},
      {DimensionKind::kPriority, ""}};
  return kDimensions;
}

const std::vector<const metrics::KpiDefinition*>& KnownKpis() {
  static const auto* const kpis = [] {
    auto* const known = new std::vector<const metrics::KpiDefinition*>;
    for (const metrics::KpiDefinition& definition : metrics::Catalogue()) {
      if (ReferenceKpis().contains(definition.id)) known->push_back(&definition);
    }
    return known;
  }();
  return *kpis;
}

KpiRequestText RandomKpi(uint64_t seed) {
  Choices choices(seed);
  const metrics::KpiDefinition& definition = *choices.Of(KnownKpis());
  KpiRequestText request{.id = std::string(definition.id), .parameters = {}, .statistic = ""};
  for (const metrics::ParameterDefinition& parameter : definition.parameters) {
    if (choices.Percent(40)) continue;
    const std::string name(parameter.name);
    request.parameters[name] = RandomParameter(choices, parameter);
    if (!IsAccepted(request)) request.parameters.erase(name);
  }
  if (definition.has_statistics && choices.Percent(60)) {
    request.statistic =
        choices.Of(std::vector<std::string>{"mean", "median", "p1", "p25", "p33", "p67", "p90",
                                            "p99", "minimum", "maximum", "standard_deviation"});
  }
  return request;
}

Question MakeQuestion(const std::vector<uint64_t>& kpi_seeds, uint64_t seed, uint64_t world_seed) {
  Choices choices(seed);
  const Instant world_start = WorldStart(world_seed);
  Question question;
  metrics::Query& query = question.query;
  for (uint64_t kpi_seed : kpi_seeds) {
    const KpiRequestText& request = question.requests.emplace_back(RandomKpi(kpi_seed));
    metrics::ResolvedKpi kpi;
    const auto problems =
        metrics::ResolveKpi(request.id, "", request.parameters, request.statistic, &kpi);
    if (!problems.empty()) throw std::logic_error(problems[0].description);
    query.kpis.push_back(std::move(kpi));
  }
  SetRange(choices, world_start, query);
  question.zone = choices.Of(kZones);
  query.time_zone = question.zone;
  question.week_start = static_cast<metrics::Weekday>(choices.Below(7));
  query.buckets =
      metrics::Calendar::Create(question.zone)
          ->Buckets(query.range, query.granularity, question.week_start, metrics::kBucketsMax)
          .value();
  const std::vector<size_t> sizes = {0, 0, 1, 1, 1, 2, 2, 3, 4};
  query.group_by = RandomDimensions(choices, choices.Of(sizes));
  const std::vector<size_t> filter_counts = {0, 0, 0, 1, 1, 2, 3};
  for (const Dimension& dimension : RandomDimensions(choices, choices.Of(filter_counts))) {
    query.filters.push_back(RandomFilter(choices, dimension));
  }
  query.value_detail = static_cast<metrics::ValueDetail>(choices.Below(3));
  query.confidence_level = choices.Of(std::vector<double>{0.95, 0.5, 0.8, 0.9, 0.99, 0.9999});
  question.now = choices.Percent(70) ? metrics::kInstantEnd : RandomInstant(choices, world_start);
  return question;
}

}  // namespace kpid::proof
