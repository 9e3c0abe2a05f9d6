#include <gtest/gtest.h>

#include "metrics/fact_source.h"
#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

// kpis.md, section 5.
TEST(Occupancy, TwoCallsAreSplitAtTheHalfHours) {
  FactSet facts;
  facts.Activity(AgentState::kHandling, hours(9) + minutes(16), hours(9) + minutes(32));
  facts.Activity(AgentState::kHandling, hours(9) + minutes(35), hours(10) + minutes(5));
  Query query = Ask({"occupancy"}, hours(2));
  query.range = {kStart + hours(9), kStart + hours(10) + minutes(30)};
  query.buckets = *Calendar::Create("UTC")->Buckets(query.range, Granularity::kMinutes30,
                                                    Weekday::kMonday, kBucketsMax);
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Numerators(result, 1, 0), (std::vector<double>{14 * 60, 27 * 60, 5 * 60}));
  EXPECT_EQ(result.total[0].numerator, 46 * 60);
  EXPECT_EQ(result.slices[0].series[1].sample_count, 2);
  EXPECT_EQ(result.total[0].sample_count, 2);  // Activities, not their pieces.
}

TEST(Occupancy, IsOfTimeOnContactsAndAvailable) {
  FactSet facts;
  facts.Activity(AgentState::kAvailable, hours(0), hours(1));
  facts.Activity(AgentState::kHandling, hours(1), hours(3));
  facts.Activity(AgentState::kWrapUp, hours(3), hours(4));
  facts.Activity(AgentState::kBreak, hours(4), hours(5));
  facts.Activity(AgentState::kOtherProductive, hours(5), hours(8));
  facts.Activity(AgentState::kOffline, hours(8), hours(90));
  EXPECT_EQ(Total(facts, "occupancy").value, 75);
  EXPECT_EQ(Total(facts, "utilization").value, 37.5);
  EXPECT_EQ(Total(facts, "shrinkage").value, 12.5);
  EXPECT_EQ(Total(facts, "occupancy").sample_count, 3);
  EXPECT_EQ(Total(facts, "utilization:basis=scheduled").no_value_reason,
            NoValueReason::kZeroDenominator);
  facts.Plan(PlannedState::kWork, hours(0), hours(4));
  facts.Plan(PlannedState::kMeal, hours(4), hours(6));
  EXPECT_EQ(Total(facts, "utilization:basis=scheduled").value, 50);
  EXPECT_EQ(Total(facts, "schedule_conformance").value, 100);
}

TEST(Occupancy, AnInterruptedActivityGoesOn) {
  FactSet facts;
  facts.Activity(AgentState::kAvailable, hours(0), std::nullopt);  // Up to the watermark, day 30.
  facts.Activity(AgentState::kHandling, hours(1), hours(2));
  const Value value = Total(facts, "occupancy");
  EXPECT_EQ(value.denominator, 7 * 86400);
  EXPECT_EQ(value.numerator, 3600);
  EXPECT_EQ(value.sample_count, 2);
  const Result result = Answers(Ask({"occupancy"}, days(40)), *facts.Snapshot());
  EXPECT_EQ(result.total[0].denominator, 30 * 86400);
}

TEST(Occupancy, IsSplitWhereTheAgentChangesTeams) {
  FactSet facts;
  facts.Activity(AgentState::kHandling, hours(1), hours(5));
  facts.Member("a", "red", kInstantMin, kStart + hours(2));
  facts.Member("a", "blue", kStart + hours(2));
  Query query = Ask({"occupancy"}, days(1), Granularity::kHour);
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"red"})->total[0].numerator, 3600);
  EXPECT_EQ(Find(result, {"blue"})->total[0].numerator, 3 * 3600);
  EXPECT_EQ(Find(result, {"blue"})->total[0].sample_count, 1);
  EXPECT_EQ(result.total[0].sample_count, 1);
  query.group_by = {By(DimensionKind::kQueue)};
  EXPECT_TRUE(Answers(query, *facts.Snapshot()).slices.empty());
}

// kpis.md, section 5.
TEST(ScheduleAdherence, TenMinutesLateAndTenMinutesTooLong) {
  FactSet facts;
  facts.Plan(PlannedState::kWork, hours(9), hours(10));
  facts.Activity(AgentState::kAvailable, hours(9) + minutes(10), hours(10) + minutes(10));
  const Value value = Total(facts, "schedule_adherence");
  EXPECT_NEAR(*value.value, 83.33, 0.005);
  EXPECT_EQ(value.numerator, 3000);
  EXPECT_EQ(value.denominator, 3600);
  EXPECT_EQ(value.sample_count, 1);
  EXPECT_EQ(Total(facts, "schedule_conformance").value, 100);
}

