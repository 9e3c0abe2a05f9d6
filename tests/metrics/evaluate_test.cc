// What holds for all KPIs: slices, filters, buckets, threads, limits.
#include "metrics/evaluate.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <sstream>

#include "metrics/error_reason.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// Everything that a value says, for comparing results.
std::string Text(const Value& value) {
  std::ostringstream text;
  text << std::hexfloat;
  for (const auto& part :
       {value.value, value.numerator, value.denominator, value.lower, value.upper}) {
    text << part.value_or(-1e99) << " ";
  }
  text << value.sample_count << " " << value.currency << " "
       << static_cast<int>(value.no_value_reason);
  for (const int64_t count : value.counts) text << " " << count;
  text << "\n";
  return text.str();
}

std::string Text(const Result& result) {
  std::string text;
  for (const Value& value : result.total) text += Text(value);
  for (const Slice& slice : result.slices) {
    for (const DimensionValue& dimension : slice.dimensions) {
      text += dimension.value + "/" + dimension.display_name + (dimension.missing ? "-" : "+");
    }
    for (const Value& value : slice.total) text += Text(value);
    for (const Value& value : slice.series) text += Text(value);
  }
  return text;
}

// All KPIs that are made from facts; with several methods or statistics also by the others.
std::vector<ResolvedKpi> EveryKpi() {
  std::vector<ResolvedKpi> kpis;
  for (const KpiDefinition& kpi : Catalogue()) {
    if (kpi.kernel != nullptr) kpis.push_back(Kpi(kpi.id));
  }
  for (const std::string_view text :
       {"fcr:method=agent_marked", "fcr:method=survey_confirmed", "fcr:method=single_contact_case",
        "fcr:same_queue=true,include_immature=true", "ces:method=low_effort", "aht:statistic=p90",
        "aht:statistic=minimum", "asa:statistic=maximum", "asa:statistic=standard_deviation",
        "utilization:basis=scheduled", "schedule_adherence:tolerance=30m",
        "average_resolution_time:resolve=first,statistic=p50", "quality_score",
        "contact_quality:categories=empathy", "cost_per_contact:currency=EUR",
        "employee_turnover_rate:annualized=true,include_transfers=true"}) {
    kpis.push_back(Kpi(text));
  }
  return kpis;
}

