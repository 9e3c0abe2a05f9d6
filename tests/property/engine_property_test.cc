// Laws that the engine keeps for any records and any question (rapidcheck).

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "tests/property/additive_parts.h"
#include "tests/property/any_world.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/answer.h"
#include "tests/support/difference.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

using metrics::FactDemand;
using metrics::InteractionFact;
using metrics::Query;
using metrics::Result;
using metrics::SurveyFact;
using metrics::Value;

TEST(EngineProperty, EqualsTheReference) {
  EXPECT_TRUE(rc::check("the engine's answer is the reference's", [] {
    const World world = AnyWorld(/*interactions_max=*/200);
    const Records records = MakeRecords(world.seeds);
    const Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    const Result engine = Evaluated(question, *SnapshotOf(FactsOf(records)));
    FailOn(Difference(question.query, engine,
                      ReferenceEvaluate(question.query, records, question.now)),
           records, question);
  }));
}

// Of targets few questions ask: here each does.
TEST(EngineProperty, AchievementEqualsTheReference) {
  EXPECT_TRUE(rc::check("the engine's kpi_achievement is the reference's", [] {
    World world = AnyWorld(/*interactions_max=*/60);
    const Records records = MakeRecords(world.seeds);
    Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    question.query.kpis.resize(1);
    question.requests.resize(1);
    for (const std::string weighted : {"false", "true"}) {
      question.requests.push_back({"kpi_achievement", {{"weighted", weighted}}, ""});
      metrics::ResolveKpi("kpi_achievement", "", {{"weighted", weighted}}, "",
                          &question.query.kpis.emplace_back());
    }
    const Result engine = Evaluated(question, *SnapshotOf(FactsOf(records)));
    FailOn(Difference(question.query, engine,
                      ReferenceEvaluate(question.query, records, question.now)),
           records, question);
    RC_CLASSIFY(engine.total[1].value.has_value());
  }));
}

