#include "server/query_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_server.h"
#include "violation_matchers.h"

namespace kpid::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class QueryResponseTest : public testing::Test {
 protected:
  // One KPI by queue in two buckets; one slice with a value, and none in the second bucket.
  QueryResponseTest() {
    v1::QueryKpisRequest request = MarchQuestion("sl");
    request.mutable_interval()->mutable_end_time()->set_seconds(1'772'323'200 + 2 * 86'400);
    request.set_granularity(v1::GRANULARITY_DAY);
    request.add_group_by()->set_kind(v1::DIMENSION_KIND_QUEUE);
    ViolationList violations;
    question_ = ReadQueryKpis(request, &violations);
    EXPECT_TRUE(violations.empty());
    metrics::Value value;
    value.value = 75;
    value.numerator = 3;
    value.denominator = 4;
    value.lower = 30.5;
    value.upper = 95.5;
    value.sample_count = 4;
    value.counts[0] = 2;
    value.currency = 1;
    metrics::Value none;
    none.no_value_reason = metrics::NoValueReason::kNoData;
    result_.total = {value};
    result_.currencies = {"", "EUR"};
    result_.slices.push_back({{{"sales", "Sales", false}}, {value}, {value, none}});
    result_.slices.push_back({{{"", "", true}}, {none}, {none, none}});
    result_.data_watermark = metrics::Instant(metrics::Duration(1'500'000));
  }

  v1::QueryKpisResponse Response(metrics::ValueDetail detail) {
    question_.query.value_detail = detail;
    v1::QueryKpisResponse response;
    SetQuestion(question_, &response);
    SetResult(question_.query, result_, &response);
    return response;
  }

  Question question_;
  metrics::Result result_;
};

TEST_F(QueryResponseTest, SlicesAndPointsAreInPlace) {
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kCounts);
  EXPECT_EQ(response.kpis(0).id(), "service_level");
  EXPECT_EQ(response.kpis(0).unit(), v1::UNIT_PERCENT);
  EXPECT_EQ(response.kpis(0).parameters().at("threshold"), "20s");
  EXPECT_EQ(response.time_zone(), "UTC");
  EXPECT_EQ(response.confidence_level(), 0.95);
  EXPECT_EQ(response.data_watermark().seconds(), 1);
  EXPECT_EQ(response.data_watermark().nanos(), 500'000'000);
  EXPECT_EQ(response.total().values(0).value(), 75);
  ASSERT_EQ(response.slices_size(), 2);
  const v1::Slice& sales = response.slices(0);
  EXPECT_EQ(sales.dimensions(0).dimension().kind(), v1::DIMENSION_KIND_QUEUE);
  EXPECT_EQ(sales.dimensions(0).value(), "sales");
  EXPECT_EQ(sales.dimensions(0).display_name(), "Sales");
  EXPECT_FALSE(sales.dimensions(0).missing());
  ASSERT_EQ(sales.series_size(), 2);
  EXPECT_EQ(sales.series(0).interval().start_time().seconds(), 1'772'323'200);
  EXPECT_EQ(sales.series(1).interval().start_time().seconds(), 1'772'323'200 + 86'400);
  EXPECT_EQ(sales.series(0).values(0).value(), 75);
  EXPECT_FALSE(sales.series(1).values(0).has_value());
  EXPECT_EQ(sales.series(1).values(0).no_value_reason(), v1::NO_VALUE_REASON_NO_DATA);
  EXPECT_TRUE(response.slices(1).dimensions(0).missing());
}

TEST_F(QueryResponseTest, DetailDecidesWhatAValueCarries) {
  const v1::KpiValue bare = Response(metrics::ValueDetail::kBare).total().values(0);
  EXPECT_EQ(bare.value(), 75);
  EXPECT_EQ(bare.currency_code(), "EUR");
  EXPECT_FALSE(bare.has_numerator() || bare.has_denominator());
  EXPECT_FALSE(bare.has_confidence_interval());
  EXPECT_EQ(bare.sample_count(), 0);
  EXPECT_THAT(bare.counts(), IsEmpty());

  const v1::KpiValue counts = Response(metrics::ValueDetail::kCounts).total().values(0);
  EXPECT_EQ(counts.numerator(), 3);
  EXPECT_EQ(counts.denominator(), 4);
  EXPECT_EQ(counts.sample_count(), 4);
  EXPECT_EQ(counts.counts().size(), 1u) << "only those that are not 0";
  EXPECT_EQ(counts.counts().begin()->second, 2);
  EXPECT_FALSE(counts.has_confidence_interval());

  const v1::KpiValue interval = Response(metrics::ValueDetail::kInterval).total().values(0);
  EXPECT_EQ(interval.confidence_interval().lower(), 30.5);
  EXPECT_EQ(interval.confidence_interval().upper(), 95.5);
}

