#include <gtest/gtest.h>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(Csat, SatisfiedIsOneBelowTheMaximumOfEachScale) {
  FactSet facts;
  facts.Answer(SurveyKind::kCsat, hours(1), 4);
  facts.Answer(SurveyKind::kCsat, hours(2), 3.999);
  auto& ten = facts.Answer(SurveyKind::kCsat, hours(3), 9);
  ten.scale_maximum_thousandths = 10'000;
  facts.Answer(SurveyKind::kNps, hours(4), 10);
  facts.Invite(SurveyKind::kCsat, hours(5));
  const Value value = Total(facts, "csat");
  EXPECT_DOUBLE_EQ(*value.value, 100 * 2.0 / 3);
  EXPECT_EQ(*Total(facts, "csat:satisfied_from=3.999").numerator, 3);
  EXPECT_EQ(*Total(facts, "csat:satisfied_from=5").numerator, 1);
}

TEST(CsatMean, IsOfOneScaleOnly) {
  FactSet facts;
  facts.Answer(SurveyKind::kCsat, hours(1), 4);
  facts.Answer(SurveyKind::kCsat, hours(2), 2.5);
  const Value value = Total(facts, "csat_mean");
  EXPECT_DOUBLE_EQ(*value.value, 3.25);
  EXPECT_DOUBLE_EQ(*value.numerator, 6.5);
  EXPECT_EQ(*value.denominator, 2);

  facts.Answer(SurveyKind::kCsat, hours(30), 7).scale_maximum_thousandths = 10'000;
  const Result result = Answers(Ask({"csat_mean"}, days(2), Granularity::kDay), *facts.Snapshot());
  EXPECT_EQ(result.total[0].value, std::nullopt);
  EXPECT_EQ(result.total[0].no_value_reason, NoValueReason::kMixedScales);
  EXPECT_EQ(result.total[0].sample_count, 3);
  EXPECT_DOUBLE_EQ(*result.slices[0].series[0].value, 3.25);
  EXPECT_DOUBLE_EQ(*result.slices[0].series[1].value, 7);
}

TEST(Nps, GivesPromotersPassivesAndDetractors) {
  FactSet facts;
  for (const int score : {0, 6, 7, 8, 9, 10, 10}) facts.Answer(SurveyKind::kNps, hours(1), score);
  const Value value = Total(facts, "nps", ValueDetail::kInterval);
  EXPECT_DOUBLE_EQ(*value.value, 100.0 / 7);
  EXPECT_EQ(*value.numerator, 1);
  EXPECT_EQ(*value.denominator, 7);
  EXPECT_EQ(CountOf(value, "nps", "promoters"), 3);
  EXPECT_EQ(CountOf(value, "nps", "passives"), 2);
  EXPECT_EQ(CountOf(value, "nps", "detractors"), 2);
  // Variance (3/7 + 2/7 - 1/49) / 7.
  EXPECT_NEAR(*value.lower, 100.0 / 7 - 61.708, 1e-3);
  EXPECT_NEAR(*value.upper, 100.0 / 7 + 61.708, 1e-3);
}

TEST(Nps, OfNoAnswersHasNoValue) {
  FactSet facts;
  facts.Invite(SurveyKind::kNps, hours(1));
  const Value value = Total(facts, "nps");
  EXPECT_EQ(value.value, std::nullopt);
  EXPECT_EQ(value.no_value_reason, NoValueReason::kNoData);
}

TEST(CustomerEffortScore, FollowsMethod) {
  FactSet facts;
  for (const int score : {7, 5, 4, 2}) facts.Answer(SurveyKind::kCes, hours(1), score);
  EXPECT_DOUBLE_EQ(*Total(facts, "ces").value, 4.5);
  const Value low = Total(facts, "ces:method=low_effort", ValueDetail::kInterval);
  EXPECT_DOUBLE_EQ(*low.value, 50);
  EXPECT_TRUE(low.lower.has_value());
  EXPECT_DOUBLE_EQ(*Total(facts, "ces:method=low_effort,low_effort_from=4").value, 75);
  EXPECT_EQ(Kpi("ces").unit, Unit::kScore);
  EXPECT_EQ(Kpi("ces:method=low_effort").unit, Unit::kPercent);
}

TEST(SurveyResponseRate, CountsByInviteTime) {
  FactSet facts;
  facts.Answer(SurveyKind::kCsat, hours(1), 4);  // Without an invite time: respond.
  facts.Answer(SurveyKind::kNps, days(9), 4).invite = kStart + hours(2);
  facts.Invite(SurveyKind::kCes, hours(3));
  facts.Invite(SurveyKind::kCsat, days(8));
  facts.Answer(SurveyKind::kCsat, hours(4), 4).invite = kStart - hours(1);
  facts.Answer(SurveyKind::kEsat, hours(5), 4);  // Employees are not customers.
  const Value any = Total(facts, "survey_response_rate");
  EXPECT_EQ(*any.numerator, 2);
  EXPECT_EQ(*any.denominator, 3);
  EXPECT_DOUBLE_EQ(*Total(facts, "survey_response_rate:kind=nps").value, 100);
  EXPECT_DOUBLE_EQ(*Total(facts, "survey_response_rate:kind=ces").value, 0);
  EXPECT_EQ(Total(facts, "survey_response_rate:kind=resolution_confirmed").no_value_reason,
            NoValueReason::kNoData);
}

TEST(Surveys, FallIntoTheBucketOfTheirOwnTime) {
  FactSet facts;
  for (int day = 6; day >= 0; --day) {
    auto& answer = facts.Answer(SurveyKind::kNps, days(day), 10);
    answer.invite = kStart + days(6 - day);
  }
  facts.Invite(SurveyKind::kNps, days(2));
  const Result result =
      Answers(Ask({"nps", "survey_response_rate"}, days(7), Granularity::kDay), *facts.Snapshot());
  for (size_t day = 0; day < 7; ++day) {
    EXPECT_EQ(result.slices[0].series[day * 2].denominator, 1) << day;
    EXPECT_EQ(result.slices[0].series[day * 2 + 1].denominator, day == 2 ? 2 : 1) << day;
  }
}

}  // namespace
}  // namespace kpid::metrics
