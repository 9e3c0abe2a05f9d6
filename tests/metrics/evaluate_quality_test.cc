#include <gtest/gtest.h>

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
