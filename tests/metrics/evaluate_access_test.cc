#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// One contact of each outcome, a minute apart, each with a wait of 10 s where it has one.
FactSet OneOfEach() {
  FactSet facts;
  facts.Handled(minutes(0), seconds(10), seconds(60));
  facts.Abandoned(minutes(1), seconds(10));
  facts.Contact(Outcome::kAbandonedBeforeQueue, minutes(2)).end = kStart + seconds(130);
  facts.Contact(Outcome::kCallbackRequested, minutes(3));
  facts.Contact(Outcome::kFlowedOut, minutes(4));
  facts.Contact(Outcome::kInProgress, minutes(5));
  facts.Handled(minutes(6), seconds(30), seconds(60)).direction = Direction::kOutbound;
  return facts;
}

TEST(ContactCounts, FollowOutcomeAndParameters) {
  const FactSet facts = OneOfEach();
  EXPECT_EQ(*Total(facts, "contacts_offered").value, 5);  // With the one in progress.
  EXPECT_EQ(*Total(facts, "contacts_offered:include_before_queue=true").value, 6);
  EXPECT_EQ(*Total(facts, "contacts_offered:include_flow_outs=false").value, 4);
  EXPECT_EQ(*Total(facts, "contacts_handled").value, 2);  // Both directions.
  EXPECT_EQ(*Total(facts, "contacts_abandoned").value, 1);
  EXPECT_EQ(*Total(facts, "contacts_abandoned:include_before_queue=true").value, 2);
}

TEST(ContactCounts, OfNothingIsZero) {
  const Value value = Total(FactSet(), "contacts_offered");
  EXPECT_EQ(value.value, 0);
  EXPECT_EQ(value.numerator, 0);
  EXPECT_EQ(value.denominator, std::nullopt);
  EXPECT_EQ(value.no_value_reason, NoValueReason::kNone);
}

TEST(ServiceLevel, CheckOfKpisSection5) {
  FactSet facts;
  for (int i = 0; i < 70; ++i) facts.Handled(minutes(i), seconds(20), seconds(60));
  for (int i = 0; i < 10; ++i) facts.Abandoned(minutes(i), seconds(20));
  for (int i = 0; i < 20; ++i) facts.Handled(minutes(i), seconds(21), seconds(60));
  EXPECT_DOUBLE_EQ(*Total(facts, "service_level").value, 70);
  const Value ignore = Total(facts, "sl:abandoned_as=ignore");
  EXPECT_DOUBLE_EQ(*ignore.value, 100 * 70.0 / 90);
  EXPECT_EQ(*ignore.denominator, 90);
  EXPECT_EQ(CountOf(ignore, "sl", "short_abandoned"), 10);
  EXPECT_DOUBLE_EQ(*Total(facts, "sl:abandoned_as=positive").value, 80);
  EXPECT_DOUBLE_EQ(*Total(facts, "sl:threshold=21s").value, 90);
  EXPECT_DOUBLE_EQ(*Total(facts, "sl:threshold=19s").value, 0);
}

TEST(ServiceLevel, LateAbandonedStayInTheDenominator) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(60));
  facts.Abandoned(minutes(1), seconds(25));
  EXPECT_DOUBLE_EQ(*Total(facts, "sl:abandoned_as=ignore").value, 50);
  EXPECT_DOUBLE_EQ(*Total(facts, "sl:abandoned_as=positive").value, 50);
}

TEST(ServiceLevel, CountsWaitsFromEnqueue) {
  FactSet facts;
  auto& fact = facts.Handled(minutes(0), seconds(50), seconds(60));
  fact.enqueue = fact.arrive + seconds(40);
  EXPECT_DOUBLE_EQ(*Total(facts, "sl").value, 100);
}

TEST(ServiceLevel, DenominatorFollowsParameters) {
  const FactSet facts = OneOfEach();
  const Value value = Total(facts, "sl");
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 4);  // Handled, abandoned, callback, flowed out.
  EXPECT_EQ(CountOf(value, "sl", "pending"), 1);
  EXPECT_EQ(*Total(facts, "sl:include_before_queue=true").denominator, 5);
  EXPECT_EQ(*Total(facts, "sl:include_flow_outs=false").denominator, 3);
  EXPECT_EQ(*Total(facts, "sl:include_before_queue=true,abandoned_as=positive").numerator, 3);
}

TEST(ServiceLevel, UnknownWaitIsNotServed) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(60));
  facts.Contact(Outcome::kHandled, minutes(1));    // No answer time.
  facts.Contact(Outcome::kAbandoned, minutes(2));  // No end time.
  const Value value = Total(facts, "sl:abandoned_as=ignore,threshold=30d");
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 3);
  EXPECT_EQ(CountOf(value, "sl", "unknown_duration"), 2);
}

TEST(AbandonmentRate, FollowsParameters) {
  const FactSet facts = OneOfEach();
  EXPECT_DOUBLE_EQ(*Total(facts, "abandonment_rate").value, 25);
  EXPECT_DOUBLE_EQ(*Total(facts, "abandonment_rate:include_before_queue=true").value, 40);
  EXPECT_DOUBLE_EQ(*Total(facts, "abandonment_rate:include_flow_outs=false").value, 100.0 / 3);
  const Value shortened = Total(facts, "abandonment_rate:short_abandon=10s");
  EXPECT_EQ(*shortened.numerator, 0);
  EXPECT_EQ(*shortened.denominator, 3);
  EXPECT_EQ(CountOf(shortened, "abandonment_rate", "short_abandoned"), 1);
  EXPECT_EQ(*Total(facts, "abandonment_rate:short_abandon=9.9s").numerator, 1);
  EXPECT_EQ(CountOf(shortened, "abandonment_rate", "pending"), 1);
}

