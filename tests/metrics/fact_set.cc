#include "tests/metrics/fact_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "metrics/catalogue.h"

namespace kpid::metrics {

InteractionFact& FactSet::Contact(Outcome outcome, Duration arrive) {
  InteractionFact& fact = interactions_.emplace_back();
  fact.row_key = static_cast<int64_t>(interactions_.size());
  fact.outcome = outcome;
  fact.arrive = kStart + arrive;
  fact.queue = Queue("q");
  fact.agent = Agent("a");
  fact.channel = Channel::kVoice;
  return fact;
}

InteractionFact& FactSet::Handled(Duration arrive, Duration wait, Duration talk) {
  InteractionFact& fact = Contact(Outcome::kHandled, arrive);
  fact.answer = fact.arrive + wait;
  fact.end = *fact.answer + talk;
  return fact;
}

InteractionFact& FactSet::Abandoned(Duration arrive, Duration wait) {
  InteractionFact& fact = Contact(Outcome::kAbandoned, arrive);
  fact.end = fact.arrive + wait;
  fact.agent = kNoCode;
  return fact;
}

SurveyFact& FactSet::Answer(SurveyKind kind, Duration respond, double score) {
  SurveyFact& fact = surveys_.emplace_back();
  fact.row_key = static_cast<int64_t>(surveys_.size());
  fact.kind = kind;
  fact.respond = kStart + respond;
  fact.score_thousandths = static_cast<int32_t>(std::lround(score * 1000));
  const bool from_zero = kind == SurveyKind::kNps || kind == SurveyKind::kResolutionConfirmed;
  fact.scale_minimum_thousandths = from_zero ? 0 : 1000;
  fact.scale_maximum_thousandths = kind == SurveyKind::kNps                   ? 10'000
                                   : kind == SurveyKind::kCes                 ? 7000
                                   : kind == SurveyKind::kResolutionConfirmed ? 1000
                                                                              : 5000;
  fact.agent = Agent("a");
  return fact;
}

SurveyFact& FactSet::Invite(SurveyKind kind, Duration invite) {
  SurveyFact& fact = Answer(kind, invite, 0);
  fact.respond.reset();
  fact.score_thousandths.reset();
  fact.invite = kStart + invite;
  return fact;
}

QualityFact& FactSet::Evaluation(Duration evaluate) {
  QualityFact& fact = evaluations_.emplace_back();
  fact.row_key = static_cast<int64_t>(evaluations_.size());
  fact.evaluate = kStart + evaluate;
  fact.agent = Agent("a");
  return fact;
}

QualityFact::Item FactSet::Item(std::string_view category, double score, double maximum,
                                double weight) {
  return {.category = dictionaries_.quality_categories.FindOrAdd(category),
          .score_thousandths = std::llround(score * 1000),
          .maximum_thousandths = std::llround(maximum * 1000),
          .weight_thousandths = std::llround(weight * 1000)};
}

AgentActivityFact& FactSet::Activity(AgentState state, Duration start,
                                     std::optional<Duration> end) {
  AgentActivityFact& fact = activities_.emplace_back();
  fact.row_key = static_cast<int64_t>(activities_.size());
  fact.agent = Agent("a");
  fact.state = state;
  fact.start = kStart + start;
  if (end.has_value()) fact.end = kStart + *end;
  return fact;
}

ScheduledActivityFact& FactSet::Plan(PlannedState state, Duration start, Duration end) {
  ScheduledActivityFact& fact = plans_.emplace_back();
  fact.row_key = static_cast<int64_t>(plans_.size());
  fact.agent = Agent("a");
  fact.state = state;
  fact.start = kStart + start;
  fact.end = kStart + end;
  return fact;
}

TicketFact& FactSet::Ticket(Duration open) {
  TicketFact& fact = tickets_.emplace_back();
  fact.row_key = static_cast<int64_t>(tickets_.size());
  fact.agent = Agent("a");
  fact.queue = Queue("q");
  fact.open = kStart + open;
  return fact;
}

CostFact& FactSet::Cost(std::string_view currency, double amount, Duration start, Duration end) {
  CostFact& fact = costs_.emplace_back();
  fact.row_key = static_cast<int64_t>(costs_.size());
  fact.amount = Money(currency, amount);
  fact.start = kStart + start;
  fact.end = kStart + end;
  return fact;
}

EmploymentFact& FactSet::Employment(std::string_view agent) {
  EmploymentFact& fact = employments_.emplace_back();
  fact.agent = Agent(agent);
  return fact;
}

AttributeFact FactSet::Attribute(std::string_view key, std::string_view value) {
  return {dictionaries_.attribute_keys.FindOrAdd(key),
          dictionaries_.attribute_values.FindOrAdd(value)};
}

MoneyFact FactSet::Money(std::string_view currency, double amount) {
  return {dictionaries_.currencies.FindOrAdd(currency), std::llround(amount * 1e6)};
}

void FactSet::AddGroup(std::string_view group, std::string type, std::string_view parent) {
  groups_.push_back({Group(group), std::move(type), parent.empty() ? kNoCode : Group(parent)});
}

void FactSet::Member(std::string_view agent, std::string_view group, Instant start, Instant end) {
  if (std::none_of(groups_.begin(), groups_.end(),
                   [&](const GroupFact& fact) { return fact.group == Group(group); })) {
    groups_.push_back({Group(group), "team", kNoCode});
  }
  memberships_.push_back({Agent(agent), Group(group), {start, end}});
}

Target& FactSet::AddTarget(std::string_view kpi, double value) {
  Target& target = targets_.emplace_back();
  target.target_id = "t" + std::to_string(targets_.size());
  target.kpi = Kpi(kpi);
  target.target_value = value;
  return target;
}

std::shared_ptr<const FactSnapshot> FactSet::Snapshot() const {
  FactSnapshot::Builder builder;
  builder.AddInteractions({interactions_.begin(), interactions_.end()});
  builder.AddSurveys({surveys_.begin(), surveys_.end()});
  builder.AddQualityEvaluations({evaluations_.begin(), evaluations_.end()});
  builder.AddAgentActivities({activities_.begin(), activities_.end()});
  builder.AddScheduledActivities({plans_.begin(), plans_.end()});
  builder.AddTickets({tickets_.begin(), tickets_.end()});
  builder.AddCosts({costs_.begin(), costs_.end()});
  builder.SetEmployments({employments_.begin(), employments_.end()});
  builder.SetDictionaries(dictionaries_);
  builder.SetRoster(Roster(groups_, memberships_));
  builder.SetTargets(TargetSet({targets_.begin(), targets_.end()}));
  builder.SetDataWatermark(kStart + days(30));
  return builder.Build();
}

ResolvedKpi Kpi(std::string_view text) {
  std::map<std::string, std::string> parameters;
  std::string statistic;
  const size_t colon = text.find(':');
  const std::string_view id = text.substr(0, colon);
  std::string_view rest = colon == text.npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::string key(part.substr(0, part.find('=')));
    std::string value(part.substr(part.find('=') + 1));
    std::replace(value.begin(), value.end(), ';', ',');
    if (key == "statistic") {
      statistic = value;
    } else {
      parameters[key] = value;
    }
  }
  ResolvedKpi resolved;
  for (const KpiProblem& problem : ResolveKpi(id, text, parameters, statistic, &resolved)) {
    ADD_FAILURE() << text << ": " << problem.reason << ": " << problem.description;
  }
  return resolved;
}

