#include "server/scorecard_definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/scorecard.h"
#include "record_builders.h"
#include "storage/target_store.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

using Request = v1::UpsertScorecardsRequest;

v1::ScorecardEntry* Entry(Request* request, int index) {
  return request->mutable_scorecards(1)->mutable_entries(index);
}

const WrongFieldCase<Request> kCases[] = {
    {"as it should be", [](auto*) {}, {}},
    {"none", [](auto* r) { r->clear_scorecards(); }, {"scorecards TOO_FEW_ITEMS"}},
    {"too many",
     [](auto* r) {
       for (int i = 0; i < 999; ++i) r->add_scorecards();
     },
     {"scorecards TOO_MANY_ITEMS"}},
    {"no id",
     [](auto* r) { r->mutable_scorecards(1)->clear_scorecard_id(); },
     {"scorecards[1].scorecard_id FIELD_REQUIRED"}},
    {"two of an id",
     [](auto* r) { r->mutable_scorecards(1)->set_scorecard_id("c1"); },
     {"scorecards[1].scorecard_id DUPLICATE_ITEM"}},
    {"long name",
     [](auto* r) { r->mutable_scorecards(1)->set_name(std::string(257, 'x')); },
     {"scorecards[1].name FIELD_TOO_LONG"}},
    {"no entries",
     [](auto* r) { r->mutable_scorecards(1)->clear_entries(); },
     {"scorecards[1].entries TOO_FEW_ITEMS"}},
    {"many entries",
     [](auto* r) {
       for (int i = 0; i < 31; ++i) r->mutable_scorecards(1)->add_entries();
     },
     {"scorecards[1].entries TOO_MANY_ITEMS"}},
    {"unknown KPI",
     [](auto* r) { Entry(r, 1)->set_kpi_id("happiness"); },
     {"scorecards[1].entries[1].kpi_id KPI_UNKNOWN"}},
    {"unknown parameter",
     [](auto* r) { (*Entry(r, 1)->mutable_parameters())["speed"] = "1"; },
     {"scorecards[1].entries[1].parameters[\"speed\"] PARAMETER_UNKNOWN"}},
    {"statistic",
     [](auto* r) { Entry(r, 1)->set_statistic("p90"); },
     {"scorecards[1].entries[1].statistic STATISTIC_NOT_APPLICABLE"}},
    {"no area",
     [](auto* r) { Entry(r, 0)->clear_area(); },
     {"scorecards[1].entries[0].area FIELD_REQUIRED"}},
    {"unknown area",
     [](auto* r) { Entry(r, 0)->set_area(static_cast<v1::ScorecardArea>(4)); },
     {"scorecards[1].entries[0].area ENUM_UNKNOWN"}},
    {"no weight",
     [](auto* r) { Entry(r, 0)->set_weight(0); },
     {"scorecards[1].entries[0].weight NUMBER_OUT_OF_RANGE"}},
    {"fine weight",
     [](auto* r) { Entry(r, 0)->set_weight(0.0001); },
     {"scorecards[1].entries[0].weight NUMBER_TOO_PRECISE"}},
    {"an alias of the same",
     [](auto* r) { Entry(r, 1)->set_kpi_id("aht"); },
     {"scorecards[1].entries[1].kpi_id DUPLICATE_ITEM"}},
    {"the default statistic of the same",
     [](auto* r) {
       Entry(r, 1)->set_kpi_id("aht");
       Entry(r, 1)->set_statistic("mean");
     },
     {"scorecards[1].entries[1].kpi_id DUPLICATE_ITEM"}},
    {"another statistic",
     [](auto* r) {
       Entry(r, 1)->set_kpi_id("aht");
       Entry(r, 1)->set_statistic("p90");
     },
     {}},
};

TEST(ScorecardDefinitionTest, EveryWrongFieldIsNamed) {
  Request valid;
  *valid.add_scorecards() = ValidScorecard("c1");
  *valid.add_scorecards() = ValidScorecard("c2");
  ExpectNamed(kCases, valid, ValidateUpsertScorecards);
}

TEST(ScorecardDefinitionTest, BecomesTheRecordAndComesBack) {
  v1::Scorecard message = ValidScorecard();
  message.mutable_entries(0)->set_kpi_id("sl");
  (*message.mutable_entries(0)->mutable_parameters())["threshold"] = "30s";
  message.mutable_entries(0)->set_weight(2.5);
  message.mutable_entries(1)->set_kpi_id("aht");
  message.mutable_entries(1)->set_statistic("p90");
  v1::Scorecard back;
  SetScorecard(ToScorecardRecord(message), &back);
  message.mutable_entries(0)->set_kpi_id("service_level");
  message.mutable_entries(1)->set_kpi_id("average_handle_time");
  message.mutable_entries(1)->set_weight(1);
  EXPECT_EQ(back.DebugString(), message.DebugString());
}

TEST(ScorecardDefinitionTest, TheBalancedOneCouldBeStored) {
  Request request;
  SetScorecard(BalancedScorecardRecord(), request.add_scorecards());
  EXPECT_THAT(LinesOf(ValidateUpsertScorecards, request), IsEmpty());
  const auto stored = storage::ToScorecardDefinition(ToScorecardRecord(request.scorecards(0)));
  ASSERT_TRUE(stored.ok()) << stored.status();
  const metrics::ScorecardDefinition& built_in = metrics::BalancedScorecard();
  EXPECT_EQ(stored->scorecard_id, built_in.scorecard_id);
  EXPECT_EQ(stored->name, built_in.name);
  ASSERT_EQ(stored->entries.size(), built_in.entries.size());
  for (size_t i = 0; i < built_in.entries.size(); ++i) {
    EXPECT_EQ(stored->entries[i].kpi.definition, built_in.entries[i].kpi.definition);
    EXPECT_EQ(stored->entries[i].kpi.parameters, built_in.entries[i].kpi.parameters);
    EXPECT_EQ(stored->entries[i].kpi.statistic, built_in.entries[i].kpi.statistic);
    EXPECT_EQ(stored->entries[i].area, built_in.entries[i].area);
    EXPECT_EQ(stored->entries[i].weight, built_in.entries[i].weight);
  }
}

}  // namespace
}  // namespace kpid::server