TEST(AbandonmentRate, ShortAbandonZeroIsOff) {
  FactSet facts;
  facts.Abandoned(minutes(0), seconds(0));
  EXPECT_DOUBLE_EQ(*Total(facts, "abandonment_rate").value, 100);
}

TEST(AbandonmentRate, OnlyExcludedFactsGiveZeroDenominator) {
  FactSet facts;
  facts.Abandoned(minutes(0), seconds(3));
  const Value value = Total(facts, "abandonment_rate:short_abandon=5s");
  EXPECT_EQ(value.value, std::nullopt);
  EXPECT_EQ(value.no_value_reason, NoValueReason::kZeroDenominator);
  EXPECT_EQ(value.denominator, 0);
}

TEST(AverageSpeedOfAnswer, IsOverInboundHandled) {
  FactSet facts = OneOfEach();
  facts.Handled(minutes(10), seconds(20), seconds(60));
  facts.Contact(Outcome::kHandled, minutes(11));
  const Value value = Total(facts, "asa");
  EXPECT_DOUBLE_EQ(*value.value, 15);
  EXPECT_DOUBLE_EQ(*value.numerator, 30);
  EXPECT_EQ(*value.denominator, 2);
  EXPECT_EQ(value.sample_count, 2);
  EXPECT_EQ(CountOf(value, "asa", "pending"), 1);
  EXPECT_EQ(CountOf(value, "asa", "unknown_duration"), 1);
}

TEST(AverageSpeedOfAnswer, AnswersStatistics) {
  FactSet facts;
  for (int i = 1; i <= 10; ++i) facts.Handled(minutes(i), seconds(i), seconds(60));
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=median").value, 5);
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=p90").value, 9);
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=p91").value, 10);
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=p1").value, 1);
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=minimum").value, 1);
  EXPECT_DOUBLE_EQ(*Total(facts, "asa:statistic=maximum").value, 10);
  const Value deviation = Total(facts, "asa:statistic=standard_deviation");
  EXPECT_DOUBLE_EQ(*deviation.value, 3.0276503540974917);
  EXPECT_EQ(deviation.numerator, std::nullopt);
  EXPECT_EQ(deviation.denominator, std::nullopt);
  EXPECT_EQ(deviation.sample_count, 10);
}

TEST(AverageSpeedOfAnswer, StandardDeviationNeedsTwo) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(5), seconds(60));
  EXPECT_EQ(Total(facts, "asa:statistic=standard_deviation").no_value_reason,
            NoValueReason::kZeroDenominator);
  EXPECT_EQ(Total(FactSet(), "asa:statistic=standard_deviation").no_value_reason,
            NoValueReason::kNoData);
  EXPECT_EQ(Total(FactSet(), "asa:statistic=p90").no_value_reason, NoValueReason::kNoData);
}

TEST(FirstResponseTime, TakesFirstResponseOrAnswer) {
  FactSet facts;
  auto& chat = facts.Handled(minutes(0), seconds(30), seconds(60));
  chat.first_response = chat.arrive + seconds(4);
  chat.enqueue = chat.arrive + seconds(2);  // It counts from arrive.
  facts.Handled(minutes(1), seconds(10), seconds(60));
  facts.Abandoned(minutes(2), seconds(10));  // Has none.
  auto& open = facts.Contact(Outcome::kInProgress, minutes(3));
  open.first_response = open.arrive + seconds(100);
  facts.Contact(Outcome::kHandled, minutes(4));  // Unknown.
  auto& outbound = facts.Handled(minutes(5), seconds(50), seconds(60));
  outbound.direction = Direction::kOutbound;
  const Value value = Total(facts, "art_response");
  EXPECT_DOUBLE_EQ(*value.value, 7);
  EXPECT_EQ(*value.denominator, 2);
  EXPECT_EQ(CountOf(value, "frt", "pending"), 1);
  EXPECT_EQ(CountOf(value, "frt", "unknown_duration"), 1);
}

TEST(LongestWait, IsOverHandledAndAbandoned) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(30), seconds(60));
  facts.Abandoned(minutes(1), seconds(40));
  facts.Contact(Outcome::kAbandonedBeforeQueue, minutes(2)).end = kStart + minutes(3);
  facts.Handled(minutes(3), seconds(300), seconds(60)).direction = Direction::kOutbound;
  const Value value = Total(facts, "longest_wait");
  EXPECT_DOUBLE_EQ(*value.value, 40);
  EXPECT_EQ(value.sample_count, 2);
  EXPECT_EQ(value.numerator, std::nullopt);
  EXPECT_DOUBLE_EQ(*Total(facts, "longest_wait:include_before_queue=true").value, 60);
}

TEST(AverageTimeToAbandon, IsOverAbandoned) {
  FactSet facts;
  facts.Handled(minutes(0), seconds(30), seconds(60));
  facts.Abandoned(minutes(1), seconds(40));
  facts.Abandoned(minutes(2), seconds(20));
  facts.Contact(Outcome::kAbandonedBeforeQueue, minutes(3)).end = kStart + minutes(4);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_time_to_abandon").value, 30);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_time_to_abandon:include_before_queue=true").value, 40);
  EXPECT_DOUBLE_EQ(*Total(facts, "average_time_to_abandon:statistic=maximum").value, 40);
}

}  // namespace
}  // namespace kpid::metrics
