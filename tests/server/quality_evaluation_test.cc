#include "server/quality_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

const WrongFieldCase<v1::QualityEvaluation> kEvaluationCases[] = {
    {"no evaluation_id",
     [](auto* m) { m->clear_evaluation_id(); },
     {"evaluation_id FIELD_REQUIRED"}},
    {"long evaluation_id",
     [](auto* m) { m->set_evaluation_id(kLong); },
     {"evaluation_id FIELD_TOO_LONG"}},
    {"bad evaluation_id",
     [](auto* m) { m->set_evaluation_id(kNul); },
     {"evaluation_id FIELD_INVALID_TEXT"}},
    {"long interaction_id",
     [](auto* m) { m->set_interaction_id(kLong); },
     {"interaction_id FIELD_TOO_LONG"}},
    {"bad interaction_id",
     [](auto* m) { m->set_interaction_id(kNul); },
     {"interaction_id FIELD_INVALID_TEXT"}},
    {"no agent_id", [](auto* m) { m->clear_agent_id(); }, {"agent_id FIELD_REQUIRED"}},
    {"long agent_id", [](auto* m) { m->set_agent_id(kLong); }, {"agent_id FIELD_TOO_LONG"}},
    {"bad agent_id", [](auto* m) { m->set_agent_id(kNul); }, {"agent_id FIELD_INVALID_TEXT"}},
    {"long evaluator_id",
     [](auto* m) { m->set_evaluator_id(kLong); },
     {"evaluator_id FIELD_TOO_LONG"}},
    {"bad evaluator_id",
     [](auto* m) { m->set_evaluator_id(kNul); },
     {"evaluator_id FIELD_INVALID_TEXT"}},
    {"no evaluate_time",
     [](auto* m) { m->clear_evaluate_time(); },
     {"evaluate_time FIELD_REQUIRED"}},
    {"evaluate_time before 1970",
     [](auto* m) { m->mutable_evaluate_time()->set_seconds(-1); },
     {"evaluate_time TIME_OUT_OF_RANGE"}},
    {"evaluate_time in 2200",
     [](auto* m) { m->mutable_evaluate_time()->set_seconds(kYear2200); },
     {"evaluate_time TIME_OUT_OF_RANGE"}},
    {"evaluate_time at odd nanos",
     [](auto* m) { m->mutable_evaluate_time()->set_nanos(-1); },
     {"evaluate_time FIELD_MALFORMED"}},
    {"no items", [](auto* m) { m->clear_items(); }, {"items TOO_FEW_ITEMS"}},
    {"too many items",
     [](auto* m) {
       for (int i = 0; i < 199; ++i) *m->add_items() = m->items(0);
     },
     {"items TOO_MANY_ITEMS"}},
    {"no criterion",
     [](auto* m) { m->mutable_items(0)->clear_criterion(); },
     {"items[0].criterion FIELD_REQUIRED"}},
    {"long criterion",
     [](auto* m) { m->mutable_items(1)->set_criterion(kLong); },
     {"items[1].criterion FIELD_TOO_LONG"}},
    {"bad criterion",
     [](auto* m) { m->mutable_items(1)->set_criterion(kNul); },
     {"items[1].criterion FIELD_INVALID_TEXT"}},
    {"long category",
     [](auto* m) { m->mutable_items(1)->set_category(std::string(65, 'x')); },
     {"items[1].category FIELD_TOO_LONG"}},
    {"bad category",
     [](auto* m) { m->mutable_items(1)->set_category(kNul); },
     {"items[1].category FIELD_INVALID_TEXT"}},
    {"score NaN",
     [](auto* m) { m->mutable_items(1)->set_score(std::nan("")); },
     {"items[1].score NUMBER_OUT_OF_RANGE"}},
    {"score infinite",
     [](auto* m) { m->mutable_items(1)->set_score(std::numeric_limits<double>::infinity()); },
     {"items[1].score NUMBER_OUT_OF_RANGE"}},
    {"score huge",
     [](auto* m) { m->mutable_items(1)->set_score(1'000'000.001); },
     {"items[1].score NUMBER_OUT_OF_RANGE"}},
    {"score negative",
     [](auto* m) { m->mutable_items(1)->set_score(-0.001); },
     {"items[1].score NUMBER_OUT_OF_RANGE"}},
    {"score too fine",
     [](auto* m) { m->mutable_items(1)->set_score(4.0005); },
     {"items[1].score NUMBER_TOO_PRECISE"}},
    {"maximum_score NaN",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(std::nan("")); },
     {"items[1].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"maximum_score infinite",
     [](auto* m) {
       m->mutable_items(1)->set_maximum_score(std::numeric_limits<double>::infinity());
     },
     {"items[1].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"maximum_score huge",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(1'000'000.001); },
     {"items[1].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"maximum_score negative",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(-0.001); },
     {"items[1].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"maximum_score too fine",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(4.0005); },
     {"items[1].maximum_score NUMBER_TOO_PRECISE"}},
    {"maximum_score zero",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(0); },
     {"items[1].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"maximum_score next to zero",
     [](auto* m) { m->mutable_items(1)->set_maximum_score(1e-12); },
     {"items[1].maximum_score NUMBER_TOO_PRECISE"}},
    {"weight NaN",
     [](auto* m) { m->mutable_items(1)->set_weight(std::nan("")); },
     {"items[1].weight NUMBER_OUT_OF_RANGE"}},
    {"weight infinite",
     [](auto* m) { m->mutable_items(1)->set_weight(std::numeric_limits<double>::infinity()); },
     {"items[1].weight NUMBER_OUT_OF_RANGE"}},
    {"weight huge",
     [](auto* m) { m->mutable_items(1)->set_weight(1'000'000.001); },
     {"items[1].weight NUMBER_OUT_OF_RANGE"}},
    {"weight negative",
     [](auto* m) { m->mutable_items(1)->set_weight(-0.001); },
     {"items[1].weight NUMBER_OUT_OF_RANGE"}},
    {"weight too fine",
     [](auto* m) { m->mutable_items(1)->set_weight(4.0005); },
     {"items[1].weight NUMBER_TOO_PRECISE"}},
    {"weight zero",
     [](auto* m) { m->mutable_items(1)->set_weight(0); },
     {"items[1].weight NUMBER_OUT_OF_RANGE"}},
    {"weight next to zero",
     [](auto* m) { m->mutable_items(1)->set_weight(1e-12); },
     {"items[1].weight NUMBER_TOO_PRECISE"}},
    {"score above maximum",
     [](auto* m) { m->mutable_items(1)->set_score(5.001); },
     {"items[1].score FIELD_CONTRADICTS"}},
    {"empty item",
     [](auto* m) { m->add_items(); },
     {"items[2].criterion FIELD_REQUIRED", "items[2].maximum_score NUMBER_OUT_OF_RANGE"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
};

TEST(QualityEvaluationTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kEvaluationCases, ValidEvaluation(), ValidateQualityEvaluation);
}

TEST(QualityEvaluationTest, TakesWhatTheContractAllows) {
  v1::QualityEvaluation message = ValidEvaluation();
  EXPECT_THAT(LinesOf(ValidateQualityEvaluation, message), IsEmpty());
  message.mutable_items(0)->set_score(0);
  message.mutable_items(0)->set_weight(0.001);
  message.mutable_items(1)->set_maximum_score(1'000'000);
  message.mutable_items(1)->set_score(0.1 + 0.2);  // Not the double that 0.3 is.
  message.mutable_items(1)->set_not_applicable(true);
  message.mutable_items(1)->set_auto_fail(true);
  while (message.items_size() < kQualityItemsMax) *message.add_items() = message.items(0);
  EXPECT_THAT(LinesOf(ValidateQualityEvaluation, message), IsEmpty());
}

TEST(QualityEvaluationTest, BecomesTheRecord) {
  v1::QualityEvaluation message = ValidEvaluation();
  message.set_interaction_id("i1");
  message.set_evaluator_id("eve");
  message.set_revision(3);
  v1::QualityItem* item = message.mutable_items(1);
  item->set_category("empathy");
  item->set_score(4.255);
  item->set_weight(2.5);
  item->set_not_applicable(true);
  item->set_auto_fail(true);
  const storage::QualityEvaluationRecord record = ToQualityEvaluationRecord(message);
  EXPECT_EQ(record.evaluation_id, "e1");
  EXPECT_EQ(record.interaction_id, "i1");
  EXPECT_EQ(record.agent_id, "anna");
  EXPECT_EQ(record.evaluator_id, "eve");
  EXPECT_EQ(record.evaluate, metrics::Instant(std::chrono::seconds(kNineOClock + 3'600)));
  EXPECT_EQ(record.revision, 3);
  ASSERT_EQ(record.items.size(), 2u);
  EXPECT_EQ(record.items[0].criterion, "greeting");
  EXPECT_EQ(record.items[0].weight_thousandths, 1'000) << "the default";
  EXPECT_FALSE(record.items[0].not_applicable || record.items[0].auto_fail);
  EXPECT_EQ(record.items[1].category, "empathy");
  EXPECT_EQ(record.items[1].score_thousandths, 4'255);
  EXPECT_EQ(record.items[1].maximum_thousandths, 5'000);
  EXPECT_EQ(record.items[1].weight_thousandths, 2'500);
  EXPECT_TRUE(record.items[1].not_applicable && record.items[1].auto_fail);
}

}  // namespace
}  // namespace kpid::server
