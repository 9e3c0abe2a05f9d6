#include "server/slice_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "server/page_token.h"
#include "server/query_request.h"
#include "server/slice_token.h"
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

v1::SliceOrder* AddOrder(v1::QueryKpisRequest* m, const std::string& name = "contacts_offered",
                         v1::SliceOrderBy by = v1::SLICE_ORDER_BY_UNSPECIFIED) {
  v1::SliceOrder* order = m->add_order_by();
  order->set_kpi_name(name);
  order->set_by(by);
  return order;
}

const Case kComparisonCases[] = {
    {"unknown period",
     [](auto* m) { m->set_compare_to(static_cast<v1::ComparisonPeriod>(5)); },
     {"compare_to ENUM_UNKNOWN"}},
    {"before 1970",
     [](auto* m) {
       m->mutable_interval()->mutable_start_time()->set_seconds(10 * 86'400);
       m->mutable_interval()->mutable_end_time()->set_seconds(21 * 86'400);
       m->set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
     },
     {"compare_to TIME_OUT_OF_RANGE"}},
    {"a wrong range is the only fault",
     [](auto* m) {
       m->clear_interval();
       m->set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
     },
     {"interval FIELD_REQUIRED"}},
};

const Case kOrderCases[] = {
    {"5 orders",
     [](auto* m) {
       for (int i = 0; i < 5; ++i) AddOrder(m);
     },
     {"order_by TOO_MANY_ITEMS"}},
    {"no name", [](auto* m) { AddOrder(m, ""); }, {"order_by[0].kpi_name FIELD_REQUIRED"}},
    {"a KPI that is not asked for",
     [](auto* m) {
       AddOrder(m);
       AddOrder(m, "service_level");
     },
     {"order_by[1].kpi_name KPI_UNKNOWN"}},
    {"an alias is no name",
     [](auto* m) { AddOrder(m, "offered"); },
     {"order_by[0].kpi_name KPI_UNKNOWN"}},
    {"names are not looked for where KPIs are wrong",
     [](auto* m) {
       m->add_kpis()->set_id("happiness");
       AddOrder(m, "happiness");
     },
     {"kpis[1].id KPI_UNKNOWN"}},
    {"unknown order",
     [](auto* m) { AddOrder(m, "contacts_offered", static_cast<v1::SliceOrderBy>(4)); },
     {"order_by[0].by ENUM_UNKNOWN"}},
    {"changes without comparison",
     [](auto* m) {
       AddOrder(m, "contacts_offered", v1::SLICE_ORDER_BY_VALUE);
       AddOrder(m, "contacts_offered", v1::SLICE_ORDER_BY_ABSOLUTE_CHANGE);
       AddOrder(m, "contacts_offered", v1::SLICE_ORDER_BY_RELATIVE_CHANGE);
     },
     {"order_by[1].by FIELD_CONTRADICTS", "order_by[2].by FIELD_CONTRADICTS"}},
};

const Case kPageCases[] = {
    {"negative top", [](auto* m) { m->set_top_count(-1); }, {"top_count NUMBER_OUT_OF_RANGE"}},
    {"large top", [](auto* m) { m->set_top_count(1'001); }, {"top_count NUMBER_OUT_OF_RANGE"}},
    {"negative page", [](auto* m) { m->set_page_size(-1); }, {"page_size NUMBER_OUT_OF_RANGE"}},
    {"large page", [](auto* m) { m->set_page_size(100'001); }, {"page_size NUMBER_OUT_OF_RANGE"}},
    {"top and page",
     [](auto* m) {
       m->set_top_count(3);
       m->set_page_size(3);
     },
     {"page_size FIELD_CONTRADICTS"}},
    {"damaged token",
     [](auto* m) {
       m->set_page_size(3);
       m->set_page_token("AAAA");
     },
     {"page_token PAGE_TOKEN_INVALID"}},
    {"endless token",
     [](auto* m) {
       m->set_page_size(3);
       m->set_page_token(std::string(100'000, 'A'));
     },
     {"page_token PAGE_TOKEN_INVALID"}},
    {"token without a page",
     [](auto* m) { m->set_page_token(MakeSliceToken(*m, {})); },
     {"page_token PAGE_TOKEN_INVALID"}},
    {"negative sample",
     [](auto* m) { m->set_minimum_sample_size(-1); },
     {"minimum_sample_size NUMBER_OUT_OF_RANGE"}},
    {"large sample",
     [](auto* m) { m->set_minimum_sample_size(1'000'001); },
     {"minimum_sample_size NUMBER_OUT_OF_RANGE"}},
};

TEST(SliceRequestTest, EveryWrongComparisonIsNamed) {
  ExpectNamed(kComparisonCases, MarchQuestion(), Read);
}

TEST(SliceRequestTest, EveryWrongOrderIsNamed) { ExpectNamed(kOrderCases, MarchQuestion(), Read); }

TEST(SliceRequestTest, EveryWrongPageIsNamed) { ExpectNamed(kPageCases, MarchQuestion(), Read); }

TEST(SliceRequestTest, LimitsAreSaid) {
  v1::QueryKpisRequest request = MarchQuestion();
  request.set_top_count(-1);
  request.set_page_size(-1);
  request.set_minimum_sample_size(-1);
  ViolationList violations;
  ReadQueryKpis(request, &violations);
  std::vector<std::string> descriptions;
  for (const auto& violation : violations.violations()) {
    descriptions.push_back(violation.description);
  }
  EXPECT_THAT(descriptions,
              ElementsAre("must be 0 to 1000", "must be 0 to 100000", "must be 0 to 1000000"));
}

TEST(SliceRequestTest, BecomesTheQuestion) {
  v1::QueryKpisRequest request = MarchQuestion("sl");
  request.add_kpis()->set_id("aht");
  request.mutable_kpis(1)->set_name("slow");
  request.set_compare_to(v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR);
  AddOrder(&request, "slow", v1::SLICE_ORDER_BY_RELATIVE_CHANGE)->set_descending(true);
  AddOrder(&request, "service_level");
  request.set_top_count(1'000);
  request.set_omit_other(true);
  request.set_minimum_sample_size(1'000'000);
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  ASSERT_THAT(Lines(violations), IsEmpty());
  const metrics::Question& asked = question.asked;
  EXPECT_EQ(asked.compare_to, metrics::ComparisonPeriod::kLastYear);
  ASSERT_TRUE(question.compared.has_value());
  EXPECT_EQ(question.compared->start, asked.query.range.start - std::chrono::days(365));
  EXPECT_EQ(question.compared->end, asked.query.range.end - std::chrono::days(365));
  ASSERT_EQ(asked.order_by.size(), 2u);
  EXPECT_EQ(asked.order_by[0].kpi, 1u);
  EXPECT_EQ(asked.order_by[0].by, metrics::SliceOrder::By::kRelativeChange);
  EXPECT_TRUE(asked.order_by[0].descending);
  EXPECT_EQ(asked.order_by[1].kpi, 0u);
  EXPECT_EQ(asked.order_by[1].by, metrics::SliceOrder::By::kValue);
  EXPECT_FALSE(asked.order_by[1].descending);
  EXPECT_EQ(asked.top, 1'000);
  EXPECT_FALSE(asked.with_other);
  EXPECT_EQ(asked.sample_minimum, 1'000'000);
}

TEST(SliceRequestTest, DefaultsAreThoseOfTheContract) {
  ViolationList violations;
  const Question question = ReadQueryKpis(MarchQuestion(), &violations);
  EXPECT_EQ(question.asked.compare_to, metrics::ComparisonPeriod::kNone);
  EXPECT_EQ(question.compared, std::nullopt);
  EXPECT_THAT(question.asked.order_by, IsEmpty());
  EXPECT_EQ(question.asked.top, 0);
  EXPECT_TRUE(question.asked.with_other);
  EXPECT_EQ(question.asked.page_size, 0);
  EXPECT_EQ(question.asked.after, std::nullopt);
  EXPECT_EQ(question.asked.sample_minimum, 0);
}

// A request for pages, and where a page of it may end.
v1::QueryKpisRequest PageQuestion() {
  v1::QueryKpisRequest request = MarchQuestion("sl");
  (*request.mutable_kpis(0)->mutable_parameters())["threshold"] = "60s";
  (*request.mutable_kpis(0)->mutable_parameters())["abandoned_as"] = "ignore";
  request.mutable_kpis(0)->set_name("sl");
  request.set_compare_to(v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
  for (int i = 0; i < 3; ++i) AddOrder(&request, "sl", static_cast<v1::SliceOrderBy>(i + 1));
  for (const auto kind : {v1::DIMENSION_KIND_AGENT, v1::DIMENSION_KIND_QUEUE}) {
    request.add_group_by()->set_kind(kind);
  }
  request.set_page_size(2);
  return request;
}

const metrics::SlicePosition kPosition = {
    {0.1 + 0.2, std::nullopt, -std::numeric_limits<double>::denorm_min()},
    {{"anna", "Anna", false}, {"", "", true}}};

TEST(SliceTokenTest, HoldsThePositionExactly) {
  v1::QueryKpisRequest request = PageQuestion();
  request.set_page_token(MakeSliceToken(request, kPosition));
  ViolationList violations;
  const Question question = ReadQueryKpis(request, &violations);
  ASSERT_THAT(Lines(violations), IsEmpty());
  ASSERT_TRUE(question.asked.after.has_value());
  EXPECT_EQ(question.asked.after->keys, kPosition.keys);
  EXPECT_THAT(question.asked.after->dimensions,
              ElementsAre(metrics::DimensionValue{"anna", "", false},
                          metrics::DimensionValue{"", "", true}));
  EXPECT_EQ(question.asked.page_size, 2);
}

TEST(SliceTokenTest, ValuesOfEveryKindFit) {
  v1::QueryKpisRequest request = PageQuestion();
  request.clear_order_by();
  metrics::SlicePosition position;
  for (int i = 0; i < 4; ++i) AddOrder(&request, "sl");
  position.keys = {0.0, -0.0, std::numeric_limits<double>::max(),
                   -std::numeric_limits<double>::infinity()};
  for (int i = 0; i < 2; ++i) request.add_group_by()->set_kind(v1::DIMENSION_KIND_ATTRIBUTE);
  const std::string longest(128, '\xf0');
  position.dimensions = {{longest, "", false}, {"-", "", false}, {"+", "", false}, {"", "", false}};
  request.set_page_token(MakeSliceToken(request, position));
  EXPECT_LE(request.page_token().size(), kPageTokenBytesMax);
  const auto read = ReadSliceToken(request);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->keys, position.keys);
  EXPECT_TRUE(std::signbit(*read->keys[1])) << "bit by bit";
  EXPECT_EQ(read->dimensions, position.dimensions);
  position.dimensions.assign(4, {longest, "", false});
  EXPECT_LE(MakeSliceToken(request, position).size(), kPageTokenBytesMax);
}

TEST(SliceTokenTest, IsGoodForTheSameRequestOnly) {
  const v1::QueryKpisRequest request = PageQuestion();
  const std::string token = MakeSliceToken(request, kPosition);
  const std::vector<std::function<void(v1::QueryKpisRequest*)>> changes = {
      [](auto* m) { m->mutable_kpis(0)->set_id("service_level"); },
      [](auto* m) { (*m->mutable_kpis(0)->mutable_parameters())["threshold"] = "61s"; },
      [](auto* m) { m->mutable_interval()->mutable_end_time()->set_nanos(1'000); },
      [](auto* m) { m->set_granularity(v1::GRANULARITY_DAY); },
      [](auto* m) { m->set_time_zone("UTC"); },
      [](auto* m) { m->set_week_start(v1::WEEKDAY_SUNDAY); },
      [](auto* m) { m->mutable_group_by(1)->set_kind(v1::DIMENSION_KIND_CHANNEL); },
      [](auto* m) { m->mutable_group_by()->SwapElements(0, 1); },
      [](auto* m) {
        m->add_filters()->mutable_dimension()->set_kind(v1::DIMENSION_KIND_AGENT);
        m->mutable_filters(0)->add_values("anna");
      },
      [](auto* m) { m->set_value_detail(v1::VALUE_DETAIL_BARE); },
      [](auto* m) { m->set_confidence_level(0.9); },
      [](auto* m) { m->set_compare_to(v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_WEEK); },
      [](auto* m) { m->mutable_order_by(1)->set_descending(true); },
      [](auto* m) { m->set_page_size(3); },
      [](auto* m) { m->set_minimum_sample_size(5); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    v1::QueryKpisRequest changed = request;
    changes[i](&changed);
    changed.set_page_token(token);
    ViolationList violations;
    ReadQueryKpis(changed, &violations);
    EXPECT_THAT(Lines(violations), ElementsAre("page_token PAGE_TOKEN_INVALID")) << i;
  }
}

TEST(SliceTokenTest, OrderOfParametersAndValidationAreNoOtherRequest) {
  v1::QueryKpisRequest request = PageQuestion();
  const std::string token = MakeSliceToken(request, kPosition);
  auto* parameters = request.mutable_kpis(0)->mutable_parameters();
  parameters->clear();
  (*parameters)["abandoned_as"] = "ignore";
  (*parameters)["threshold"] = "60s";
  request.set_validate_only(true);
  request.set_page_token(token);
  EXPECT_TRUE(ReadSliceToken(request).has_value());
  EXPECT_EQ(MakeSliceToken(request, kPosition), token);
}

TEST(SliceTokenTest, PositionsThatNoPageEndedAtAreRefused) {
  v1::QueryKpisRequest request = PageQuestion();
  metrics::SlicePosition position = kPosition;
  position.keys[0] = std::nan("");
  request.set_page_token(MakeSliceToken(request, position));
  EXPECT_EQ(ReadSliceToken(request), std::nullopt);
  position = kPosition;
  position.keys.pop_back();
  request.set_page_token(MakeSliceToken(request, position));
  EXPECT_EQ(ReadSliceToken(request), std::nullopt);
}

}  // namespace
}  // namespace kpid::server
