// What an explanation shows is what the value is made of: for any records and any question
// (rapidcheck). A failure prints the seed and the case as a scene of a golden file.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "metrics/error_reason.h"
#include "metrics/explanation.h"
#include "tests/property/case_count.h"
#include "tests/property/random_names.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/fixed_facts.h"
#include "tests/support/page_kpis.h"
#include "tests/support/plain_facts.h"

namespace kpid::proof {
namespace {

using metrics::ExplainedRecord;
using metrics::ExplainQuestion;
using metrics::Explanation;
using metrics::RecordGroup;
using metrics::RecordKind;
using metrics::RecordRole;
using metrics::Value;

rc::Gen<uint64_t> AnySeed() {
  return rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>()));
}

struct World {
  WorldSeeds seeds;
  std::vector<uint64_t> kpi_seeds;
  std::vector<uint64_t> target_seeds;
  uint64_t question_seed = 0;
};

// KPIs of each case: enough for some 2,800 cases of each KPI among 10,000.
constexpr int kKpisPerCase = 12;

World AnyWorld() {
  World world;
  const auto seeds = [](int most) {
    return *rc::gen::withSize([=](int size) {
      return rc::gen::resize(std::max(1, most * size / rc::kNominalSize),
                             rc::gen::container<std::vector<uint64_t>>(AnySeed()));
    });
  };
  world.seeds.interactions = seeds(60);
  world.seeds.surveys = seeds(40);
  world.seeds.memberships = seeds(10);
  world.seeds.evaluations = seeds(10);
  world.seeds.activities = seeds(30);
  world.seeds.plans = seeds(20);
  world.seeds.tickets = seeds(25);
  world.seeds.costs = seeds(8);
  world.seeds.agents = seeds(4);
  world.seeds.world = *AnySeed();
  for (int i = 0; i < kKpisPerCase; ++i) world.kpi_seeds.push_back(*AnySeed());
  world.target_seeds = seeds(12);
  world.question_seed = *AnySeed();
  return world;
}

// The question of one KPI and one bucket.
Question MakeExplainable(const World& world, uint64_t kpi_seed) {
  Question question = MakeQuestion({kpi_seed}, world.question_seed, world.seeds.world);
  question.query.group_by.clear();
  question.query.granularity = metrics::Granularity::kRange;
  question.query.buckets = {question.query.range};
  question.query.value_detail = metrics::ValueDetail::kCounts;
  return question;
}

