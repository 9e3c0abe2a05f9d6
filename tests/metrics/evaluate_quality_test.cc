#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "tests/metrics/fact_set.h"

namespace kpid::metrics {
namespace {

TEST(QualityScore, IsARatioOfSums) {
  FactSet facts;
  facts.Evaluation(hours(1)).items = {facts.Item("empathy", 4, 5), facts.Item("", 1, 10, 2.5)};
  facts.Evaluation(hours(2)).items = {facts.Item("style", 5, 5)};
  auto skipped = facts.Item("style", 0, 100);
  skipped.not_applicable = skipped.auto_fail = true;
  facts.Evaluation(hours(3)).items = {skipped};
  const Value value = Total(facts, "quality_score");
  EXPECT_DOUBLE_EQ(*value.numerator, 4 + 2.5 + 5);
  EXPECT_DOUBLE_EQ(*value.denominator, 5 + 25 + 5);
  EXPECT_DOUBLE_EQ(*value.value, 100 * 11.5 / 35);
  EXPECT_EQ(value.sample_count, 2);
}

TEST(QualityScore, AutoFailTakesThePointsOfItsEvaluation) {
  FactSet facts;
  auto fail = facts.Item("compliance", 1, 1);
  fail.auto_fail = true;
  facts.Evaluation(hours(1)).items = {facts.Item("empathy", 4, 5), fail};
  facts.Evaluation(hours(1)).items = {facts.Item("empathy", 2, 5)};
  EXPECT_DOUBLE_EQ(*Total(facts, "quality_score").value, 100 * 2.0 / 11);
  const Value value = Total(facts, "contact_quality");  // Also by an item of another category.
  EXPECT_DOUBLE_EQ(*value.value, 20);
  EXPECT_EQ(value.sample_count, 2);
}

TEST(ContactQuality, IsOfTheCategoriesAskedFor) {
  FactSet facts;
  facts.Evaluation(hours(1)).items = {facts.Item("communication", 1, 2), facts.Item("style", 3, 3),
                                      facts.Item("clarity", 2, 2)};
  facts.Evaluation(hours(1)).items = {facts.Item("style", 1, 3)};
  EXPECT_DOUBLE_EQ(*Total(facts, "contact_quality").value, 75);
  EXPECT_EQ(Total(facts, "contact_quality").sample_count, 1);
  EXPECT_DOUBLE_EQ(*Total(facts, "contact_quality:categories= style ;clarity").value, 75);
  EXPECT_EQ(Total(facts, "contact_quality:categories=none").no_value_reason,
            NoValueReason::kZeroDenominator);
  ResolvedKpi resolved;
  for (const std::string text : {"", ",", "a,,b", "a, "}) {
    EXPECT_EQ(ResolveKpi("contact_quality", "", {{"categories", text}}, "", &resolved).size(), 1U)
        << text;
  }
}

TEST(QualityScore, HasTheIntervalOfALinearisedRatio) {
  FactSet facts;
  const auto lower = [&] { return Total(facts, "quality_score", ValueDetail::kInterval).lower; };
  facts.Evaluation(hours(1)).items = {facts.Item("", 6, 10)};
  EXPECT_EQ(lower(), std::nullopt);
  auto skipped = facts.Item("", 1, 100);
  skipped.not_applicable = true;
  facts.Evaluation(hours(1)).items = {skipped};  // Is no sample.
  EXPECT_EQ(lower(), std::nullopt);
  facts.Evaluation(hours(2)).items = {facts.Item("", 8, 10)};
  facts.Evaluation(hours(3)).items = {facts.Item("", 14, 20)};
  // 70 %; residuals -1, 1, 0; 3/2 * 2 / 40^2 = 3 / 1600; t of 2 degrees is 4.30265.
  const Value value = Total(facts, "quality_score", ValueDetail::kInterval);
  const double half = 100 * 4.302652729696142 * std::sqrt(3.0 / 1600);
  EXPECT_NEAR(*value.lower, 70 - half, 1e-9);
  EXPECT_NEAR(*value.upper, 70 + half, 1e-9);
  EXPECT_EQ(Total(facts, "quality_score").lower, std::nullopt);
}

TEST(QualityScore, HoldsTheGreatestEvaluations) {
  FactSet facts;
  for (int i = 0; i < 120; ++i) {
    facts.Evaluation(minutes(i))
        .items.assign(200, facts.Item("", i % 2 == 0 ? 1'000'000 : 0, 1'000'000, 1'000'000));
  }
  const Value value = Total(facts, "quality_score", ValueDetail::kInterval);
  EXPECT_DOUBLE_EQ(*value.value, 50);
  // As of 120 numbers 100 and 0; normal above 100.
  EXPECT_NEAR(*value.lower, 50 - 1.959963984540054 * 50 / std::sqrt(119.0), 1e-9);
}

TEST(QualityScore, IsSlicedByAgentAndInteraction) {
  FactSet facts;
  auto& fact = facts.Evaluation(hours(1));
  fact.items = {facts.Item("", 1, 2)};
  fact.queue = facts.Queue("sales");
  fact.direction = Direction::kOutbound;
  facts.Evaluation(hours(1)).items = {facts.Item("", 2, 2)};
  Query query = Ask({"quality_score"});
  query.group_by = {By(DimensionKind::kAgent), By(DimensionKind::kQueue),
                    By(DimensionKind::kDirection)};
  const Result result = Answers(query, *facts.Snapshot());
  EXPECT_EQ(Find(result, {"a", "sales", "outbound"})->total[0].value, 50);
  EXPECT_EQ(Find(result, {"a", "", ""})->total[0].value, 100);
}

}  // namespace
}  // namespace kpid::metrics
