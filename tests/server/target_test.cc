#include "server/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record_builders.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::IsEmpty;

// Better within a band.
void MakeBand(v1::Target* m) {
  m->set_kpi_id("occupancy");
  m->set_target_value(75);
  m->set_band_end_value(85);
  m->set_worst_value(100);
  m->clear_best_value();
}

// Better the lower, and in money.
void MakeMoney(v1::Target* m) {
  m->set_kpi_id("cost_per_contact");
  m->set_target_value(4.5);
  m->set_worst_value(8);
  m->set_best_value(3);
  m->set_currency_code("EUR");
}

using TargetCase = WrongFieldCase<v1::Target>;

const TargetCase kFieldCases[] = {
    {"no target_id", [](auto* m) { m->clear_target_id(); }, {"target_id FIELD_REQUIRED"}},
    {"long target_id", [](auto* m) { m->set_target_id(kLong); }, {"target_id FIELD_TOO_LONG"}},
    {"bad target_id", [](auto* m) { m->set_target_id(kNul); }, {"target_id FIELD_INVALID_TEXT"}},
    {"no kpi_id", [](auto* m) { m->clear_kpi_id(); }, {"kpi_id FIELD_REQUIRED"}},
    {"unknown KPI", [](auto* m) { m->set_kpi_id("happiness"); }, {"kpi_id KPI_UNKNOWN"}},
    {"achievement", [](auto* m) { m->set_kpi_id("kpi_achievement"); }, {"kpi_id KPI_NOT_ALLOWED"}},
    {"unknown parameter",
     [](auto* m) { (*m->mutable_parameters())["speed"] = "1"; },
     {"parameters[\"speed\"] PARAMETER_UNKNOWN"}},
    {"wrong parameter",
     [](auto* m) { (*m->mutable_parameters())["satisfied_from"] = "high"; },
     {"parameters[\"satisfied_from\"] PARAMETER_INVALID"}},
    {"bad parameter",
     [](auto* m) { (*m->mutable_parameters())["satisfied_from"] = kNul; },
     {"parameters[\"satisfied_from\"] FIELD_INVALID_TEXT"}},
    {"too many parameters",
     [](auto* m) {
       for (int i = 0; i < 33; ++i) (*m->mutable_parameters())[std::to_string(i)] = "1";
     },
     {"parameters TOO_MANY_ITEMS"}},
    {"no statistics",
     [](auto* m) { m->set_statistic("p90"); },
     {"statistic STATISTIC_NOT_APPLICABLE"}},
    {"unknown statistic",
     [](auto* m) {
       m->set_kpi_id("average_handle_time");
       m->set_worst_value(900);
       m->set_best_value(10);
       m->set_statistic("best");
     },
     {"statistic STATISTIC_UNKNOWN"}},
    {"no scope", [](auto* m) { m->clear_scope(); }, {"scope FIELD_REQUIRED"}},
    {"unknown scope",
     [](auto* m) { m->set_scope(static_cast<v1::TargetScope>(5)); },
     {"scope ENUM_UNKNOWN"}},
    {"all with id", [](auto* m) { m->set_scope_id("anna"); }, {"scope_id FIELD_CONTRADICTS"}},
    {"agent without id",
     [](auto* m) { m->set_scope(v1::TARGET_SCOPE_AGENT); },
     {"scope_id FIELD_REQUIRED"}},
    {"queue without id",
     [](auto* m) { m->set_scope(v1::TARGET_SCOPE_QUEUE); },
     {"scope_id FIELD_REQUIRED"}},
    {"long scope_id",
     [](auto* m) {
       m->set_scope(v1::TARGET_SCOPE_GROUP);
       m->set_scope_id(kLong);
     },
     {"scope_id FIELD_TOO_LONG"}},
    {"no target_value", [](auto* m) { m->clear_target_value(); }, {"target_value FIELD_REQUIRED"}},
    {"NaN",
     [](auto* m) { m->set_target_value(kNotANumber); },
     {"target_value NUMBER_OUT_OF_RANGE"}},
    {"infinite worst",
     [](auto* m) { m->set_worst_value(-kInfinity); },
     {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"infinite best",
     [](auto* m) { m->set_best_value(kInfinity); },
     {"best_value NUMBER_OUT_OF_RANGE"}},
    {"currency of percents",
     [](auto* m) { m->set_currency_code("EUR"); },
     {"currency_code FIELD_CONTRADICTS"}},
    {"no weight", [](auto* m) { m->set_weight(0); }, {"weight NUMBER_OUT_OF_RANGE"}},
    {"much weight", [](auto* m) { m->set_weight(1'000'001); }, {"weight NUMBER_OUT_OF_RANGE"}},
    {"NaN weight", [](auto* m) { m->set_weight(kNotANumber); }, {"weight NUMBER_OUT_OF_RANGE"}},
    {"fine weight", [](auto* m) { m->set_weight(1.0005); }, {"weight NUMBER_TOO_PRECISE"}},
    {"start before 1970",
     [](auto* m) { m->mutable_start_time()->set_seconds(-1); },
     {"start_time TIME_OUT_OF_RANGE"}},
    {"end in 2200",
     [](auto* m) { m->mutable_end_time()->set_seconds(kYear2200); },
     {"end_time TIME_OUT_OF_RANGE"}},
    {"odd nanos",
     [](auto* m) { m->mutable_end_time()->set_nanos(-1); },
     {"end_time FIELD_MALFORMED"}},
    {"turned around",
     [](auto* m) {
       *m->mutable_start_time() = At(0);
       *m->mutable_end_time() = At(-1);
     },
     {"end_time TIME_ORDER"}},
    {"revision", [](auto* m) { m->set_revision(-1); }, {"revision NUMBER_OUT_OF_RANGE"}},
    {"all at once",
     [](auto* m) {
       m->clear_target_id();
       m->set_kpi_id("happiness");
       m->clear_scope();
       m->set_best_value(kNotANumber);
       m->set_weight(-1);
     },
     {"target_id FIELD_REQUIRED", "kpi_id KPI_UNKNOWN", "scope FIELD_REQUIRED",
      "best_value NUMBER_OUT_OF_RANGE", "weight NUMBER_OUT_OF_RANGE"}},
};

TEST(TargetTest, EveryWrongFieldIsNamed) {
  ExpectNamed(kFieldCases, ValidTarget(), ValidateTarget);
}

const TargetCase kUpCases[] = {
    {"worst alone", [](auto* m) { m->clear_best_value(); }, {"best_value FIELD_REQUIRED"}},
    {"best alone", [](auto* m) { m->clear_worst_value(); }, {"worst_value FIELD_REQUIRED"}},
    {"equal", [](auto* m) { m->set_worst_value(95); }, {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"wrong way", [](auto* m) { m->set_worst_value(96); }, {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"target below worst",
     [](auto* m) { m->set_target_value(49.9); },
     {"target_value NUMBER_OUT_OF_RANGE"}},
    {"target above best",
     [](auto* m) { m->set_target_value(95.1); },
     {"target_value NUMBER_OUT_OF_RANGE"}},
    {"band", [](auto* m) { m->set_band_end_value(90); }, {"band_end_value FIELD_CONTRADICTS"}},
    {"target is worst", [](auto* m) { m->set_target_value(50); }, {}},
    {"target is best", [](auto* m) { m->set_target_value(95); }, {}},
    {"neither",
     [](auto* m) {
       m->clear_worst_value();
       m->clear_best_value();
     },
     {}},
};

TEST(TargetTest, OfWhatIsBetterUp) { ExpectNamed(kUpCases, ValidTarget(), ValidateTarget); }

const TargetCase kDownCases[] = {
    {"as it should be", [](auto*) {}, {}},
    {"wrong way", [](auto* m) { m->set_worst_value(2); }, {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"target above worst",
     [](auto* m) { m->set_target_value(8.1); },
     {"target_value NUMBER_OUT_OF_RANGE"}},
    {"target below best",
     [](auto* m) { m->set_target_value(2.9); },
     {"target_value NUMBER_OUT_OF_RANGE"}},
    {"band", [](auto* m) { m->set_band_end_value(9); }, {"band_end_value FIELD_CONTRADICTS"}},
    {"no currency", [](auto* m) { m->clear_currency_code(); }, {"currency_code FIELD_REQUIRED"}},
    {"currency", [](auto* m) { m->set_currency_code("eur"); }, {"currency_code FIELD_MALFORMED"}},
    {"same currency", [](auto* m) { (*m->mutable_parameters())["currency"] = "EUR"; }, {}},
    {"other currency",
     [](auto* m) { (*m->mutable_parameters())["currency"] = "USD"; },
     {"currency_code FIELD_CONTRADICTS"}},
};

TEST(TargetTest, OfWhatIsBetterDownAndInMoney) {
  v1::Target valid = ValidTarget();
  MakeMoney(&valid);
  ExpectNamed(kDownCases, valid, ValidateTarget);
}

const TargetCase kBandCases[] = {
    {"as it should be", [](auto*) {}, {}},
    {"no better way at all", [](auto* m) { m->set_kpi_id("contacts_offered"); }, {}},
    {"worst below", [](auto* m) { m->set_worst_value(0); }, {}},
    {"no worst", [](auto* m) { m->clear_worst_value(); }, {}},
    {"one point", [](auto* m) { m->set_band_end_value(75); }, {}},
    {"no end", [](auto* m) { m->clear_band_end_value(); }, {"band_end_value FIELD_REQUIRED"}},
    {"turned around",
     [](auto* m) { m->set_band_end_value(74); },
     {"band_end_value NUMBER_OUT_OF_RANGE"}},
    {"NaN end",
     [](auto* m) { m->set_band_end_value(kNotANumber); },
     {"band_end_value NUMBER_OUT_OF_RANGE"}},
    {"best", [](auto* m) { m->set_best_value(80); }, {"best_value FIELD_CONTRADICTS"}},
    {"worst inside", [](auto* m) { m->set_worst_value(80); }, {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"worst at the end",
     [](auto* m) { m->set_worst_value(85); },
     {"worst_value NUMBER_OUT_OF_RANGE"}},
    {"worst at the start",
     [](auto* m) { m->set_worst_value(75); },
     {"worst_value NUMBER_OUT_OF_RANGE"}},
};

TEST(TargetTest, OfWhatIsBetterWithinABand) {
  v1::Target valid = ValidTarget();
  MakeBand(&valid);
  ExpectNamed(kBandCases, valid, ValidateTarget);
}

TEST(TargetTest, BecomesTheRecordAndComesBack) {
  v1::Target message = ValidTarget();
  MakeMoney(&message);
  (*message.mutable_parameters())["currency"] = "EUR";
  message.set_scope(v1::TARGET_SCOPE_GROUP);
  message.set_scope_id("blue");
  message.set_weight(0.001);
  *message.mutable_start_time() = At(0, 1'999);
  *message.mutable_end_time() = At(0, 1'000);
  message.set_revision(4);
  EXPECT_THAT(LinesOf(ValidateTarget, message), IsEmpty()) << "void: it ends where it begins";
  const storage::TargetRecord record = ToTargetRecord(message);
  EXPECT_EQ(record.target_id, "g1");
  EXPECT_EQ(record.kpi.kpi_id, "cost_per_contact");
  EXPECT_THAT(record.kpi.parameters, testing::ElementsAre(testing::Pair("currency", "EUR")));
  EXPECT_EQ(record.kpi.statistic, "");
  EXPECT_EQ(record.scope, metrics::TargetScope::kGroup);
  EXPECT_EQ(record.scope_id, "blue");
  EXPECT_EQ(record.target_value, 4.5);
  EXPECT_EQ(record.worst_value, 8);
  EXPECT_EQ(record.best_value, 3);
  EXPECT_EQ(record.band_end_value, std::nullopt);
  EXPECT_EQ(record.currency_code, "EUR");
  EXPECT_EQ(record.weight_thousandths, 1);
  EXPECT_EQ(record.start, record.end);
  EXPECT_EQ(record.revision, 4);

  v1::Target back;
  SetTarget(record, &back);
  *message.mutable_start_time() = At(0, 1'000);
  EXPECT_EQ(back.DebugString(), message.DebugString());

  message.set_kpi_id("aht");
  EXPECT_EQ(ToTargetRecord(message).kpi.kpi_id, "average_handle_time") << "never an alias";

  v1::Target band = ValidTarget();
  MakeBand(&band);
  v1::Target band_back;
  SetTarget(ToTargetRecord(band), &band_back);
  EXPECT_EQ(band_back.weight(), 1) << "what is absent is told";
  band.set_weight(1);
  EXPECT_EQ(band_back.DebugString(), band.DebugString());
}

}  // namespace
}  // namespace kpid::server