TEST(ScheduleAdherence, ToleranceForgivesWholeDeviations) {
  FactSet facts;
  facts.Plan(PlannedState::kWork, hours(9), hours(10));
  facts.Plan(PlannedState::kBreak, hours(10), hours(10) + minutes(10));
  facts.Activity(AgentState::kHandling, hours(9), hours(9) + minutes(20));
  facts.Activity(AgentState::kHandling, hours(9) + minutes(25), hours(9) + minutes(55));
  // Off from 9:55 to 10:05, across a change of plan: one deviation of ten minutes.
  facts.Activity(AgentState::kBreak, hours(10) + minutes(5), hours(10) + minutes(10));
  // Six minutes off before, and six after, a time without a plan: two deviations.
  facts.Plan(PlannedState::kWork, hours(12), hours(12) + minutes(6));
  facts.Plan(PlannedState::kWork, hours(13), hours(13) + minutes(6));
  EXPECT_EQ(Total(facts, "schedule_adherence").numerator, 55 * 60);
  EXPECT_EQ(Total(facts, "schedule_adherence:tolerance=5m").numerator, 60 * 60);
  EXPECT_EQ(Total(facts, "schedule_adherence:tolerance=9m").numerator, 72 * 60);
  EXPECT_EQ(Total(facts, "schedule_adherence:tolerance=10m").numerator, 82 * 60);
}

TEST(ScheduleAdherence, DeviationsAreJudgedWholeAcrossEdges) {
  FactSet facts;
  facts.Plan(PlannedState::kWork, hours(-1), hours(3));
  facts.Activity(AgentState::kHandling, hours(-1), minutes(-5));
  facts.Activity(AgentState::kHandling, minutes(5), minutes(58));
  facts.Activity(AgentState::kHandling, minutes(66), hours(3));
  const Query query = Ask({"schedule_adherence:tolerance=8m"}, hours(2), Granularity::kHour);
  const Result result = Answers(query, *facts.Snapshot());
  // Five minutes here of ten in all; eight minutes across the hour are forgiven.
  EXPECT_EQ(Numerators(result, 1, 0), (std::vector<double>{55 * 60, 60 * 60}));
  EXPECT_EQ(result.total[0].sample_count, 1);
  const FactDemand demand = DemandOf(query);
  EXPECT_EQ(demand.agent_activities->start, kStart - minutes(8));
  EXPECT_EQ(demand.scheduled_activities->end, kStart + hours(2) + minutes(8));
  EXPECT_TRUE(demand.employments);
  EXPECT_FALSE(DemandOf(Ask({"occupancy"})).employments);
}

TEST(ScheduleAdherence, OnlyTimeInEmploymentIsScheduled) {
  FactSet facts;
  facts.Plan(PlannedState::kWork, hours(20), hours(30));
  facts.Employment("a").hire = std::chrono::floor<days>(kStart) + days(1);
  EXPECT_EQ(Total(facts, "schedule_adherence").denominator, 6 * 3600);
  Query query = Ask({"schedule_adherence", "schedule_conformance"});
  query.time_zone = "Europe/Amsterdam";  // Where the day begins an hour earlier.
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(result.total[0].denominator, 7 * 3600);
  EXPECT_EQ(result.total[1].denominator, 7 * 3600);
  EXPECT_EQ(result.total[0].value, 0);
  EXPECT_EQ(Total(FactSet(), "schedule_adherence").no_value_reason, NoValueReason::kNoData);
}

TEST(ScheduleAdherence, OfOverlappingPlansTheLaterStartCounts) {
  FactSet facts;
  facts.Plan(PlannedState::kWork, hours(9), hours(17));
  facts.Plan(PlannedState::kMeal, hours(12), hours(13));
  facts.Activity(AgentState::kMeal, hours(12), hours(13));
  const Value value = Total(facts, "schedule_adherence");
  EXPECT_EQ(value.denominator, 8 * 3600);
  EXPECT_EQ(value.numerator, 3600);
  EXPECT_EQ(value.sample_count, 2);
}

TEST(ContactsPerHour, DividesContactsByHoursLoggedIn) {
  FactSet facts;
  facts.Activity(AgentState::kAvailable, hours(0), hours(3));
  facts.Activity(AgentState::kMeeting, hours(3), hours(4));
  facts.Activity(AgentState::kOffline, hours(4), hours(9));
  for (int i = 0; i < 10; ++i) facts.Handled(hours(1), seconds(1), seconds(60));
  facts.Contact(Outcome::kInProgress, hours(1));
  facts.Handled(hours(2), seconds(1), seconds(60)).agent = facts.Agent("b");
  const Value value = Total(facts, "contacts_per_hour");
  EXPECT_EQ(value.value, 2.75);
  EXPECT_EQ(value.numerator, 11);
  EXPECT_EQ(value.denominator, 4);
  EXPECT_EQ(value.sample_count, 11);
  EXPECT_EQ(CountOf(value, "contacts_per_hour", "pending"), 1);
  Query query = Ask({"contacts_per_hour", "contacts_handled"}, days(1), Granularity::kHour);
  query.group_by = {By(DimensionKind::kAgent)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"a"})->total[0].value, 2.5);
  EXPECT_EQ(Find(result, {"a"})->series[2].value, 10);
  EXPECT_EQ(Find(result, {"b"})->total[0].no_value_reason, NoValueReason::kZeroDenominator);
}

}  // namespace
}  // namespace kpid::metrics