// A question of one KPI over all days.
Question QuestionOf(const KpiRequestText& request) {
  Question question;
  question.requests = {request};
  question.zone = "UTC";
  question.now = metrics::kInstantEnd;
  metrics::ResolvedKpi kpi;
  EXPECT_TRUE(
      metrics::ResolveKpi(request.id, "", request.parameters, request.statistic, &kpi).empty());
  question.query.kpis = {kpi};
  question.query.range = {metrics::kInstantMin, metrics::kInstantMin + std::chrono::days(3'660)};
  question.query.buckets = {question.query.range};
  question.query.value_detail = metrics::ValueDetail::kInterval;
  return question;
}

// Whole months, ends of days and costs over many buckets, which random questions seldom meet.
TEST(EngineProperty, EqualsTheReferenceOverLongRanges) {
  const std::vector<KpiRequestText> requests = {
      {"employee_turnover_rate", {{"annualized", "true"}}, ""},
      {"employee_turnover_rate", {{"include_transfers", "true"}}, ""},
      {"headcount", {}, ""},
      {"ticket_backlog", {}, ""},
      {"schedule_adherence", {{"tolerance", "15m"}}, ""},
      {"cost_per_contact", {{"allocate", "by_contacts"}}, ""},
      {"cost_per_contact", {{"allocate", "by_handle_time"}, {"currency", "EUR"}}, ""}};
  EXPECT_TRUE(rc::check("the engine's answer is the reference's", [&] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    Query& query = question.query;
    question.requests = requests;
    query.kpis.clear();
    for (const KpiRequestText& request : requests) {
      query.kpis.push_back(QuestionOf(request).query.kpis[0]);
    }
    query.granularity = *rc::gen::element(metrics::Granularity::kDay, metrics::Granularity::kWeek,
                                          metrics::Granularity::kMonth);
    query.range.start = WorldStart(world.seeds.world);
    query.range.end = query.range.start + std::chrono::days(70);
    query.buckets =
        metrics::Calendar::Create(question.zone)
            ->Buckets(query.range, query.granularity, question.week_start, metrics::kBucketsMax)
            .value();
    FailOn(Difference(query, Evaluated(question, *SnapshotOf(FactsOf(records))),
                      ReferenceEvaluate(query, records, question.now)),
           records, question);
  }));
}

// Sizes around 100, where Student's distribution gives way to the normal one.
TEST(EngineProperty, IntervalsAreTheReferencesForAnySize) {
  for (const std::string id : {"average_talk_time", "transfer_rate"}) {
    Question question = QuestionOf({id, {}, ""});
    Records records;
    for (int size = 1; size <= 130; ++size) {
      storage::InteractionRecord record;
      record.interaction_id = std::to_string(size);
      record.outcome = metrics::Outcome::kHandled;
      record.arrive = metrics::kInstantMin + std::chrono::hours(size);
      record.talk = std::chrono::milliseconds(size * size);
      record.transferred = size % 3 == 0;
      records.interactions.push_back(record);
      for (double level : {0.5, 0.9, 0.95, 0.99, 0.9999}) {
        question.query.confidence_level = level;
        const auto difference =
            Difference(question.query, Evaluated(question, *SnapshotOf(FactsOf(records))),
                       ReferenceEvaluate(question.query, records, question.now));
        EXPECT_FALSE(difference.has_value()) << size << " at " << level << ": " << *difference;
      }
    }
  }
}

// --- Slices add up ------------------------------------------------------------------------------

std::optional<std::string> PartsDifference(const Query& query, const Result& result) {
  for (size_t k = 0; k < query.kpis.size(); ++k) {
    const std::string_view id = query.kpis[k].definition->id;
    Sum slices;
    bool applies = true;
    for (const metrics::Slice& slice : result.slices) {
      slices.Add(slice.total[k]);
      applies = applies && slice.total[k].no_value_reason != metrics::NoValueReason::kNotApplicable;
      Sum buckets;
      for (size_t b = 0; b < query.buckets.size(); ++b) {
        buckets.Add(slice.series[b * query.kpis.size() + k]);
      }
      const auto difference = SumDifference(
          query.kpis[k].name, AdditiveOf(id, /*over_buckets=*/true), buckets, slice.total[k]);
      if (difference.has_value()) return "buckets of a slice, " + *difference;
    }
    if (!applies || (result.slices.empty() && result.total[k].sample_count == 0)) continue;
    const bool lacks_dimension = result.slices.empty();
    const auto difference = SumDifference(
        query.kpis[k].name, AdditiveOf(id, /*over_buckets=*/false), slices, result.total[k]);
    if (difference.has_value() && !lacks_dimension) return "slices, " + *difference;
  }
  return std::nullopt;
}

TEST(EngineProperty, PartsSumToTheWhole) {
  EXPECT_TRUE(rc::check("slices sum to the total, buckets to their slice", [] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    question.query.value_detail = metrics::ValueDetail::kCounts;
    const auto snapshot = SnapshotOf(FactsOf(records));
    for (const metrics::Dimension& dimension : AllDimensions()) {
      question.query.group_by = {dimension};
      FailOn(PartsDifference(question.query, Evaluated(question, *snapshot)), records, question);
    }
  }));
}

// --- How facts come does not matter -------------------------------------------------------------

template <typename T>
void Shuffle(Choices& choices, std::vector<T>& values) {
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[choices.Below(i)]);
}

