#include "server/query_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/dimension.h"
#include "test_server.h"
#include "wrong_fields.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Case = WrongFieldCase<v1::QueryKpisRequest>;

void Read(const v1::QueryKpisRequest& request, ViolationList* violations) {
  ReadQueryKpis(request, violations);
}

v1::DimensionFilter* AddFilter(v1::QueryKpisRequest* m, v1::DimensionKind kind,
                               const std::string& value) {
  auto* filter = m->add_filters();
  filter->mutable_dimension()->set_kind(kind);
  if (!value.empty()) filter->add_values(value);
  return filter;
}

void AddGroupBy(v1::QueryKpisRequest* m, v1::DimensionKind kind, const std::string& name = "") {
  auto* dimension = m->add_group_by();
  dimension->set_kind(kind);
  dimension->set_name(name);
}

const Case kKpiCases[] = {
    {"no KPIs", [](auto* m) { m->clear_kpis(); }, {"kpis TOO_FEW_ITEMS"}},
    {"65 KPIs",
     [](auto* m) {
       for (int i = 0; i < 64; ++i) m->add_kpis();
     },
     {"kpis TOO_MANY_ITEMS"}},
    {"no id", [](auto* m) { m->mutable_kpis(0)->clear_id(); }, {"kpis[0].id FIELD_REQUIRED"}},
    {"long id", [](auto* m) { m->mutable_kpis(0)->set_id(kLong); }, {"kpis[0].id FIELD_TOO_LONG"}},
    {"bad id",
     [](auto* m) { m->mutable_kpis(0)->set_id(kNul); },
     {"kpis[0].id FIELD_INVALID_TEXT"}},
    {"unknown KPI",
     [](auto* m) { m->mutable_kpis(0)->set_id("happiness"); },
     {"kpis[0].id KPI_UNKNOWN"}},
    {"long name",
     [](auto* m) { m->mutable_kpis(0)->set_name(std::string(65, 'x')); },
     {"kpis[0].name FIELD_TOO_LONG"}},
    {"bad name",
     [](auto* m) { m->mutable_kpis(0)->set_name("\xff"); },
     {"kpis[0].name FIELD_INVALID_TEXT"}},
    {"same name",
     [](auto* m) { m->add_kpis()->set_id("contacts_offered"); },
     {"kpis[1].name DUPLICATE_ITEM"}},
    {"same given name",
     [](auto* m) {
       m->mutable_kpis(0)->set_name("x");
       m->add_kpis()->set_id("sl");
       m->mutable_kpis(1)->set_name("x");
     },
     {"kpis[1].name DUPLICATE_ITEM"}},
    {"parameters",
     [](auto* m) {
       m->mutable_kpis(0)->set_id("sl");
       (*m->mutable_kpis(0)->mutable_parameters())["colour"] = "red";
       (*m->mutable_kpis(0)->mutable_parameters())["threshold"] = "soon";
     },
     {"kpis[0].parameters[\"colour\"] PARAMETER_UNKNOWN",
      "kpis[0].parameters[\"threshold\"] PARAMETER_INVALID"}},
    {"long parameter",
     [](auto* m) { (*m->mutable_kpis(0)->mutable_parameters())["k"] = kLong; },
     {"kpis[0].parameters[\"k\"] FIELD_TOO_LONG"}},
    {"bad parameter",
     [](auto* m) { (*m->mutable_kpis(0)->mutable_parameters())["k"] = kNul; },
     {"kpis[0].parameters[\"k\"] FIELD_INVALID_TEXT"}},
    {"33 parameters",
     [](auto* m) {
       for (int i = 0; i < 33; ++i) {
         (*m->mutable_kpis(0)->mutable_parameters())["k" + std::to_string(i)] = "v";
       }
     },
     {"kpis[0].parameters TOO_MANY_ITEMS"}},
    {"statistic of a count",
     [](auto* m) { m->mutable_kpis(0)->set_statistic("p90"); },
     {"kpis[0].statistic STATISTIC_NOT_APPLICABLE"}},
    {"unknown statistic",
     [](auto* m) {
       m->mutable_kpis(0)->set_id("aht");
       m->mutable_kpis(0)->set_statistic("p100");
     },
     {"kpis[0].statistic STATISTIC_UNKNOWN"}},
    {"long statistic",
     [](auto* m) { m->mutable_kpis(0)->set_statistic(kLong); },
     {"kpis[0].statistic FIELD_TOO_LONG"}},
};