TEST_F(QueryResponseTest, LeastBytesAreNoMoreThanTheBytes) {
  result_.slices.assign(100, result_.slices[1]);
  const v1::QueryKpisResponse response = Response(metrics::ValueDetail::kBare);
  EXPECT_LE(LeastResultBytes(question_.query, result_),
            static_cast<int64_t>(response.ByteSizeLong()));
  EXPECT_GT(LeastResultBytes(question_.query, result_), 100 * 2 * 20);
}

TEST(ListCatalogueTest, ListsAllOrThoseAsked) {
  ViolationList violations;
  v1::ListKpisResponse all;
  ListCatalogue({}, &violations, &all);
  EXPECT_EQ(static_cast<size_t>(all.kpis_size()), metrics::Catalogue().size());
  for (const v1::KpiDefinition& kpi : all.kpis()) {
    EXPECT_FALSE(kpi.formula().empty()) << kpi.id();
    EXPECT_NE(kpi.unit(), v1::UNIT_UNSPECIFIED) << kpi.id();
    EXPECT_GE(kpi.definition_version(), 1) << kpi.id();
    EXPECT_FALSE(kpi.time_basis().empty()) << kpi.id();
    EXPECT_GT(kpi.dimensions_size(), 0) << kpi.id();
  }
  v1::ListKpisRequest request;
  request.add_kpi_ids("aht");
  request.add_kpi_ids("service_level");
  request.add_kpi_ids("sl");
  v1::ListKpisResponse some;
  ListCatalogue(request, &violations, &some);
  ASSERT_EQ(some.kpis_size(), 2);
  EXPECT_EQ(some.kpis(0).id(), "service_level") << "in the order of the catalogue";
  EXPECT_EQ(some.kpis(1).id(), "average_handle_time");
  EXPECT_EQ(some.kpis(1).statistics_size(), 6);
  EXPECT_EQ(some.kpis(0).statistics_size(), 0);
  EXPECT_TRUE(violations.empty());
}

TEST(ListCatalogueTest, SaysWhereStatesAndTicketsCanBeSplit) {
  v1::ListKpisRequest request;
  for (const char* id : {"contacts_per_hour", "ticket_volume"}) request.add_kpi_ids(id);
  ViolationList violations;
  v1::ListKpisResponse response;
  ListCatalogue(request, &violations, &response);
  ASSERT_EQ(response.kpis_size(), 2);
  EXPECT_EQ(response.kpis(0).unit(), v1::UNIT_PER_HOUR);
  EXPECT_THAT(response.kpis(0).dimensions(),
              testing::UnorderedElementsAre(v1::DIMENSION_KIND_AGENT,
                                            v1::DIMENSION_KIND_AGENT_GROUP));
  EXPECT_EQ(response.kpis(1).time_basis(), "open_time");
  EXPECT_THAT(response.kpis(1).dimensions(), testing::Contains(v1::DIMENSION_KIND_PRIORITY));
}

TEST(ListCatalogueTest, UnknownOnesAreNamed) {
  ViolationList violations;
  v1::ListKpisRequest request;
  for (const char* id : {"sl", "happiness", ""}) request.add_kpi_ids(id);
  v1::ListKpisResponse response;
  ListCatalogue(request, &violations, &response);
  EXPECT_THAT(Lines(violations), ElementsAre("kpi_ids[1] KPI_UNKNOWN", "kpi_ids[2] KPI_UNKNOWN"));
  EXPECT_EQ(response.kpis_size(), 0);
}

}  // namespace
}  // namespace kpid::server
