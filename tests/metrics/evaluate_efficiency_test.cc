#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(AverageHandleTime, AddsTalkHoldAndWrapUp) {
  FactSet facts;
  auto& fact = facts.Handled(minutes(0), seconds(5), seconds(100));
  fact.talk = seconds(60);
  fact.hold = seconds(20);
  fact.wrap_up = seconds(30);
  EXPECT_DOUBLE_EQ(*Total(facts, "aht").value, 110);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_talk_time").value, 60);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_hold_time").value, 20);
  EXPECT_DOUBLE_EQ(*Total(facts, "acw").value, 30);
}

TEST(AverageHandleTime, DerivesTalkFromTimes) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(100)).hold = seconds(40);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_talk_time").value, 60);
  EXPECT_DOUBLE_EQ(*Total(facts, "aht").value, 100);
  // Never below 0.
  facts.Handled(minutes(1), seconds(5), seconds(10)).hold = seconds(40);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_talk_time:statistic=minimum").value, 0);
}

TEST(AverageHandleTime, UnknownTalkStaysOut) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(100));
  auto& unknown = facts.Contact(Outcome::kHandled, minutes(1));
  unknown.hold = seconds(10);
  const Value handle = Total(facts, "aht");
  EXPECT_DOUBLE_EQ(*handle.value, 100);
  EXPECT_EQ(CountOf(handle, "aht", "unknown_duration"), 1);
  // Hold and wrap-up are never unknown.
  const Value hold = Total(facts, "average_hold_time");
  EXPECT_DOUBLE_EQ(*hold.value, 5);
  EXPECT_EQ(*hold.denominator, 2);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_wrap_up_time").value, 0);
}

TEST(AverageHandleTime, CountsBothDirectionsAndPending) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(100));
  facts.Handled(minutes(1), seconds(5), seconds(200)).direction = Direction::kOutbound;
  facts.Abandoned(minutes(2), seconds(9));
  facts.Contact(Outcome::kInProgress, minutes(3)).direction = Direction::kOutbound;
  const Value value = Total(facts, "aht");
  EXPECT_DOUBLE_EQ(*value.value, 150);
  EXPECT_EQ(CountOf(value, "aht", "pending"), 1);
}

// Section 5 of kpis.md: two calls give 14, 27 and 5 minutes of handling in three half-hours when
// split by overlap. Interactions are counted whole where they arrive.
TEST(AverageHandleTime, CountsAContactWhollyWhereItArrives) {
  FactSet facts;
  facts.Handled(hours(9) + minutes(16), seconds(0), minutes(16));
  facts.Handled(hours(9) + minutes(35), seconds(0), minutes(30));
  const Result result =
      Answers(Ask({"aht"}, hours(24), Granularity::kMinutes30), *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*result.slices[0].series[18].value, 16 * 60);
  EXPECT_DOUBLE_EQ(*result.slices[0].series[19].value, 30 * 60);
  EXPECT_EQ(result.slices[0].series[20].value, std::nullopt);
}

TEST(AverageHandleTime, IsARatioOfSumsNotAMeanOfMeans) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(0), seconds(10)).agent = facts.Agent("x");
  facts.Handled(minutes(1), seconds(0), seconds(20)).agent = facts.Agent("y");
  facts.Handled(minutes(2), seconds(0), seconds(30)).agent = facts.Agent("y");
  Query query = Ask({"aht"});
  query.group_by = {By(DimensionKind::kAgent)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*Find(result, {"x"})->total[0].value, 10);
  EXPECT_DOUBLE_EQ(*Find(result, {"y"})->total[0].value, 25);
  EXPECT_DOUBLE_EQ(*result.total[0].value, 20);
}

TEST(AverageHandleTime, KeepsMicroseconds) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(0), Duration(1));
  facts.Handled(minutes(1), seconds(0), Duration(2));
  EXPECT_DOUBLE_EQ(*Total(facts, "aht").value, 1.5e-6);
}

TEST(AverageHandleTime, HasStudentInterval) {
  FactSet facts;
  for (const int talk : {10, 20, 30}) facts.Handled(minutes(talk), seconds(0), seconds(talk));
  const Value value = Total(facts, "aht", ValueDetail::kInterval);
  // 20 -+ t(0.975, 2) * 10 / sqrt(3), t = 4.302652729749464.
  EXPECT_NEAR(*value.lower, 20 - 24.841377118, 1e-6);
  EXPECT_NEAR(*value.upper, 20 + 24.841377118, 1e-6);
  EXPECT_EQ(Total(facts, "aht:statistic=median", ValueDetail::kInterval).lower, std::nullopt);
  EXPECT_EQ(Total(facts, "aht").lower, std::nullopt);
}

TEST(AverageHandleTime, OneSampleHasNoInterval) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(0), seconds(10));
  const Value value = Total(facts, "aht", ValueDetail::kInterval);
  EXPECT_EQ(value.value, 10);
  EXPECT_EQ(value.lower, std::nullopt);
}

TEST(TransferRate, IsOverHandled) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(100)).transferred = true;
  facts.Handled(minutes(1), seconds(5), seconds(100));
  facts.Contact(Outcome::kFlowedOut, minutes(2)).transferred = true;
  facts.Contact(Outcome::kInProgress, minutes(3)).transferred = true;
  const Value value = Total(facts, "transfer_rate");
  EXPECT_DOUBLE_EQ(*value.value, 50);
  EXPECT_EQ(CountOf(value, "transfer_rate", "pending"), 1);
}

}  // namespace
}  // namespace kpid::metrics