Query Ask(std::initializer_list<std::string_view> kpis, Duration length, Granularity granularity) {
  Query query;
  for (const std::string_view kpi : kpis) query.kpis.push_back(Kpi(kpi));
  query.range = {kStart, kStart + length};
  query.granularity = granularity;
  query.buckets =
      *(*Calendar::Create("UTC")).Buckets(query.range, granularity, Weekday::kMonday, kBucketsMax);
  return query;
}

Result Answers(const Query& query, const FactSnapshot& snapshot, int threads_max) {
  EvaluateOptions options;
  options.threads_max = threads_max;
  options.now = kStart + days(365);
  absl::StatusOr<Result> result = Evaluate(query, snapshot, options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : Result{};
}

Value Total(const FactSet& facts, std::string_view kpi, ValueDetail detail) {
  Query query = Ask({kpi});
  query.value_detail = detail;
  return Answers(query, *facts.Snapshot()).total.at(0);
}

std::vector<double> Numerators(const Result& result, size_t kpis, size_t kpi) {
  std::vector<double> numerators;
  const ValueList& series = result.slices.at(0).series;
  for (size_t i = kpi; i < series.size(); i += kpis) {
    numerators.push_back(series[i].numerator.value_or(-1));
  }
  return numerators;
}

int64_t CountOf(const Value& value, std::string_view kpi_id, std::string_view name) {
  const KpiDefinition* kpi = FindKpi(kpi_id);
  for (size_t i = 0; i < kpi->counts.size(); ++i) {
    if (kpi->counts[i] == name) return value.counts[i];
  }
  ADD_FAILURE() << kpi_id << " has no count " << name;
  return -1;
}

const Slice* Find(const Result& result, std::initializer_list<std::string_view> values) {
  for (const Slice& slice : result.slices) {
    if (std::equal(slice.dimensions.begin(), slice.dimensions.end(), values.begin(), values.end(),
                   [](const DimensionValue& dimension, std::string_view value) {
                     return dimension.value == value && dimension.missing == value.empty();
                   })) {
      return &slice;
    }
  }
  return nullptr;
}

}  // namespace kpid::metrics