const Case kRangeCases[] = {
    {"no interval", [](auto* m) { m->clear_interval(); }, {"interval FIELD_REQUIRED"}},
    {"no ends",
     [](auto* m) { m->mutable_interval()->Clear(); },
     {"interval.start_time FIELD_REQUIRED", "interval.end_time FIELD_REQUIRED"}},
    {"before 1970",
     [](auto* m) { m->mutable_interval()->mutable_start_time()->set_seconds(-1); },
     {"interval.start_time TIME_OUT_OF_RANGE"}},
    {"after 2200",
     [](auto* m) { m->mutable_interval()->mutable_end_time()->set_seconds(7'258'118'401); },
     {"interval.end_time TIME_OUT_OF_RANGE"}},
    {"odd nanos",
     [](auto* m) { m->mutable_interval()->mutable_end_time()->set_nanos(-1); },
     {"interval.end_time FIELD_MALFORMED"}},
    {"empty",
     [](auto* m) { *m->mutable_interval()->mutable_end_time() = m->interval().start_time(); },
     {"interval.end_time TIME_ORDER"}},
    {"3,661 days",
     [](auto* m) {
       m->mutable_interval()->mutable_start_time()->set_seconds(1'775'001'600 - 3'661 * 86'400);
     },
     {"interval RANGE_TOO_LONG"}},
    {"granularity",
     [](auto* m) { m->set_granularity(static_cast<v1::Granularity>(10)); },
     {"granularity ENUM_UNKNOWN"}},
    {"too many buckets",
     [](auto* m) {
       m->mutable_interval()->mutable_start_time()->set_seconds(1'775'001'600 - 500 * 86'400);
       m->set_granularity(v1::GRANULARITY_MINUTES_15);
     },
     {"granularity TOO_MANY_BUCKETS"}},
    {"week start",
     [](auto* m) { m->set_week_start(static_cast<v1::Weekday>(8)); },
     {"week_start ENUM_UNKNOWN"}},
    {"zone", [](auto* m) { m->set_time_zone("Mars/Olympus"); }, {"time_zone TIME_ZONE_UNKNOWN"}},
    {"zone as path",
     [](auto* m) { m->set_time_zone("../../etc/passwd"); },
     {"time_zone TIME_ZONE_UNKNOWN"}},
    {"long zone", [](auto* m) { m->set_time_zone(kLong); }, {"time_zone FIELD_TOO_LONG"}},
    {"bad zone", [](auto* m) { m->set_time_zone(kNul); }, {"time_zone FIELD_INVALID_TEXT"}},
};

const Case kDimensionCases[] = {
    {"5 dimensions",
     [](auto* m) {
       for (int i = 0; i < 5; ++i) AddGroupBy(m, v1::DIMENSION_KIND_AGENT);
     },
     {"group_by TOO_MANY_ITEMS"}},
    {"no kind",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_UNSPECIFIED); },
     {"group_by[0].kind FIELD_REQUIRED"}},
    {"unknown kind",
     [](auto* m) { AddGroupBy(m, static_cast<v1::DimensionKind>(8)); },
     {"group_by[0].kind ENUM_UNKNOWN"}},
    {"group without type",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_AGENT_GROUP); },
     {"group_by[0].name FIELD_REQUIRED"}},
    {"odd type",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_AGENT_GROUP, "Team"); },
     {"group_by[0].name FIELD_MALFORMED"}},
    {"attribute without key",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_ATTRIBUTE); },
     {"group_by[0].name FIELD_REQUIRED"}},
    {"odd key",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_ATTRIBUTE, kNul); },
     {"group_by[0].name FIELD_MALFORMED"}},
    {"queue with name",
     [](auto* m) { AddGroupBy(m, v1::DIMENSION_KIND_QUEUE, "x"); },
     {"group_by[0].name FIELD_CONTRADICTS"}},
    {"twice",
     [](auto* m) {
       AddGroupBy(m, v1::DIMENSION_KIND_ATTRIBUTE, "a");
       AddGroupBy(m, v1::DIMENSION_KIND_ATTRIBUTE, "b");
       AddGroupBy(m, v1::DIMENSION_KIND_ATTRIBUTE, "a");
     },
     {"group_by[2] DUPLICATE_ITEM"}},
    {"17 filters",
     [](auto* m) {
       for (int i = 0; i < 17; ++i) m->add_filters();
     },
     {"filters TOO_MANY_ITEMS"}},
    {"empty filter",
     [](auto* m) { m->add_filters(); },
     {"filters[0].dimension FIELD_REQUIRED", "filters[0].values TOO_FEW_ITEMS"}},
    {"filter of nothing",
     [](auto* m) { AddFilter(m, v1::DIMENSION_KIND_UNSPECIFIED, "x"); },
     {"filters[0].dimension.kind FIELD_REQUIRED"}},
    {"filter twice",
     [](auto* m) {
       AddFilter(m, v1::DIMENSION_KIND_AGENT, "x");
       AddFilter(m, v1::DIMENSION_KIND_AGENT, "y");
     },
     {"filters[1].dimension DUPLICATE_ITEM"}},
    {"values, each wrong",
     [](auto* m) {
       auto* filter = AddFilter(m, v1::DIMENSION_KIND_QUEUE, "good");
       filter->add_values("");
       filter->add_values(kLong);
       filter->add_values(kNul);
     },
     {"filters[0].values[1] FIELD_REQUIRED", "filters[0].values[2] FIELD_TOO_LONG",
      "filters[0].values[3] FIELD_INVALID_TEXT"}},
    {"channel and direction",
     [](auto* m) {
       AddFilter(m, v1::DIMENSION_KIND_CHANNEL, "voice")->add_values("Voice");
       AddFilter(m, v1::DIMENSION_KIND_DIRECTION, "inbound")->add_values("in");
     },
     {"filters[0].values[1] ENUM_UNKNOWN", "filters[1].values[1] ENUM_UNKNOWN"}},
    {"too many values",
     [](auto* m) {
       auto* filter = AddFilter(m, v1::DIMENSION_KIND_QUEUE, "");
       for (int i = 0; i <= 10'000; ++i) filter->add_values("q");
     },
     {"filters[0].values TOO_MANY_ITEMS"}},
    {"detail",
     [](auto* m) { m->set_value_detail(static_cast<v1::ValueDetail>(5)); },
     {"value_detail ENUM_UNKNOWN"}},
    {"numbers of a comparison",
     [](auto* m) {
       m->set_value_detail(v1::VALUE_DETAIL_NUMBERS);
       m->set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
     },
     {"value_detail FIELD_CONTRADICTS"}},
    {"level too low",
     [](auto* m) { m->set_confidence_level(0.4999); },
     {"confidence_level NUMBER_OUT_OF_RANGE"}},
    {"level too high",
     [](auto* m) { m->set_confidence_level(1); },
     {"confidence_level NUMBER_OUT_OF_RANGE"}},
    {"level NaN",
     [](auto* m) { m->set_confidence_level(std::nan("")); },
     {"confidence_level NUMBER_OUT_OF_RANGE"}},
};

