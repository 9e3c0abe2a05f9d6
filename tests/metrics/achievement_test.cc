#include "metrics/achievement.h"

#include <gtest/gtest.h>

#include "metrics/error_reason.h"
#include "metrics/fact_source.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

Target TargetFor(std::string id, std::string_view kpi, double value, double weight = 1) {
  Target target;
  target.target_id = std::move(id);
  target.kpi = Kpi(kpi);
  target.target_value = value;
  target.weight = weight;
  return target;
}

Result Achieve(const Query& query, const FactSet& facts, std::vector<Target> targets) {
  const TargetSet set(std::move(targets));
  const auto snapshot = facts.Snapshot();
  const absl::StatusOr<Query> widened = WithTargetKpis(query, set);
  EXPECT_TRUE(widened.ok()) << widened.status();
  Result result = Answers(*widened, *snapshot);
  FinishAchievement(query, *widened, set, *snapshot, &result);
  return result;
}

// Answered within 10 s by "a", within 30 s by "b"; each talks for a minute.
FactSet TwoContacts() {
  FactSet facts;
  facts.Handled(hours(1), seconds(10), minutes(1));
  facts.Handled(hours(2), seconds(30), minutes(1)).agent = facts.Agent("b");
  return facts;
}

TEST(Achievement, IsKnownByItsId) {
  EXPECT_TRUE(AsksForAchievement(Ask({"aht", "kpi_achievement"})));
  EXPECT_TRUE(AsksForAchievement(Ask({"kpi_achievement:weighted=true"})));
  EXPECT_FALSE(AsksForAchievement(Ask({"aht"})));
}

TEST(Achievement, ReadsNothingItself) {
  const FactDemand demand = DemandOf(Ask({"kpi_achievement"}));
  EXPECT_FALSE(demand.interactions.has_value());
  EXPECT_FALSE(demand.employments);
  const Result result = Answers(Ask({"kpi_achievement"}), *TwoContacts().Snapshot());
  EXPECT_EQ(result.total[0].no_value_reason, NoValueReason::kNotApplicable);
  EXPECT_EQ(result.slices.at(0).series[0].no_value_reason, NoValueReason::kNotApplicable);
}

TEST(Achievement, WidensByKpisThatAreNotAskedFor) {
  const Query query = Ask({"aht", "kpi_achievement"});
  Target past = TargetFor("4", "nps", 10);
  past.range.end = kStart;
  const absl::StatusOr<Query> widened = WithTargetKpis(
      query, TargetSet({TargetFor("1", "aht", 100), TargetFor("2", "aht:statistic=p90", 100),
                        TargetFor("3", "sl", 80),
                        TargetFor("5", "kpi_achievement:weighted=true", 50), past}));
  ASSERT_TRUE(widened.ok());
  std::vector<std::string> names;
  for (const ResolvedKpi& kpi : widened->kpis) names.push_back(kpi.name);
  EXPECT_EQ(names, (std::vector<std::string>{"aht", "kpi_achievement", "sl", "aht:statistic=p90"}));
}

TEST(Achievement, CountsWhatIsMet) {
  const Query query = Ask({"kpi_achievement", "contacts_handled", "kpi_achievement:weighted=true"});
  const Result result = Achieve(query, TwoContacts(),
                                {TargetFor("1", "aht", 60, 0.125), TargetFor("2", "sl", 60, 3),
                                 TargetFor("3", "asa", 25), TargetFor("4", "csat", 80, 7)});
  const Value& value = result.total[0];
  EXPECT_EQ(value.numerator, 2);
  EXPECT_EQ(value.denominator, 3);
  EXPECT_EQ(value.sample_count, 3);
  EXPECT_EQ(value.counts[0], 1);
  EXPECT_DOUBLE_EQ(*value.value, 200.0 / 3);
  EXPECT_EQ(result.total[1].value, 2);
  EXPECT_EQ(result.total[2].numerator, 1.125);
  EXPECT_EQ(result.total[2].denominator, 4.125);
  EXPECT_EQ(result.total[2].sample_count, 3);
  EXPECT_EQ(result.total.size(), 3U);
  EXPECT_EQ(result.slices.at(0).total.size(), 3U);
  EXPECT_EQ(result.slices[0].series.size(), 3U);
}

