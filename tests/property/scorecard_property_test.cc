// Scorecards of any records, targets and definitions (rapidcheck); RC_PARAMS and
// KPID_PROPERTY_CASES as for the engine's laws.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "metrics/fact_source.h"
#include "metrics/scorecard.h"
#include "tests/property/any_world.h"
#include "tests/property/random_query.h"
#include "tests/property/random_records.h"
#include "tests/support/difference.h"
#include "tests/support/plain_facts.h"
#include "tests/support/reference_scorecard.h"

namespace kpid::proof {
namespace {

using metrics::ScorecardQuestion;
using metrics::ScorecardResult;
using metrics::Target;
using metrics::TargetScope;

// What a scorecard is asked of.
struct ScoreCase {
  Records records;
  std::vector<Target> targets;
  ScorecardQuestion question;
  metrics::Instant now{};
};

std::vector<uint64_t> Seeds(Choices& choices, size_t most) {
  std::vector<uint64_t> seeds(choices.Below(most + 1));
  for (uint64_t& seed : seeds) seed = choices.Seed();
  return seeds;
}

metrics::ResolvedKpi AnyKpi(Choices& choices) {
  static const std::vector<KpiRequestText> kUsual = {
      {"average_handle_time", {}, ""},
      {"average_handle_time", {}, "p90"},
      {"average_speed_of_answer", {}, ""},
      {"average_talk_time", {}, ""},
      {"csat", {}, ""},
      {"csat_mean", {}, ""},
      {"first_contact_resolution", {}, ""},
      {"repeat_contact_rate", {{"window", "1h"}}, ""},
      {"quality_score", {}, ""},
      {"contact_quality", {}, ""},
      {"occupancy", {}, ""},
      {"contacts_handled", {}, ""},
      {"revenue_per_contact", {}, ""}};
  metrics::ResolvedKpi kpi;
  do {
    const KpiRequestText request =
        choices.Percent(70) ? choices.Of(kUsual) : RandomKpi(choices.Seed());
    metrics::ResolveKpi(request.id, "", request.parameters, request.statistic, &kpi);
  } while (kpi.definition->id == "kpi_achievement");  // Is not the reference's.
  return kpi;
}

Target AnyTarget(Choices& choices, const ScorecardQuestion& question, size_t number) {
  Target target;
  target.target_id = "t" + std::to_string(number);
  target.kpi = choices.Of(question.definition.entries).kpi;
  target.scope = choices.Of(
      std::vector<TargetScope>{TargetScope::kAll, TargetScope::kGroup, TargetScope::kAgent});
  if (target.scope == TargetScope::kGroup) {
    target.scope_id = choices.Of(std::vector<std::string>{"t1", "t2", "s1", "s2", "x1"});
  } else if (target.scope == TargetScope::kAgent) {
    target.scope_id = choices.Of(std::vector<std::string>{"a1", "a2", "a3"});
  }
  const auto number_up_to = [&](size_t most) { return static_cast<double>(choices.Below(most)); };
  const double size = choices.Of(std::vector<double>{5, 100, 1'000});
  const auto better = target.kpi.definition->better;
  const double width = 0.25 * size * (1 + number_up_to(4));
  target.target_value = size * number_up_to(5) / 4;
  const double sign = better == metrics::BetterDirection::kUp ? -1 : 1;
  if (choices.Percent(70)) target.worst_value = target.target_value + sign * width;
  if (better == metrics::BetterDirection::kUp || better == metrics::BetterDirection::kDown) {
    if (target.worst_value) target.best_value = target.target_value - sign * number_up_to(3) * 7;
  } else {
    target.band_end_value = target.target_value + width / 2;
  }
  if (target.kpi.unit == metrics::Unit::kMoney) {
    target.currency_code = choices.Of(std::vector<std::string>{"EUR", "USD"});
  }
  if (choices.Percent(40))
    target.range.start =
        question.range.start + choices.Below(3) * std::chrono::hours(1) - std::chrono::hours(1);
  if (choices.Percent(20))
    target.range.end = question.range.start + choices.Below(2) * std::chrono::hours(1);
  return target;
}

ScoreCase CaseOf(uint64_t seed) {
  Choices choices(seed);
  WorldSeeds world;
  world.interactions = Seeds(choices, 150);
  world.surveys = Seeds(choices, 150);
  world.memberships = Seeds(choices, 10);
  world.evaluations = Seeds(choices, 60);
  world.activities = Seeds(choices, 20);
  world.plans = Seeds(choices, 10);
  world.tickets = Seeds(choices, 10);
  world.costs = Seeds(choices, 5);
  world.agents = Seeds(choices, 3);
  world.world = choices.Seed();

  ScoreCase drawn;
  drawn.records = MakeRecords(world);
  drawn.now = WorldStart(world.world) + std::chrono::days(choices.Below(2 * kWorldDays));
  ScorecardQuestion& question = drawn.question;
  for (size_t i = 0, count = 1 + choices.Below(6); i < count; ++i) {
    metrics::ScorecardEntry& entry = question.definition.entries.emplace_back();
    entry.kpi = AnyKpi(choices);
    entry.area = static_cast<metrics::ScorecardArea>(1 + choices.Below(3));
    if (choices.Percent(60)) entry.weight = static_cast<double>(1 + choices.Below(3'000)) / 1000;
  }
  const auto length = std::chrono::hours(24 + choices.Below(24 * 4));
  question.range.start =
      WorldStart(world.world) + length + choices.Below(24) * std::chrono::hours(1);
  question.range.end = question.range.start + length;
  question.confidence_level = choices.Of(std::vector<double>{0.5, 0.5, 0.5, 0.95});
  question.sample_minimum = choices.Of(std::vector<int64_t>{0, 0, 2, 5});
  if (choices.Percent(60)) {
    question.subject.id = choices.Of(std::vector<std::string>{"a1", "a2", "a3", "a4"});
    if (choices.Percent(50)) {
      question.peer_group_type = choices.Of(std::vector<std::string>{"team", "site", "skill"});
    }
  } else {
    question.subject.kind = metrics::ScorecardSubject::Kind::kGroup;
    question.subject.id = choices.Of(drawn.records.groups).group_id;
  }
  for (size_t i = 0, count = choices.Below(10); i < count; ++i) {
    drawn.targets.push_back(AnyTarget(choices, question, i));
  }
  return drawn;
}

class FixedFacts final : public metrics::FactSource {
 public:
  explicit FixedFacts(std::shared_ptr<const metrics::FactSnapshot> facts)
      : facts_(std::move(facts)) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand&, const metrics::CallLimits&) override {
    return facts_;
  }

 private:
  std::shared_ptr<const metrics::FactSnapshot> facts_;
};

absl::StatusOr<ScorecardResult> EngineScore(const ScoreCase& drawn) {
  metrics::FactSnapshot::Builder builder;
  AddTo(builder, FactsOf(drawn.records));
  builder.SetTargets(metrics::TargetSet(drawn.targets));
  FixedFacts facts(builder.Build());
  metrics::EvaluateOptions options;
  options.now = drawn.now;
  return metrics::Score(drawn.question, &facts, options);
}

bool Near(const std::optional<double>& a, const std::optional<double>& b) {
  if (a.has_value() != b.has_value()) return false;
  return !a.has_value() || std::abs(*a - *b) <= 1e-9 * std::max({1.0, std::abs(*a), std::abs(*b)});
}

std::string Text(const std::optional<double>& number) {
  std::ostringstream text;
  if (number.has_value()) text << std::round(*number * 1e9) / 1e9 + 0.0;
  return number.has_value() ? text.str() : "-";
}

// The line as both have it; numbers that only rounding tells apart are written alike.
std::string LineText(const std::string& target_id, metrics::TargetStatus status,
                     const std::optional<double>& attainment, const std::optional<int>& rank,
                     int peers) {
  return "target '" + target_id + "' status " + std::to_string(static_cast<int>(status)) +
         " attainment " + Text(attainment) + " place " + (rank ? std::to_string(*rank) : "-") +
         "/" + std::to_string(peers);
}

std::string LineDifference(const metrics::ScorecardLine& line, const ReferenceScoreLine& must) {
  if (!Near(line.value.value, must.value.value) || !Near(line.before.value, must.before.value) ||
      line.value.sample_count != must.value.sample_count ||
      line.value.no_value_reason != must.value.no_value_reason) {
    return "value " + Text(line.value.value) + " before " + Text(line.before.value) +
           ", the reference " + Text(must.value) + " before " + Text(must.before);
  }
  const std::string is = LineText(line.target ? line.target->target_id : "", line.status,
                                  line.attainment, line.rank, line.peers);
  const std::string wanted =
      LineText(must.target_id, must.status, must.attainment, must.rank, must.peers);
  return is == wanted ? "" : is + ", the reference " + wanted;
}

std::string TotalDifference(const metrics::ScorecardTotal& total, const ReferenceScoreTotal& must) {
  if (Near(total.attainment, must.attainment) && Near(total.covered_weight, must.covered_weight) &&
      Near(total.weight, must.weight) && total.met == must.met && total.missed == must.missed) {
    return "";
  }
  return "total " + Text(total.attainment) + " of " + Text(total.covered_weight) +
         ", the reference " + Text(must.attainment) + " of " + Text(must.covered_weight);
}

// "": none.
std::string ScoreDifference(const ScorecardResult& result, const ReferenceScorecard& must) {
  if (result.lines.size() != must.lines.size()) return "number of lines";
  for (size_t i = 0; i < result.lines.size(); ++i) {
    const std::string difference = LineDifference(result.lines[i], must.lines[i]);
    if (!difference.empty()) return must.lines[i].kpi.name + ": " + difference;
  }
  std::string difference = TotalDifference(result.total, must.total);
  if (!difference.empty()) return difference;
  if (result.areas.size() != must.areas.size()) return "number of areas";
  for (size_t i = 0; i < result.areas.size(); ++i) {
    if (result.areas[i].area != must.areas[i].first) return "order of areas";
    difference = TotalDifference(result.areas[i], must.areas[i].second);
    if (!difference.empty()) return difference;
  }
  if (must.warnings_on_the_edge) return "";
  std::vector<std::pair<std::string, std::string>> warnings;
  for (const metrics::ImbalanceWarning& warning : result.warnings) {
    warnings.emplace_back(warning.improved.kpi.name, warning.worsened.kpi.name);
  }
  return warnings == must.warnings ? ""
                                   : "warnings: " + std::to_string(warnings.size()) +
                                         ", the reference " + std::to_string(must.warnings.size());
}

// What the random cases have reached, so that none of it goes untested unnoticed.
struct Reached {
  int scored = 0;
  int ranked = 0;
  int attained = 0;
  int warned = 0;

  void Add(const ReferenceScorecard& must) {
    ++scored;
    warned += !must.warnings.empty();
    for (const ReferenceScoreLine& line : must.lines) {
      ranked += line.rank.value_or(0) > 1;
      attained += line.attainment.has_value();
    }
  }
};

TEST(ScorecardProperty, EqualsTheReference) {
  Reached reached;
  EXPECT_TRUE(rc::check("a scorecard is the reference's", [&] {
    const uint64_t seed = *AnySeed();
    const ScoreCase drawn = CaseOf(seed);
    const absl::StatusOr<ScorecardResult> result = EngineScore(drawn);
    if (!result.ok()) {
      const PlainFacts facts = FactsOf(drawn.records);
      RC_ASSERT(result.status().code() == absl::StatusCode::kNotFound);
      RC_ASSERT(facts.dictionaries.agents.Find(drawn.question.subject.id) == metrics::kNoCode);
      return;
    }
    const ReferenceScorecard must =
        ReferenceScore(drawn.question, drawn.records, drawn.targets, drawn.now);
    reached.Add(must);
    const std::string difference = ScoreDifference(*result, must);
    if (!difference.empty()) RC_FAIL("case " + std::to_string(seed) + ": " + difference);
  }));
  RecordProperty("scored", reached.scored);
  EXPECT_GT(reached.ranked, reached.scored / 20);
  EXPECT_GT(reached.attained, reached.scored / 20);
  EXPECT_GT(reached.warned, reached.scored / 200);
}

}  // namespace
}  // namespace kpid::proof