// Records of the further kinds, as many of each as said.
void AddRandomRecords(FactSet* facts, std::mt19937& random, int count) {
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const auto moment = [&] { return seconds(below(40 * 86400)); };
  const auto agent = [&] { return facts->Agent("agent" + std::to_string(below(6))); };
  const auto queue = [&] {
    return below(4) == 0 ? kNoCode : facts->Queue("queue" + std::to_string(below(5)));
  };
  for (int i = 0; i < count; ++i) {
    auto& evaluation = facts->Evaluation(moment());
    evaluation.agent = agent();
    evaluation.queue = queue();
    evaluation.channel = static_cast<Channel>(below(7));
    for (uint32_t n = below(4); n > 0; --n) {
      evaluation.items.push_back(
          facts->Item(below(2) == 0 ? "empathy" : "style", below(5), 5, 1 + below(3)));
      evaluation.items.back().not_applicable = below(4) == 0;
      evaluation.items.back().auto_fail = below(9) == 0;
    }
    const seconds start = moment();
    auto& activity = facts->Activity(static_cast<AgentState>(1 + below(9)), start,
                                     start + Duration(below(2'000'000'000)));
    activity.agent = agent();
    if (below(50) == 0) activity.end.reset();
    const seconds planned = moment();
    facts->Plan(static_cast<PlannedState>(1 + below(5)), planned, planned + seconds(below(30'000)))
        .agent = agent();
    auto& ticket = facts->Ticket(moment());
    ticket.agent = agent();
    ticket.queue = queue();
    ticket.channel = static_cast<Channel>(below(7));
    ticket.priority = facts->dictionaries().priorities.FindOrAdd(below(2) == 0 ? "high" : "low");
    ticket.reopen_count = static_cast<int32_t>(below(3));
    if (below(3) > 0) ticket.first_response = ticket.open + seconds(below(10'000));
    if (below(3) > 0) ticket.first_resolve = ticket.open + seconds(below(100'000));
    if (ticket.first_resolve.has_value() && below(3) > 0) {
      ticket.last_resolve = *ticket.first_resolve + seconds(below(500'000));
    }
    if (below(3) == 0) ticket.close = ticket.open + seconds(below(900'000));
    const seconds from = moment();
    auto& cost = facts->Cost("EUR", below(1000), from, from + seconds(1 + below(900'000)));
    cost.queue = queue();
    cost.channel = static_cast<Channel>(below(7));
    if (below(3) == 0) cost.group = facts->Group("team" + std::to_string(below(3)));
  }
  for (int a = 0; a < 5; ++a) {
    auto& employment = facts->Employment("agent" + std::to_string(a));
    const auto first = std::chrono::floor<days>(kStart);
    if (a != 1) employment.hire = first + days(below(10));
    if (a != 2) employment.leave = first + days(15 + below(20));
    employment.transfer = a == 3;
  }
}

// Facts of 40 days that use every field.
FactSet RandomFacts(uint32_t seed, int interactions, int surveys) {
  FactSet facts;
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int a = 0; a < 6; ++a) {
    const std::string agent = "agent" + std::to_string(a);
    facts.Member(agent, "team" + std::to_string(a % 2), kInstantMin, kStart + hours(100 + a));
    facts.Member(agent, "team" + std::to_string(a % 3), kStart + hours(100 + a), kInstantEnd);
  }
  for (int i = 0; i < interactions; ++i) {
    const Outcome outcome = static_cast<Outcome>(1 + below(6));
    auto& fact = facts.Handled(seconds(below(40 * 86400)), seconds(below(90)), seconds(below(600)));
    fact.outcome = outcome;
    if (outcome != Outcome::kHandled) fact.answer.reset();
    if (below(10) == 0) fact.end.reset();
    if (below(3) == 0) fact.hold = seconds(below(60));
    if (below(3) == 0) fact.wrap_up = Duration(below(60'000'000));
    if (below(9) == 0) fact.enqueue = fact.arrive + Duration(below(1000));
    fact.agent = below(8) == 0 ? kNoCode : facts.Agent("agent" + std::to_string(below(6)));
    fact.queue = below(9) == 0 ? kNoCode : facts.Queue("queue" + std::to_string(below(4)));
    fact.channel = static_cast<Channel>(below(7));
    fact.direction = static_cast<Direction>(below(3));
    fact.customer = below(5) == 0 ? kNoCode : 1 + below(40);
    fact.conversation = below(2) == 0 ? kNoCode : 1 + below(20);
    fact.case_code = below(2) == 0 ? kNoCode : 1 + below(100);
    fact.resolution = static_cast<Resolution>(below(4));
    fact.transferred = below(4) == 0;
    fact.conversion_eligible = below(2) == 0;
    fact.converted = below(4) == 0;
    fact.upsell_offered = below(2) == 0;
    fact.upsell_accepted = fact.upsell_offered && below(2) == 0;
    if (below(3) == 0) fact.revenue = facts.Money(below(9) == 0 ? "USD" : "EUR", below(500));
    if (below(2) == 0) {
      fact.attributes = {facts.Attribute("tier", below(2) == 0 ? "gold" : "silver")};
    }
  }
  for (int i = 0; i < surveys; ++i) {
    const SurveyKind kind = static_cast<SurveyKind>(1 + below(5));
    auto& fact = facts.Answer(kind, seconds(below(40 * 86400)), 1 + below(5));
    if (kind == SurveyKind::kResolutionConfirmed) fact.score_thousandths = 1000 * below(2);
    if (below(2) == 0) fact.invite = *fact.respond - seconds(below(100'000));
    if (below(4) == 0 && fact.invite.has_value()) {
      fact.respond.reset();
      fact.score_thousandths.reset();
    }
    fact.agent = facts.Agent("agent" + std::to_string(below(6)));
    fact.channel = static_cast<Channel>(below(7));
    fact.direction = static_cast<Direction>(below(3));
  }
  AddRandomRecords(&facts, random, (interactions + 9) / 10);
  return facts;
}

Query EveryQuestion(Granularity granularity, std::vector<Dimension> group_by) {
  Query query = Ask({}, days(30), granularity);
  query.kpis = EveryKpi();
  query.group_by = std::move(group_by);
  query.value_detail = ValueDetail::kInterval;
  return query;
}

TEST(Evaluate, WithoutFactsGivesOneSliceWithoutValues) {
  const Query query = EveryQuestion(Granularity::kDay, {});
  const Result result = Answers(query, *FactSet().Snapshot());
  ASSERT_EQ(result.slices.size(), 1U);
  EXPECT_TRUE(result.slices[0].dimensions.empty());
  ASSERT_EQ(result.slices[0].series.size(), query.buckets.size() * query.kpis.size());
  for (size_t k = 0; k < query.kpis.size(); ++k) {
    const Value& value = result.slices[0].series[k];
    if (query.kpis[k].unit == Unit::kCount) {
      EXPECT_EQ(value.value, 0);
    } else {
      EXPECT_EQ(value.value, std::nullopt) << query.kpis[k].name;
      EXPECT_EQ(value.no_value_reason, query.kpis[k].name == "employee_satisfaction"
                                           ? NoValueReason::kSuppressedSmallGroup
                                           : NoValueReason::kNoData)
          << query.kpis[k].name;
    }
  }
  EXPECT_EQ(result.data_watermark, kStart + days(30));
}

TEST(Evaluate, WithoutFactsAndGroupedGivesNoSlices) {
  const Result result = Answers(EveryQuestion(Granularity::kRange, {By(DimensionKind::kAgent)}),
                                *FactSet().Snapshot());
  EXPECT_TRUE(result.slices.empty());
  EXPECT_EQ(result.total[0].value, 0);
}

TEST(Evaluate, ThreadsDoNotChangeTheResult) {
  // Enough rows that several threads are used.
  const FactSet facts = RandomFacts(1, 500'000, 200'000);
  const auto snapshot = facts.Snapshot();
  for (const auto& group_by : std::vector<std::vector<Dimension>>{
           {}, {By(DimensionKind::kAgentGroup, "team"), By(DimensionKind::kChannel)}}) {
    const Query query = EveryQuestion(Granularity::kDay, group_by);
    const std::string one = Text(Answers(query, *snapshot, 1));
    EXPECT_EQ(one, Text(Answers(query, *snapshot, 2)));
    EXPECT_EQ(one, Text(Answers(query, *snapshot, 7)));
  }
}

TEST(Evaluate, ThreadsDoNotChangeSelectedSlices) {
  const FactSet facts = RandomFacts(3, 20'000, 2'000);
  const auto snapshot = facts.Snapshot();
  Query query = EveryQuestion(Granularity::kHour, {By(DimensionKind::kAgent)});
  query.selection.emplace();
  for (const char* agent : {"agent4", "agent1", "nobody"}) {
    query.selection->slices.push_back({{agent, "", false}});
  }
  query.selection->slices.push_back({{"", "", true}});
  query.selection->with_other = true;
  const Result one = Answers(query, *snapshot, 1);
  ASSERT_EQ(one.slices.size(), 5U);
  EXPECT_TRUE(one.slices[4].other);
  EXPECT_EQ(Text(one), Text(Answers(query, *snapshot, 5)));
}

TEST(Evaluate, OrderOfAddingDoesNotChangeTheResult) {
  FactSet facts = RandomFacts(2, 3000, 500);
  const Query query = EveryQuestion(Granularity::kDay, {By(DimensionKind::kQueue)});
  const std::string expected = Text(Answers(query, *facts.Snapshot()));
  FactSnapshot::Builder builder;
  auto& interactions = facts.interactions();
  // Many small calls, each over all days, in reverse.
  for (size_t end = interactions.size(); end > 0; end -= std::min<size_t>(end, 700)) {
    const size_t begin = end - std::min<size_t>(end, 700);
    builder.AddInteractions({interactions.begin() + static_cast<ptrdiff_t>(begin),
                             interactions.begin() + static_cast<ptrdiff_t>(end)});
  }
  builder.SetDictionaries(facts.dictionaries());
  Query no_surveys = query;
  std::erase_if(no_surveys.kpis, [](const ResolvedKpi& kpi) {
    return kpi.time_basis != TimeBasis::kArrive || kpi.definition->id == "contacts_per_hour";
  });
  EXPECT_EQ(Text(Answers(no_surveys, *builder.Build())),
            Text(Answers(no_surveys, *facts.Snapshot())));
  EXPECT_EQ(expected, Text(Answers(query, *facts.Snapshot())));
}

// Whether a KPI has a dimension, and shows what its slices hold.
bool AddsUpBy(const ResolvedKpi& kpi, const Dimension& dimension) {
  const auto& dimensions = kpi.definition->dimensions;
  return kpi.definition->id != "employee_satisfaction" &&
         std::count(dimensions.begin(), dimensions.end(), dimension.kind) > 0;
}

// Spans are in several cells, tickets in the backlog of several buckets.
bool HasAdditiveSamples(const ResolvedKpi& kpi) {
  return kpi.time_basis != TimeBasis::kOverlap && kpi.time_basis != TimeBasis::kInstant &&
         kpi.time_basis != TimeBasis::kLeave;
}

void ExpectNumeratorsAddUp(const Query& query, const Result& result, size_t kpi) {
  if (!result.total[kpi].numerator.has_value()) return;
  const bool of_range_end = query.kpis[kpi].time_basis == TimeBasis::kInstant;
  double sum = 0;
  for (const Slice& slice : result.slices) {
    for (size_t b = of_range_end ? query.buckets.size() - 1 : 0; b < query.buckets.size(); ++b) {
      sum += slice.series[b * query.kpis.size() + kpi].numerator.value_or(0);
    }
  }
  const double total = *result.total[kpi].numerator;
  EXPECT_NEAR(sum, total, 1e-9 * std::abs(total)) << query.kpis[kpi].name;
}

// Additive parts of slices sum to the total, by any dimension (kpis.md, section 1, rule 7).
TEST(Evaluate, SlicesAndBucketsReconcile) {
  const FactSet facts = RandomFacts(3, 5000, 2000);
  const auto snapshot = facts.Snapshot();
  const std::string total =
      Text(Answers(EveryQuestion(Granularity::kRange, {}), *snapshot).slices[0].total[0]);
  for (const Dimension& dimension :
       {By(DimensionKind::kAgent), By(DimensionKind::kAgentGroup, "team"),
        By(DimensionKind::kQueue), By(DimensionKind::kChannel), By(DimensionKind::kDirection)}) {
    const Query query = EveryQuestion(Granularity::kHour, {dimension});
    const Result result = Answers(query, *snapshot);
    EXPECT_EQ(Text(result.total[0]), total);
    for (size_t k = 0; k < query.kpis.size(); ++k) {
      if (!AddsUpBy(query.kpis[k], dimension)) continue;
      ExpectNumeratorsAddUp(query, result, k);
      if (!HasAdditiveSamples(query.kpis[k])) continue;
      int64_t samples = 0;
      std::array<int64_t, kValueCountsMax> counts{};
      for (const Slice& slice : result.slices) {
        for (size_t b = 0; b < query.buckets.size(); ++b) {
          const Value& value = slice.series[b * query.kpis.size() + k];
          samples += value.sample_count;
          for (size_t c = 0; c < counts.size(); ++c) counts[c] += value.counts[c];
        }
      }
      EXPECT_EQ(samples, result.total[k].sample_count) << query.kpis[k].name;
      EXPECT_EQ(counts, result.total[k].counts) << query.kpis[k].name;
    }
  }
}

TEST(Evaluate, WithoutGroupByTheSliceIsTheTotal) {
  const FactSet facts = RandomFacts(4, 2000, 500);
  const Result result = Answers(EveryQuestion(Granularity::kWeek, {}), *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), 1U);
  for (size_t k = 0; k < result.total.size(); ++k) {
    EXPECT_EQ(Text(result.total[k]), Text(result.slices[0].total[k]));
  }
}

TEST(Evaluate, RangeCutsFactsHalfOpen) {
  FactSet facts;
  facts.Handled(seconds(-1), seconds(0), seconds(1));
  facts.Handled(seconds(0), seconds(0), seconds(1));
  facts.Handled(hours(1) - Duration(1), seconds(0), seconds(1));
  facts.Handled(hours(1), seconds(0), seconds(1));
  facts.Handled(hours(2), seconds(0), seconds(1));
  const Result result =
      Answers(Ask({"contacts_handled"}, hours(2), Granularity::kHour), *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, 3);
  EXPECT_EQ(result.slices[0].series[0].value, 2);
  EXPECT_EQ(result.slices[0].series[1].value, 1);
}

TEST(Evaluate, OrdersSlicesByNameWithMissingLast) {
  FactSet facts;
  for (const std::string_view agent : {"b", "a", "", "Z", "a0"}) {
    facts.Handled(hours(1), seconds(0), seconds(1)).agent =
        agent.empty() ? kNoCode : facts.Agent(agent);
  }
  facts.dictionaries().queues.Add(900, "alpha", "Alpha queue");
  facts.Handled(hours(1), seconds(0), seconds(1)).queue = 900;
  Query query = Ask({"contacts_handled"});
  query.group_by = {By(DimensionKind::kAgent), By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  std::vector<std::string> names;
  for (const Slice& slice : result.slices) {
    names.push_back(slice.dimensions[0].value + "|" + slice.dimensions[1].value);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"Z|q", "a|alpha", "a|q", "a0|q", "b|q", "|q"}));
  EXPECT_TRUE(result.slices.back().dimensions[0].missing);
  EXPECT_EQ(result.slices[1].dimensions[1].display_name, "Alpha queue");
}

TEST(Evaluate, AttributesTeamsByMembershipAtTheTimeOfTheFact) {
  FactSet facts;
  facts.Member("a", "east", kInstantMin, kStart + hours(12));
  facts.Member("a", "west", kStart + hours(12), kStart + hours(36));
  facts.Handled(hours(12) - Duration(1), seconds(0), seconds(10));
  facts.Handled(hours(12), seconds(0), seconds(20));
  facts.Handled(hours(30), seconds(0), seconds(30));
  facts.Handled(hours(36), seconds(0), seconds(40));
  facts.Answer(SurveyKind::kNps, hours(13), 10);
  Query query = Ask({"contacts_handled", "nps"});
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"east"})->total[0].value, 1);
  EXPECT_EQ(Find(result, {"west"})->total[0].value, 2);
  EXPECT_EQ(Find(result, {""})->total[0].value, 1);
  EXPECT_EQ(Find(result, {"west"})->total[1].value, 100);
  EXPECT_EQ(Find(result, {"east"})->total[1].no_value_reason, NoValueReason::kNoData);

  query.group_by.clear();
  query.filters = {{By(DimensionKind::kAgentGroup, "team"), {"west"}, false}};
  EXPECT_EQ(Answers(query, *facts.Snapshot()).total[0].value, 2);
}

TEST(Evaluate, FiltersByValuesAndMissing) {
  FactSet facts;
  facts.Handled(hours(1), seconds(0), seconds(1)).agent = facts.Agent("x");
  facts.Handled(hours(2), seconds(0), seconds(1)).agent = facts.Agent("y");
  facts.Handled(hours(3), seconds(0), seconds(1)).agent = kNoCode;
  facts.Handled(hours(4), seconds(0), seconds(1)).channel = Channel::kChat;
  const auto snapshot = facts.Snapshot();
  const auto count = [&](std::vector<Filter> filters) {
    Query query = Ask({"contacts_handled"});
    query.filters = std::move(filters);
    return *Answers(query, *snapshot).total[0].value;
  };
  const Dimension agent = By(DimensionKind::kAgent);
  const Dimension channel = By(DimensionKind::kChannel);
  EXPECT_EQ(count({{agent, {"x", "y"}, false}}), 2);
  EXPECT_EQ(count({{agent, {"x"}, true}}), 2);
  EXPECT_EQ(count({{agent, {}, true}}), 1);
  EXPECT_EQ(count({{agent, {"nobody"}, false}}), 0);
  EXPECT_EQ(count({{channel, {"chat"}, false}}), 1);
  EXPECT_EQ(count({{channel, {"voice"}, false}, {agent, {"x", "a"}, false}}), 1);
  EXPECT_EQ(count({{By(DimensionKind::kDirection), {"inbound"}, false}}), 4);
  EXPECT_EQ(count({{By(DimensionKind::kDirection), {"outbound"}, true}}), 0);
  EXPECT_EQ(count({{By(DimensionKind::kAttribute, "tier"), {"gold"}, false}}), 0);
  EXPECT_EQ(count({{By(DimensionKind::kAttribute, "tier"), {"gold"}, true}}), 4);
}

// A filter on one value gives what the slice of that value has, whichever rows pass.
TEST(Evaluate, FilterGivesTheSlice) {
  const FactSet facts = RandomFacts(6, 5000, 2000);
  const auto snapshot = facts.Snapshot();
  for (const Dimension& dimension :
       {By(DimensionKind::kAgent), By(DimensionKind::kAgentGroup, "team"),
        By(DimensionKind::kQueue), By(DimensionKind::kChannel), By(DimensionKind::kDirection),
        By(DimensionKind::kAttribute, "tier")}) {
    const Result sliced = Answers(EveryQuestion(Granularity::kDay, {dimension}), *snapshot);
    for (const Slice& slice : sliced.slices) {
      Query query = EveryQuestion(Granularity::kDay, {});
      const DimensionValue& value = slice.dimensions[0];
      query.filters = {{dimension, {}, value.missing}};
      if (!value.missing) query.filters[0].values = {value.value};
      const Result filtered = Answers(query, *snapshot);
      for (size_t i = 0; i < slice.series.size(); ++i) {
        ASSERT_EQ(Text(filtered.slices[0].series[i]), Text(slice.series[i])) << value.value;
      }
      for (size_t k = 0; k < slice.total.size(); ++k) {
        ASSERT_EQ(Text(filtered.slices[0].total[k]), Text(slice.total[k])) << value.value;
      }
    }
  }
}

TEST(Evaluate, GroupsByAttribute) {
  FactSet facts;
  facts.Handled(hours(1), seconds(0), seconds(1)).attributes = {facts.Attribute("tier", "gold"),
                                                                facts.Attribute("lang", "nl")};
  facts.Handled(hours(2), seconds(0), seconds(1)).attributes = {facts.Attribute("lang", "de")};
  facts.Handled(days(2), seconds(0), seconds(1));
  Query query = Ask({"contacts_handled"});
  query.group_by = {By(DimensionKind::kAttribute, "tier"), By(DimensionKind::kAttribute, "lang")};
  const Result result = Answers(query, *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), 3U);
  EXPECT_EQ(Find(result, {"gold", "nl"})->total[0].value, 1);
  EXPECT_EQ(Find(result, {"", "de"})->total[0].value, 1);
  EXPECT_EQ(Find(result, {"", ""})->total[0].value, 1);
}

TEST(Evaluate, DimensionsThatAKpiLacks) {
  FactSet facts;
  facts.Handled(hours(1), seconds(0), seconds(1)).attributes = {facts.Attribute("tier", "gold")};
  facts.Answer(SurveyKind::kNps, hours(2), 10);
  Query query = Ask({"contacts_handled", "nps"}, days(2), Granularity::kDay);
  query.group_by = {By(DimensionKind::kAttribute, "tier")};
  Result result = Answers(query, *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), 1U);
  EXPECT_EQ(result.slices[0].total[0].value, 1);
  EXPECT_EQ(result.slices[0].total[1].no_value_reason, NoValueReason::kNotApplicable);
  EXPECT_EQ(result.slices[0].series[3].no_value_reason, NoValueReason::kNotApplicable);
  EXPECT_EQ(result.total[1].value, 100);  // Only its slices are not applicable.

  query.filters = {{By(DimensionKind::kAttribute, "tier"), {"gold"}, false}};
  query.group_by.clear();
  result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, 1);
  EXPECT_EQ(result.total[1].no_value_reason, NoValueReason::kNotApplicable);
  ASSERT_EQ(result.slices.size(), 1U);
  EXPECT_EQ(result.slices[0].total[1].no_value_reason, NoValueReason::kNotApplicable);
}

TEST(Evaluate, SurveysWithoutAnInteractionHaveNoDirection) {
  FactSet facts;
  facts.Answer(SurveyKind::kNps, hours(1), 10);
  facts.Answer(SurveyKind::kNps, hours(1), 0).direction = Direction::kInbound;
  Query query = Ask({"nps"});
  query.group_by = {By(DimensionKind::kDirection)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"inbound"})->total[0].value, -100);
  EXPECT_EQ(Find(result, {""})->total[0].value, 100);
}

TEST(Evaluate, ManyCombinationsUseNoDenseTable) {
  FactSet facts;
  for (Code i = 1; i <= 3000; ++i) {
    auto& fact = facts.Handled(seconds(i), seconds(0), seconds(1));
    fact.agent = facts.Agent("agent" + std::to_string(i % 2000));
    fact.queue = facts.Queue("queue" + std::to_string(i % 1500));
  }
  Query query = Ask({"contacts_handled"});
  query.group_by = {By(DimensionKind::kAgent), By(DimensionKind::kQueue)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.slices.size(), 3000U);
  EXPECT_EQ(Find(result, {"agent0", "queue500"})->total[0].value, 1);
}

// By their bytes, however long what they have in common is, and those without one last.
TEST(Evaluate, SlicesStandInTheOrderOfTheirNames) {
  for (const std::string start : {"", "agent-", "a start longer than eight characters "}) {
    FactSet facts;
    std::vector<std::string> names;
    for (const char* end :
         {"9", "10", "1", "12345678", "123456789", "12345678\xc3\xa9", "~", "A"}) {
      names.push_back(start + end);
      facts.Handled(hours(1), seconds(0), seconds(1)).agent = facts.Agent(names.back());
    }
    facts.Handled(hours(1), seconds(0), seconds(1)).agent = kNoCode;
    Query query = Ask({"contacts_handled"});
    query.group_by = {By(DimensionKind::kAgent)};
    std::sort(names.begin(), names.end());
    names.emplace_back();
    std::vector<std::string> found;
    for (const Slice& slice : Answers(query, *facts.Snapshot()).slices) {
      found.push_back(slice.dimensions[0].value);
    }
    EXPECT_EQ(found, names);
  }
}

TEST(Evaluate, BareValuesCarryNothingElse) {
  FactSet facts;
  facts.Handled(hours(1), seconds(5), seconds(1));
  facts.Contact(Outcome::kInProgress, hours(1));
  const Value value = Total(facts, "sl", ValueDetail::kBare);
  EXPECT_EQ(value.value, 100);
  EXPECT_EQ(value.numerator, std::nullopt);
  EXPECT_EQ(value.denominator, std::nullopt);
  EXPECT_EQ(value.sample_count, 0);
  EXPECT_EQ(CountOf(value, "sl", "pending"), 0);
  EXPECT_EQ(Total(FactSet(), "sl", ValueDetail::kBare).no_value_reason, NoValueReason::kNoData);
}

TEST(Evaluate, RefusesTooLargeAnswers) {
  FactSet facts;
  for (int i = 0; i < 1000; ++i) {
    facts.Handled(seconds(i), seconds(0), seconds(1)).agent =
        facts.Agent("agent" + std::to_string(i));
  }
  Query query = Ask({"contacts_handled"}, days(70), Granularity::kMinutes15);
  query.group_by = {By(DimensionKind::kAgent)};
  const auto result = Evaluate(query, *facts.Snapshot(), {});
  ASSERT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  const auto reason = ReasonOf(result.status());
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->reason, "RESULT_TOO_LARGE");
  EXPECT_EQ(reason->metadata.at("limit"), std::to_string(kCellsMax));
  EXPECT_EQ(reason->metadata.at("buckets"), std::to_string(query.buckets.size()));
}

TEST(Evaluate, StopsAtTheDeadlineAndWhenCancelled) {
  const FactSet facts = RandomFacts(5, 100, 0);
  const auto snapshot = facts.Snapshot();
  EvaluateOptions options;
  options.limits.deadline = std::chrono::steady_clock::time_point::min();
  EXPECT_EQ(Evaluate(Ask({"aht"}, days(40)), *snapshot, options).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  options = {};
  std::atomic<int> asked = 0;
  options.limits.cancelled = [&] { return ++asked > 3; };
  EXPECT_EQ(Evaluate(Ask({"aht"}, days(40)), *snapshot, options).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(asked, 4);  // Between chunks, not once at the end.
}

TEST(Evaluate, OneKpiUnderSeveralNames) {
  FactSet facts;
  facts.Handled(hours(1), seconds(30), seconds(1));
  facts.Handled(hours(2), seconds(10), seconds(1));
  const Result result =
      Answers(Ask({"sl", "sl:threshold=60s", "sl:threshold=1s"}), *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, 50);
  EXPECT_EQ(result.total[1].value, 100);
  EXPECT_EQ(result.total[2].value, 0);
}

}  // namespace
}  // namespace kpid::metrics