TEST(QueryRequestTest, EveryWrongKpiIsNamed) { ExpectNamed(kKpiCases, MarchQuestion(), Read); }

TEST(QueryRequestTest, EveryWrongRangeIsNamed) { ExpectNamed(kRangeCases, MarchQuestion(), Read); }

TEST(QueryRequestTest, EveryWrongDimensionIsNamed) {
  ExpectNamed(kDimensionCases, MarchQuestion(), Read);
}

TEST(QueryRequestTest, BecomesTheQuery) {
  v1::QueryKpisRequest request = MarchQuestion("sl");
  (*request.mutable_kpis(0)->mutable_parameters())["threshold"] = "60s";
  request.add_kpis()->set_id("aht");
  request.mutable_kpis(1)->set_name("slow");
  request.mutable_kpis(1)->set_statistic("p90");
  request.set_granularity(v1::GRANULARITY_DAY);
  request.set_time_zone("Europe/Amsterdam");
  AddGroupBy(&request, v1::DIMENSION_KIND_AGENT_GROUP, "team");
  AddGroupBy(&request, v1::DIMENSION_KIND_ATTRIBUTE, "reason.code");
  AddFilter(&request, v1::DIMENSION_KIND_CHANNEL, "voice")->set_include_missing(true);
  request.set_value_detail(v1::VALUE_DETAIL_INTERVAL);
  request.set_confidence_level(0.9);
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  EXPECT_THAT(Lines(violations), IsEmpty());
  const metrics::Query& query = question.query();
  ASSERT_EQ(query.kpis.size(), 2u);
  EXPECT_EQ(query.kpis[0].name, "service_level:threshold=60s");
  EXPECT_EQ(query.kpis[1].name, "slow");
  EXPECT_EQ(query.kpis[1].statistic.percentile, 90);
  EXPECT_EQ(question.query().time_zone, "Europe/Amsterdam");
  EXPECT_EQ(query.buckets.size(), 32u) << "31 days, begun and ended inside local days";
  EXPECT_EQ(query.buckets.front().start, query.range.start);
  EXPECT_EQ(query.buckets.back().end, query.range.end);
  ASSERT_EQ(query.group_by.size(), 2u);
  EXPECT_EQ(query.group_by[0], (metrics::Dimension{metrics::DimensionKind::kAgentGroup, "team"}));
  ASSERT_EQ(query.filters.size(), 1u);
  EXPECT_THAT(query.filters[0].values, ElementsAre("voice"));
  EXPECT_TRUE(query.filters[0].include_missing);
  EXPECT_EQ(query.value_detail, metrics::ValueDetail::kInterval);
  EXPECT_EQ(query.confidence_level, 0.9);
}