// A target of a random KPI for all, an agent or a queue.
metrics::Target RandomTarget(uint64_t seed, int number) {
  using enum metrics::TargetScope;
  Choices choices(seed);
  metrics::Target target;
  target.target_id = "t" + std::to_string(number);
  const KpiRequestText request = RandomKpi(choices.Seed());
  EXPECT_TRUE(
      metrics::ResolveKpi(request.id, "", request.parameters, request.statistic, &target.kpi)
          .empty());
  target.scope = choices.Of(std::vector{kAll, kAll, kAgent, kQueue});
  if (target.scope == kAgent) target.scope_id = choices.Of(kAgents);
  if (target.scope == kQueue) target.scope_id = choices.Of(kQueues);
  target.target_value = static_cast<double>(choices.Below(100));
  target.weight = static_cast<double>(1 + choices.Below(3'000)) / 1'000;
  if (target.kpi.unit == metrics::Unit::kMoney) target.currency_code = "EUR";
  return target;
}

FixedFacts FactsOfWorld(const World& world, const Records& records) {
  metrics::FactSnapshot::Builder builder;
  AddTo(builder, FactsOf(records));
  std::vector<metrics::Target> targets;
  for (size_t i = 0; i < world.target_seeds.size(); ++i) {
    targets.push_back(RandomTarget(world.target_seeds[i], static_cast<int>(i)));
  }
  builder.SetTargets(metrics::TargetSet(std::move(targets)));
  return FixedFacts(builder.Build());
}

absl::StatusOr<Explanation> Explained(const Question& question, ExplainQuestion asked,
                                      FixedFacts& facts) {
  asked.query = question.query;
  metrics::EvaluateOptions options;
  options.now = question.now;
  return metrics::Explain(asked, &facts, options);
}

bool Same(std::optional<double> a, std::optional<double> b) {
  if (a.has_value() != b.has_value()) return false;
  return !a.has_value() || std::abs(*a - *b) <= 1e-9 * std::max({1.0, std::abs(*a), std::abs(*b)});
}

bool SameRecord(const ExplainedRecord& a, const ExplainedRecord& b) {
  return a.position == b.position && a.role == b.role && a.reason == b.reason &&
         a.numerator == b.numerator && a.denominator == b.denominator && a.agent == b.agent &&
         a.queue == b.queue && a.channel == b.channel;
}

// A sum that is absent where nothing was added.
struct OptionalSum {
  std::optional<double> sum;
  void Add(std::optional<double> amount) {
    if (amount.has_value()) sum = sum.value_or(0) + *amount;
  }
};

std::optional<std::string> SumDifference(const Explanation& all, std::string_view id) {
  OptionalSum numerator;
  OptionalSum denominator;
  for (const RecordGroup& group : all.groups) {
    numerator.Add(group.numerator);
    denominator.Add(group.denominator);
  }
  if (!Same(numerator.sum.value_or(0), all.value.numerator.value_or(0))) return "numerators";
  // To the length of the range no agent adds.
  if (id == "headcount") return std::nullopt;
  if (!Same(denominator.sum.value_or(0), all.value.denominator.value_or(0))) return "denominators";
  return std::nullopt;
}

// Groups hold what their records do.
std::optional<std::string> GroupDifference(const Explanation& all) {
  struct Sum {
    int64_t records = 0;
    OptionalSum numerator;
    OptionalSum denominator;
  };
  std::map<std::tuple<RecordKind, RecordRole, std::string_view>, Sum> sums;
  for (const ExplainedRecord& record : all.records) {
    Sum& sum = sums[{record.position.kind, record.role, record.reason}];
    ++sum.records;
    sum.numerator.Add(record.numerator);
    sum.denominator.Add(record.denominator);
  }
  if (sums.size() != all.groups.size()) return "number of groups";
  for (const RecordGroup& group : all.groups) {
    const Sum& sum = sums[{group.kind, group.role, group.reason}];
    if (sum.records != group.records) return "records of a group";
    if (all.value.numerator.has_value() && !Same(sum.numerator.sum, group.numerator)) {
      return "numerator of a group";
    }
    if (!Same(sum.denominator.sum, group.denominator)) return "denominator of a group";
  }
  return std::nullopt;
}

// Records are as many as the value says.
std::optional<std::string> CountDifference(const Explanation& all,
                                           const metrics::KpiDefinition& definition) {
  const bool by_numerator = !all.value.denominator.has_value() || definition.id == "headcount" ||
                            definition.id == "contacts_per_hour";
  int64_t samples = 0;
  std::map<std::string, int64_t> reasons;
  for (const ExplainedRecord& record : all.records) {
    samples +=
        by_numerator ? record.role == RecordRole::kNumerator : record.denominator.has_value();
    ++reasons[std::string(record.reason)];
    if (record.role == RecordRole::kExcluded && record.reason.empty()) return "no reason";
    if ((record.role == RecordRole::kDenominatorOnly) !=
        (!record.numerator.has_value() && record.denominator.has_value())) {
      return "role";
    }
  }
  if (samples != all.value.sample_count) return "samples";
  for (size_t i = 0; i < definition.counts.size(); ++i) {
    std::string name = absl::AsciiStrToUpper(std::string(definition.counts[i]));
    // One record is one promoter.
    if (name.back() == 'S') name.pop_back();
    if (reasons[name] != all.value.counts[i]) return "count " + name;
  }
  return std::nullopt;
}

void FailOn(const std::optional<std::string>& difference, const Records& records,
            const Question& question) {
  if (difference.has_value()) RC_FAIL(*difference + SceneText(records, question));
}

std::optional<std::string> PagesDifference(const Question& question, const Explanation& all,
                                           uint8_t roles, int page_size, FixedFacts& facts) {
  std::vector<ExplainedRecord> expected = all.records;
  std::erase_if(expected, [&](const ExplainedRecord& record) {
    return roles != 0 && (roles >> static_cast<int>(record.role) & 1) == 0;
  });
  std::vector<ExplainedRecord> paged;
  ExplainQuestion asked;
  asked.roles = roles;
  asked.page_size = page_size;
  bool more = true;
  while (more) {
    const auto page = Explained(question, asked, facts);
    if (!page.ok()) return page.status().ToString();
    if (paged.size() > expected.size()) return "pages without end";
    if (page->groups.size() != all.groups.size()) return "groups of a page";
    if (page->more && page->records.size() != static_cast<size_t>(page_size)) return "page size";
    paged.insert(paged.end(), page->records.begin(), page->records.end());
    if (!page->records.empty()) asked.after = page->records.back().position;
    more = page->more;
  }
  if (!std::equal(paged.begin(), paged.end(), expected.begin(), expected.end(), SameRecord)) {
    return "pages";
  }
  return std::nullopt;
}

void CheckExplanation(const Question& question, const Records& records, FixedFacts& facts,
                      uint8_t roles, int page_size) {
  ExplainQuestion asked;
  asked.page_size = metrics::kExplainedRecordsMax;
  const auto all = Explained(question, asked, facts);
  const metrics::KpiDefinition& definition = *question.query.kpis[0].definition;
  if (!all.ok()) {
    const auto reason = metrics::ReasonOf(all.status());
    RC_ASSERT(reason.has_value() && reason->reason == "NOT_APPLICABLE");
    return;
  }
  if (all->value.no_value_reason == metrics::NoValueReason::kSuppressedSmallGroup) {
    RC_ASSERT(all->groups.empty() && all->records.empty() && !all->more);
    return;
  }
  RC_ASSERT(!all->more);
  RC_ASSERT(std::is_sorted(all->records.begin(), all->records.end(),
                           [](const auto& a, const auto& b) { return a.position < b.position; }));
  FailOn(SumDifference(*all, definition.id), records, question);
  FailOn(GroupDifference(*all), records, question);
  FailOn(CountDifference(*all, definition), records, question);
  FailOn(PagesDifference(question, *all, roles, page_size, facts), records, question);
}

TEST(ExplanationProperty, RecordsAddUpToTheValue) {
  EXPECT_TRUE(rc::check("records, groups and pages add up to the value", [] {
    const World world = AnyWorld();
    const Records records = MakeRecords(world.seeds);
    FixedFacts facts = FactsOfWorld(world, records);
    const auto roles = static_cast<uint8_t>(*rc::gen::element(0, 2, 4, 8, 6, 10));
    const int page_size = *rc::gen::inRange(1, 20);
    for (const uint64_t kpi_seed : world.kpi_seeds) {
      CheckExplanation(MakeExplainable(world, kpi_seed), records, facts, roles, page_size);
    }
  }));
}

// Without filters every record of the KPI's time basis in the range is told of, once.
TEST(ExplanationProperty, NoRecordIsMissing) {
  EXPECT_TRUE(rc::check("every record in the range is told of", [] {
    const World world = AnyWorld();
    Question question = MakeExplainable(world, world.kpi_seeds[0]);
    question.query.filters.clear();
    const Records records = MakeRecords(world.seeds);
    const PlainFacts facts = FactsOf(records);
    FixedFacts world_facts = FactsOfWorld(world, records);
    ExplainQuestion asked;
    asked.page_size = metrics::kExplainedRecordsMax;
    const auto all = Explained(question, asked, world_facts);
    RC_ASSERT(all.ok());
    if (all->value.no_value_reason == metrics::NoValueReason::kSuppressedSmallGroup) return;
    std::set<std::pair<RecordKind, int64_t>> told;
    std::set<RecordKind> kinds;
    for (const ExplainedRecord& record : all->records) {
      RC_ASSERT(told.insert({record.position.kind, record.position.key}).second);
      kinds.insert(record.position.kind);
    }
    const metrics::TimeRange& range = question.query.range;
    if (kinds.contains(RecordKind::kInteraction)) {
      for (const auto& fact : facts.interactions) {
        RC_ASSERT(told.contains({RecordKind::kInteraction, fact.row_key}) ==
                  range.Contains(fact.arrive));
      }
    }
    if (kinds.contains(RecordKind::kQualityEvaluation)) {
      for (const auto& fact : facts.evaluations) {
        RC_ASSERT(told.contains({RecordKind::kQualityEvaluation, fact.row_key}) ==
                  range.Contains(fact.evaluate));
      }
    }
    if (kinds.contains(RecordKind::kCost)) {
      for (const auto& fact : facts.costs) {
        RC_ASSERT(told.contains({RecordKind::kCost, fact.row_key}) ==
                  (fact.start < range.end && fact.end > range.start && fact.start < fact.end));
      }
    }
  }));
}

// Every KPI comes up among the random ones.
TEST(ExplanationProperty, QuestionsReachEveryKpi) {
  Choices choices(1);
  std::set<std::string> missing;
  for (const std::string_view id : kPageKpis) missing.emplace(id);
  for (int i = 0; i < 3'000; ++i) missing.erase(RandomKpi(choices.Seed()).id);
  EXPECT_TRUE(missing.empty()) << *missing.begin();
}

}  // namespace
}  // namespace kpid::proof