// Each slice by its own targets, each bucket by those of its start.
TEST(Achievement, FollowsSlicesAndBuckets) {
  Query query = Ask({"contacts_handled", "kpi_achievement"}, days(2), Granularity::kDay);
  query.group_by = {By(DimensionKind::kAgent)};
  FactSet facts = TwoContacts();
  facts.Handled(days(1), seconds(10), minutes(5));
  Target own = TargetFor("own", "aht", 400);
  own.scope = TargetScope::kAgent;
  own.scope_id = "a";
  own.range.start = kStart + hours(1);
  const Result result = Achieve(query, facts, {TargetFor("all", "aht", 60), own});
  ASSERT_EQ(result.slices.size(), 2U);
  const Slice& a = result.slices[0];
  const Slice& b = result.slices[1];
  ASSERT_EQ(a.series.size(), 4U);
  EXPECT_EQ(a.series[0].value, 1);    // Handled.
  EXPECT_EQ(a.series[1].value, 100);  // 60 s by the target for all.
  EXPECT_EQ(a.series[3].value, 100);  // 300 s by the agent's own.
  EXPECT_EQ(a.total[1].value, 0);     // 180 s by the one of the range's start.
  EXPECT_EQ(b.series[1].value, 100);
  EXPECT_EQ(b.series[3].no_value_reason, NoValueReason::kZeroDenominator);
  EXPECT_EQ(b.series[3].counts[0], 1);
  EXPECT_EQ(result.total[1].value, 0);  // 140 s.
}

TEST(Achievement, SaysWhyThereIsNone) {
  const Query query = Ask({"kpi_achievement"});
  EXPECT_EQ(Achieve(query, TwoContacts(), {}).total[0].no_value_reason, NoValueReason::kNoData);
  const Value none = Achieve(query, TwoContacts(), {TargetFor("1", "csat", 80)}).total[0];
  EXPECT_EQ(none.no_value_reason, NoValueReason::kZeroDenominator);
  EXPECT_EQ(none.counts[0], 1);
  EXPECT_EQ(none.denominator, 0);
  Query by_queue = query;
  by_queue.filters = {{By(DimensionKind::kQueue), {"q"}, false}};
  // Occupancy has no queue: its target is of no matter here.
  Target occupancy = TargetFor("1", "occupancy", 80);
  occupancy.band_end_value = 90;
  const Value nothing = Achieve(by_queue, TwoContacts(), {occupancy}).total[0];
  EXPECT_EQ(nothing.no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(nothing.counts[0], 0);
}

TEST(Achievement, CarriesWhatIsAskedFor) {
  const std::vector<Target> targets = {TargetFor("1", "aht", 60), TargetFor("2", "asa", 10)};
  Query query = Ask({"kpi_achievement", "kpi_achievement:weighted=true"});
  query.value_detail = ValueDetail::kBare;
  const Value bare = Achieve(query, TwoContacts(), targets).total[0];
  EXPECT_EQ(bare.value, 50);
  EXPECT_EQ(bare.numerator, std::nullopt);
  EXPECT_EQ(bare.sample_count, 0);
  query.value_detail = ValueDetail::kInterval;
  const Result result = Achieve(query, TwoContacts(), targets);
  // Wilson's of 1 of 2.
  EXPECT_NEAR(*result.total[0].lower, 9.4531, 1e-4);
  EXPECT_NEAR(*result.total[0].upper, 90.5469, 1e-4);
  EXPECT_EQ(result.total[1].lower, std::nullopt);
}

TEST(Achievement, TooManyKpisAreRefused) {
  std::vector<Target> targets;
  for (size_t i = 0; i <= kTargetKpisMax; ++i) {
    targets.push_back(TargetFor("t", "sl:threshold=" + std::to_string(i) + "s", 80));
  }
  const Query query = Ask({"kpi_achievement"});
  const absl::Status status = WithTargetKpis(query, TargetSet(targets)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status)->reason, "TOO_MANY_TARGET_KPIS");
  targets.pop_back();
  EXPECT_TRUE(WithTargetKpis(query, TargetSet(targets)).ok());
}

}  // namespace
}  // namespace kpid::metrics
