#include "client/generator/target_maker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "metrics/catalogue.h"

namespace kpid::client {
namespace {

GeneratorOptions MakeOptions(uint64_t seed) {
  GeneratorOptions options;
  options.seed = seed;
  options.first_day = {2025, 1, 1};
  for (int i = 0; i <= 365; ++i) {
    options.day_starts.emplace_back(std::chrono::hours(24 * (20'089 + i)));
  }
  return options;
}

class TargetSink : public RecordSink {
 public:
  v1::StreamRecord* Add() override { return &records.emplace_back(); }
  bool IsOpen() const override { return true; }

  std::vector<v1::StreamRecord> records;
};

std::vector<v1::Target> MakeTargets(uint64_t seed) {
  const GeneratorOptions options = MakeOptions(seed);
  TargetSink sink;
  const int64_t count = AddTargets(options, MakeCentre(options), "g-", &sink);
  EXPECT_EQ(count, static_cast<int64_t>(sink.records.size()));
  std::vector<v1::Target> targets;
  for (const v1::StreamRecord& record : sink.records) targets.push_back(record.target());
  return targets;
}

std::string TextOf(const std::vector<v1::Target>& targets) {
  std::string text;
  for (const v1::Target& target : targets) text += target.DebugString();
  return text;
}

metrics::ResolvedKpi ResolveOf(const std::string& kpi,
                               const google::protobuf::Map<std::string, std::string>& parameters,
                               const std::string& statistic) {
  metrics::ResolvedKpi resolved;
  const auto problems =
      metrics::ResolveKpi(kpi, "", {parameters.begin(), parameters.end()}, statistic, &resolved);
  EXPECT_TRUE(problems.empty()) << kpi << ": " << problems.front().description;
  return resolved;
}

TEST(TargetMaker, TargetsAreForAllTeamsAndSomeAgents) {
  std::set<std::string> ids;
  std::map<v1::TargetScope, std::set<std::string>> named;
  int64_t bands = 0;
  int64_t bounded = 0;
  const std::vector<v1::Target> targets = MakeTargets(7);
  for (const v1::Target& target : targets) {
    SCOPED_TRACE(target.ShortDebugString());
    ASSERT_TRUE(ids.insert(target.target_id()).second);
    named[target.scope()].insert(target.scope_id());
    const auto kpi = ResolveOf(target.kpi_id(), target.parameters(), target.statistic());
    ASSERT_NE(kpi.definition, nullptr);
    const bool band = kpi.definition->better == metrics::BetterDirection::kBand;
    const bool up = kpi.definition->better == metrics::BetterDirection::kUp;
    ASSERT_EQ(target.has_band_end_value(), band);
    ASSERT_EQ(target.currency_code(), kpi.unit == metrics::Unit::kMoney ? "EUR" : "");
    bands += band ? 1 : 0;
    bounded += target.has_worst_value() ? 1 : 0;
    if (!target.has_best_value()) continue;
    ASSERT_TRUE(up ? target.worst_value() < target.target_value() &&
                         target.target_value() < target.best_value()
                   : target.worst_value() > target.target_value() &&
                         target.target_value() > target.best_value());
  }
  EXPECT_EQ(named[v1::TARGET_SCOPE_ALL], std::set<std::string>{""});
  EXPECT_EQ(named[v1::TARGET_SCOPE_GROUP].size(), 6U);
  EXPECT_EQ(named[v1::TARGET_SCOPE_AGENT].size(), 12U);
  EXPECT_EQ(bands, 1);
  const auto count = static_cast<int64_t>(targets.size());
  EXPECT_GT(bounded, count * 9 / 10);
  EXPECT_LT(bounded, count);
}

TEST(TargetMaker, KpisOfTheScorecardHaveTargets) {
  const std::vector<v1::Target> targets = MakeTargets(7);
  const Centre centre = MakeCentre(MakeOptions(7));
  ASSERT_EQ(centre.scorecards.size(), 1U);
  EXPECT_EQ(centre.scorecards[0].scorecard_id(), "frontline");
  std::set<v1::ScorecardArea> areas;
  for (const v1::ScorecardEntry& entry : centre.scorecards[0].entries()) {
    SCOPED_TRACE(entry.ShortDebugString());
    areas.insert(entry.area());
    ResolveOf(entry.kpi_id(), entry.parameters(), entry.statistic());
    EXPECT_TRUE(std::any_of(targets.begin(), targets.end(), [&](const v1::Target& target) {
      return target.kpi_id() == entry.kpi_id() &&
             std::map<std::string, std::string>(target.parameters().begin(),
                                                target.parameters().end()) ==
                 std::map<std::string, std::string>(entry.parameters().begin(),
                                                    entry.parameters().end());
    }));
  }
  EXPECT_EQ(areas.size(), 3U);
}

TEST(TargetMaker, SameSeedSameTargets) {
  EXPECT_EQ(TextOf(MakeTargets(7)), TextOf(MakeTargets(7)));
  EXPECT_NE(TextOf(MakeTargets(7)), TextOf(MakeTargets(8)));
}

}  // namespace
}  // namespace kpid::client