// The facts in any order, by any number of calls.
std::shared_ptr<const metrics::FactSnapshot> ShuffledSnapshot(PlainFacts facts, uint64_t seed) {
  Choices choices(seed);
  Shuffle(choices, facts.interactions);
  Shuffle(choices, facts.surveys);
  Shuffle(choices, facts.evaluations);
  Shuffle(choices, facts.activities);
  Shuffle(choices, facts.plans);
  Shuffle(choices, facts.tickets);
  Shuffle(choices, facts.costs);
  Shuffle(choices, facts.employments);
  Shuffle(choices, facts.memberships);
  Shuffle(choices, facts.groups);
  metrics::FactSnapshot::Builder builder;
  while (!facts.interactions.empty()) {
    const size_t rest = choices.Below(facts.interactions.size());
    builder.AddInteractions(
        {facts.interactions.begin() + static_cast<ptrdiff_t>(rest), facts.interactions.end()});
    facts.interactions.resize(rest);
  }
  while (!facts.surveys.empty()) {
    const size_t rest = choices.Below(facts.surveys.size());
    builder.AddSurveys({facts.surveys.begin() + static_cast<ptrdiff_t>(rest), facts.surveys.end()});
    facts.surveys.resize(rest);
  }
  const size_t tickets = choices.Below(facts.tickets.size() + 1);
  builder.AddTickets(
      {facts.tickets.begin() + static_cast<ptrdiff_t>(tickets), facts.tickets.end()});
  facts.tickets.resize(tickets);
  const size_t activities = choices.Below(facts.activities.size() + 1);
  builder.AddAgentActivities(
      {facts.activities.begin() + static_cast<ptrdiff_t>(activities), facts.activities.end()});
  facts.activities.resize(activities);
  AddTo(builder, std::move(facts));
  return builder.Build();
}

// Codes that no dictionary of the snapshot names may be any, for example far apart.
TEST(EngineProperty, CodesOfCustomersDoNotMatter) {
  EXPECT_TRUE(rc::check("other codes of customers, conversations and cases give the same", [] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    const Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    PlainFacts facts = FactsOf(records);
    const Result one = Evaluated(question, *SnapshotOf(facts));
    const auto factor = static_cast<metrics::Code>(*AnySeed() | 1);  // Odd: one to one, 0 stays 0.
    for (InteractionFact& fact : facts.interactions) {
      fact.customer *= factor;
      fact.conversation *= factor;
      fact.case_code *= factor;
    }
    FailOn(Difference(question.query, one, Evaluated(question, *SnapshotOf(facts))), records,
           question);
  }));
}

TEST(EngineProperty, OrderAndSplitOfTheFactsDoNotMatter) {
  EXPECT_TRUE(rc::check("any order and split of the builder's calls gives the same", [] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    const Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    const Result one = Evaluated(question, *SnapshotOf(FactsOf(records)));
    const Result other = Evaluated(question, *ShuffledSnapshot(FactsOf(records), *AnySeed()));
    FailOn(Difference(question.query, one, other), records, question);
  }));
}

// The facts again and again, each time after the last: enough for the engine to use threads.
PlainFacts Repeated(const PlainFacts& facts, int times) {
  PlainFacts repeated = facts;
  const auto moved = [](std::optional<metrics::Instant>& time, metrics::Duration by) {
    if (time.has_value()) *time += by;
  };
  for (int i = 1; i < times; ++i) {
    const metrics::Duration by = std::chrono::days(kWorldDays) * i;
    for (InteractionFact fact : facts.interactions) {
      fact.row_key += static_cast<int64_t>(facts.interactions.size()) * i;
      fact.arrive += by;
      moved(fact.enqueue, by);
      moved(fact.answer, by);
      moved(fact.first_response, by);
      moved(fact.end, by);
      repeated.interactions.push_back(std::move(fact));
    }
  }
  repeated.latest_arrive.reset();
  return repeated;
}

