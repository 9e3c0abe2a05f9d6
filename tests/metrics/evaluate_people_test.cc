#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

constexpr std::chrono::sys_days kMonday = std::chrono::floor<days>(kStart);
constexpr std::chrono::sys_days kJanuary{std::chrono::year(2024) / 1 / 1};
constexpr std::chrono::sys_days kApril{std::chrono::year(2024) / 4 / 1};

TEST(EmployeeSatisfaction, IsSuppressedUnderFiveAnswers) {
  FactSet facts;
  for (const int score : {5, 4, 3, 1}) facts.Answer(SurveyKind::kEsat, hours(1), score);
  const Value few = Total(facts, "employee_satisfaction");
  EXPECT_EQ(few.no_value_reason, NoValueReason::kSuppressedSmallGroup);
  EXPECT_EQ(few.value, std::nullopt);
  EXPECT_EQ(few.numerator, std::nullopt);
  EXPECT_EQ(few.denominator, std::nullopt);
  EXPECT_EQ(few.sample_count, 0);
  facts.Answer(SurveyKind::kEsat, hours(30), 4);
  EXPECT_EQ(Total(facts, "esat").value, 60);
  EXPECT_EQ(Total(facts, "esat:satisfied_from=5").value, 20);
  EXPECT_EQ(Total(facts, "esat:minimum_respondents=6").no_value_reason,
            NoValueReason::kSuppressedSmallGroup);
  const Result result = Answers(Ask({"esat"}, days(2), Granularity::kDay), *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, 60);
  EXPECT_EQ(result.slices[0].series[0].no_value_reason, NoValueReason::kSuppressedSmallGroup);
  ResolvedKpi resolved;
  EXPECT_FALSE(ResolveKpi("esat", "", {{"minimum_respondents", "4"}}, "", &resolved).empty());
}

TEST(Headcount, IsEmployedTimeOverTheBucket) {
  FactSet facts;
  facts.Employment("a").hire = kMonday - days(100);
  facts.Employment("b").hire = kMonday + days(1);
  auto& left = facts.Employment("c");
  left.hire = kMonday - days(9);
  left.leave = kMonday + days(1);
  facts.Employment("unknown");  // Without dates.
  const Result result = Answers(Ask({"headcount"}, days(4), Granularity::kDay), *facts.Snapshot());
  const Value& total = result.total[0];
  EXPECT_DOUBLE_EQ(*total.value, 2);
  EXPECT_EQ(total.numerator, 8 * 86400);
  EXPECT_EQ(total.denominator, 4 * 86400);
  EXPECT_EQ(total.sample_count, 3);
  EXPECT_EQ(result.slices[0].series[0].value, 2);
  EXPECT_EQ(result.slices[0].series[0].denominator, 86400);
}

// kpis.md, section 5.
TEST(EmployeeTurnoverRate, TenLeaversOfAHundredInAQuarter) {
  FactSet facts;
  for (int i = 0; i < 110; ++i) {
    auto& fact = facts.Employment("agent" + std::to_string(i));
    // Ten leave as the last month begins, when ten others come: a hundred at any time.
    if (i < 10) fact.leave = std::chrono::sys_days{std::chrono::year(2024) / 3 / 1};
    if (i >= 100) fact.hire = std::chrono::sys_days{std::chrono::year(2024) / 3 / 1};
    if (i >= 10 && i < 100) fact.hire = kJanuary - days(100);
  }
  Query query =
      Ask({"employee_turnover_rate", "employee_turnover_rate:annualized=true", "headcount"});
  const Calendar calendar = *Calendar::Create("Europe/Amsterdam");
  query.time_zone = "Europe/Amsterdam";
  query.range = {calendar.DayStart({2024, 1, 1}), calendar.DayStart({2024, 4, 1})};
  query.buckets = {query.range};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*result.total[0].value, 10);
  EXPECT_DOUBLE_EQ(*result.total[1].value, 40);
  EXPECT_EQ(result.total[0].numerator, 10);
  EXPECT_DOUBLE_EQ(*result.total[0].denominator, 100);
  EXPECT_DOUBLE_EQ(*result.total[2].value, 100);
}

TEST(EmployeeTurnoverRate, AnnualizesByDaysWhereMonthsAreNotWhole) {
  FactSet facts;
  facts.Employment("a").hire = kJanuary;
  facts.Employment("b").leave = kMonday + days(1);
  const Result result =
      Answers(Ask({"employee_turnover_rate:annualized=true"}, days(2)), *facts.Snapshot());
  EXPECT_DOUBLE_EQ(*result.total[0].value, 100 / 1.5 * 365.25 / 2);
}

TEST(EmployeeTurnoverRate, TransfersCountWhenAsked) {
  FactSet facts;
  facts.Employment("a").hire = kJanuary;
  auto& fact = facts.Employment("b");
  fact.leave = kMonday + days(2);
  fact.transfer = true;
  const Value value = Total(facts, "employee_turnover_rate");
  EXPECT_EQ(value.value, 0);
  EXPECT_EQ(CountOf(value, "employee_turnover_rate", "transfers"), 1);
  EXPECT_EQ(Total(facts, "employee_turnover_rate:include_transfers=true").numerator, 1);
}

TEST(EmployeeTurnoverRate, LeaversCountForTheGroupThatTheyLeft) {
  FactSet facts;
  auto& fact = facts.Employment("a");
  fact.hire = kJanuary;
  fact.leave = kMonday + days(2);
  facts.Member("a", "red", kInstantMin, kStart + days(2));
  facts.Member("a", "blue", kStart + days(2), kInstantEnd);
  Query query = Ask({"employee_turnover_rate", "headcount"});
  query.group_by = {By(DimensionKind::kAgentGroup, "team")};
  const Result result = Answers(query, *facts.Snapshot());
  ASSERT_EQ(result.slices.size(), 1U);
  EXPECT_EQ(Find(result, {"red"})->total[0].numerator, 1);
  EXPECT_DOUBLE_EQ(*Find(result, {"red"})->total[1].value, 2.0 / 7);
  EXPECT_EQ(Total(FactSet(), "employee_turnover_rate").no_value_reason, NoValueReason::kNoData);
  EXPECT_EQ(Total(FactSet(), "headcount").value, 0);
}

TEST(Calendar, WholeMonths) {
  const Calendar calendar = *Calendar::Create("Europe/Amsterdam");
  const auto months = [&](CivilDay start, CivilDay end) {
    return calendar.WholeMonths({calendar.DayStart(start), calendar.DayStart(end)});
  };
  EXPECT_EQ(months({2024, 1, 1}, {2024, 4, 1}), 3);
  EXPECT_EQ(months({2023, 12, 1}, {2025, 1, 1}), 13);
  EXPECT_EQ(months({2024, 1, 2}, {2024, 4, 2}), std::nullopt);
  EXPECT_EQ(months({2024, 1, 1}, {2024, 1, 1}), std::nullopt);
  EXPECT_EQ(calendar.WholeMonths({Instant(kJanuary), Instant(kApril)}), std::nullopt);
}

}  // namespace
}  // namespace kpid::metrics