TEST(QueryRequestTest, DefaultsAreThoseOfTheContract) {
  ViolationList violations;
  const Question question = ReadQueryKpis(MarchQuestion(), &violations);
  EXPECT_EQ(question.query().time_zone, "UTC");
  EXPECT_EQ(question.query().granularity, metrics::Granularity::kRange);
  EXPECT_EQ(question.query().buckets.size(), 1u);
  EXPECT_EQ(question.query().value_detail, metrics::ValueDetail::kCounts);
  EXPECT_EQ(question.query().confidence_level, 0.95);
}

TEST(QueryRequestTest, TheLimitsThemselvesAreAllowed) {
  v1::QueryKpisRequest request = MarchQuestion();
  request.mutable_interval()->mutable_start_time()->set_seconds(7'258'118'400 - 3'660 * 86'400LL);
  request.mutable_interval()->mutable_end_time()->set_seconds(7'258'118'400);
  for (int i = 1; i < 64; ++i) {
    request.add_kpis()->set_id("aht");
    request.mutable_kpis(i)->set_statistic("p" + std::to_string(i));
  }
  ViolationList violations;
  ReadQueryKpis(request, &violations);
  EXPECT_THAT(Lines(violations), IsEmpty());
}

TEST(QueryRequestTest, GroupTypesAreCheckedAgainstTheRoster) {
  v1::QueryKpisRequest request = MarchQuestion();
  EXPECT_FALSE(NamesGroupTypes({}, {}));
  AddGroupBy(&request, v1::DIMENSION_KIND_AGENT);
  AddGroupBy(&request, v1::DIMENSION_KIND_AGENT_GROUP, "teem");
  AddFilter(&request, v1::DIMENSION_KIND_AGENT_GROUP, "x")->mutable_dimension()->set_name("team");
  auto* other = AddFilter(&request, v1::DIMENSION_KIND_AGENT_GROUP, "x");
  other->mutable_dimension()->set_name("sight");
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  ASSERT_THAT(Lines(violations), IsEmpty());
  EXPECT_TRUE(NamesGroupTypes(question.query().group_by, question.query().filters));
  const metrics::Roster roster({{1, "team", 0}}, {});
  CheckGroupTypes(question.query().group_by, question.query().filters, roster, FieldPath::Root(),
                  &violations);
  EXPECT_THAT(Lines(violations), ElementsAre("group_by[1].name GROUP_TYPE_UNKNOWN",
                                             "filters[1].dimension.name GROUP_TYPE_UNKNOWN"));
}

}  // namespace
}  // namespace kpid::server