TEST(EngineProperty, ThreadsDoNotMatter) {
  constexpr int kTimes = 10;
  Choices choices(20240304);
  WorldSeeds seeds;
  for (int i = 0; i < 45'000; ++i) seeds.interactions.push_back(choices.Seed());
  for (int i = 0; i < 4'000; ++i) seeds.surveys.push_back(choices.Seed());
  for (int i = 0; i < 20; ++i) seeds.memberships.push_back(choices.Seed());
  for (int i = 0; i < 2'000; ++i) {
    seeds.evaluations.push_back(choices.Seed());
    seeds.activities.push_back(choices.Seed());
    seeds.plans.push_back(choices.Seed());
    seeds.tickets.push_back(choices.Seed());
  }
  for (int i = 0; i < 100; ++i) seeds.costs.push_back(choices.Seed());
  for (int i = 0; i < 5; ++i) seeds.agents.push_back(choices.Seed());
  seeds.world = choices.Seed();
  const auto snapshot = SnapshotOf(Repeated(FactsOf(MakeRecords(seeds)), kTimes));
  for (int round = 0; round < 10; ++round) {
    std::vector<uint64_t> kpis;
    for (int i = 0; i < 12; ++i) kpis.push_back(choices.Seed());
    Question question = MakeQuestion(kpis, choices.Seed(), seeds.world);
    Query& query = question.query;
    query.granularity = metrics::Granularity::kDay;
    query.range.start = WorldStart(seeds.world);
    query.range.end = query.range.start + std::chrono::days(kWorldDays) * kTimes;
    query.buckets =
        metrics::Calendar::Create(question.zone)
            ->Buckets(query.range, query.granularity, question.week_start, metrics::kBucketsMax)
            .value();
    const Result one = Evaluated(question, *snapshot, 1);
    for (int threads : {2, 4, 7}) {
      const auto difference = Difference(query, one, Evaluated(question, *snapshot, threads));
      EXPECT_FALSE(difference.has_value()) << *difference << SceneText({}, question);
    }
  }
}

// --- What is demanded is enough -----------------------------------------------------------------

metrics::Instant EndOf(const InteractionFact& fact) {
  return fact.end.value_or(fact.answer.value_or(fact.arrive));
}

// Straight from the comments of FactDemand.
bool IsDemanded(const FactDemand& demand, const InteractionFact& fact, const PlainFacts& facts) {
  if (!demand.interactions.has_value()) return false;
  if (demand.interactions->Contains(fact.arrive)) return true;
  for (const InteractionFact& base : facts.interactions) {
    if (!demand.interactions->Contains(base.arrive)) continue;
    const bool same_customer = base.customer != 0 && base.customer == fact.customer;
    const bool same_case = base.case_code != 0 && base.case_code == fact.case_code;
    if (demand.repeat_window.count() > 0 && same_customer && fact.arrive >= base.arrive &&
        fact.arrive <= EndOf(base) + demand.repeat_window) {
      return true;
    }
    if (demand.first_contact_window.count() > 0 && (same_customer || same_case) &&
        fact.outcome == metrics::Outcome::kHandled && fact.arrive < base.arrive &&
        EndOf(fact) + demand.first_contact_window >= demand.interactions->start) {
      return true;
    }
    if (demand.whole_cases && same_case) return true;
  }
  return false;
}

bool IsDemanded(const FactDemand& demand, const SurveyFact& fact) {
  if (demand.surveys_by_respond.has_value() && fact.respond.has_value() &&
      demand.surveys_by_respond->Contains(*fact.respond)) {
    return true;
  }
  const auto invite = fact.invite.has_value() ? fact.invite : fact.respond;
  return demand.surveys_by_invite.has_value() && invite.has_value() &&
         demand.surveys_by_invite->Contains(*invite);
}

bool IsDemanded(const std::optional<metrics::TimeRange>& demanded, metrics::Instant start,
                metrics::Instant end) {
  return demanded.has_value() && start < demanded->end && end > demanded->start;
}

// Those opened, resolved or open in it.
bool IsDemanded(const FactDemand& demand, const metrics::TicketFact& fact) {
  if (!demand.tickets.has_value() || fact.open >= demand.tickets->end) return false;
  const metrics::Instant start = demand.tickets->start;
  const bool resolved_in_it = (fact.first_resolve.has_value() && *fact.first_resolve >= start) ||
                              (fact.last_resolve.has_value() && *fact.last_resolve >= start);
  const bool over_before = (fact.last_resolve.has_value() && *fact.last_resolve < start) ||
                           (fact.close.has_value() && *fact.close < start);
  return fact.open >= start || resolved_in_it || !over_before;
}

void EraseWhatIsNotDemanded(const FactDemand& demand, PlainFacts& facts) {
  std::erase_if(facts.evaluations, [&](const metrics::QualityFact& fact) {
    return !demand.quality_evaluations.has_value() ||
           !demand.quality_evaluations->Contains(fact.evaluate);
  });
  std::erase_if(facts.activities, [&](const metrics::AgentActivityFact& fact) {
    return !IsDemanded(demand.agent_activities, fact.start,
                       fact.end.value_or(metrics::Instant::max()));
  });
  std::erase_if(facts.plans, [&](const metrics::ScheduledActivityFact& fact) {
    return !IsDemanded(demand.scheduled_activities, fact.start, fact.end);
  });
  std::erase_if(facts.costs, [&](const metrics::CostFact& fact) {
    return !IsDemanded(demand.costs, fact.start, fact.end);
  });
  std::erase_if(facts.tickets,
                [&](const metrics::TicketFact& fact) { return !IsDemanded(demand, fact); });
  if (!demand.employments) facts.employments.clear();
}

// Only what is demanded, with only the attributes that are.
PlainFacts Demanded(const FactDemand& demand, const PlainFacts& all) {
  PlainFacts facts = all;
  facts.interactions.clear();
  facts.surveys.clear();
  for (InteractionFact fact : all.interactions) {
    if (!IsDemanded(demand, fact, all)) continue;
    std::erase_if(fact.attributes, [&](const metrics::AttributeFact& attribute) {
      const std::string key(all.dictionaries.attribute_keys.Name(attribute.key));
      return std::find(demand.attribute_keys.begin(), demand.attribute_keys.end(), key) ==
             demand.attribute_keys.end();
    });
    facts.interactions.push_back(std::move(fact));
  }
  for (const SurveyFact& fact : all.surveys) {
    if (IsDemanded(demand, fact)) facts.surveys.push_back(fact);
  }
  EraseWhatIsNotDemanded(demand, facts);
  return facts;
}

TEST(EngineProperty, DemandedFactsAreEnough) {
  EXPECT_TRUE(rc::check("the facts that DemandOf demands give the answer of all facts", [] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    const Question question = MakeQuestion(world.kpi_seeds, world.question_seed, world.seeds.world);
    const PlainFacts all = FactsOf(records);
    const auto snapshot = SnapshotOf(all);
    const absl::StatusOr<Query> widened = Widened(question.query, *snapshot);
    if (!widened.ok()) RC_FAIL(widened.status().ToString());
    const PlainFacts demanded = Demanded(metrics::DemandOf(*widened), all);
    FailOn(Difference(question.query, Evaluated(question, *snapshot),
                      Evaluated(question, *SnapshotOf(demanded))),
           records, question);
  }));
}

// Windows of 0 do match: what ends, or begins, at that very instant.
TEST(EngineProperty, DemandedFactsAreEnoughForAWindowOfNothing) {
  Records records;
  for (int i = 0; i < 3; ++i) {
    storage::InteractionRecord& record = records.interactions.emplace_back();
    record.interaction_id = std::to_string(i);
    record.customer_id = "c";
    record.outcome = metrics::Outcome::kHandled;
    record.resolution = metrics::Resolution::kResolved;
    record.arrive = metrics::kInstantMin + std::chrono::hours(i);
    record.end = record.arrive + std::chrono::hours(1);
  }
  for (const std::string method : {"no_repeat", "agent_marked"}) {
    Question question =
        QuestionOf({"first_contact_resolution", {{"method", method}, {"window", "0s"}}, ""});
    question.query.range = {records.interactions[1].arrive, records.interactions[2].arrive};
    question.query.buckets = {question.query.range};
    const PlainFacts all = FactsOf(records);
    const PlainFacts demanded = Demanded(metrics::DemandOf(question.query), all);
    const auto difference = Difference(question.query, Evaluated(question, *SnapshotOf(all)),
                                       Evaluated(question, *SnapshotOf(demanded)));
    EXPECT_FALSE(difference.has_value()) << method << ": " << *difference;
  }
}

}  // namespace
}  // namespace kpid::proof
