#include "client/query_grammar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseKpiSpec, TakesIdAlone) {
  const auto kpi = ParseKpiSpec("sl");
  ASSERT_TRUE(kpi.ok());
  EXPECT_EQ(kpi->id(), "sl");
  EXPECT_TRUE(kpi->parameters().empty());
}

TEST(ParseKpiSpec, TakesParametersStatisticAndName) {
  const auto kpi = ParseKpiSpec("average_handle_time:statistic=p90,a=b=c,name=slow\\, very\\\\");
  ASSERT_TRUE(kpi.ok()) << kpi.status();
  EXPECT_EQ(kpi->id(), "average_handle_time");
  EXPECT_EQ(kpi->statistic(), "p90");
  EXPECT_EQ(kpi->name(), "slow, very\\");
  EXPECT_EQ(kpi->parameters().at("a"), "b=c");
}

TEST(ParseKpiSpec, RefusesOtherText) {
  for (const char* text : {"", ":a=b", "sl:", "sl:a", "sl:=b", "sl:a=b,", "sl:a=1,a=2",
                           "sl:statistic=p9,statistic=p8", "sl:name=a,name=b"}) {
    EXPECT_FALSE(ParseKpiSpec(text).ok()) << text;
  }
  EXPECT_THAT(std::string(ParseKpiSpec("sl:x").status().message()), HasSubstr("\"sl:x\""));
}

TEST(ParseDimension, TakesAllKinds) {
  const auto text = [](const char* from) {
    const auto dimension = ParseDimension(from);
    return dimension.ok() ? DimensionText(*dimension) : "error";
  };
  EXPECT_EQ(text("agent"), "agent");
  EXPECT_EQ(text("queue"), "queue");
  EXPECT_EQ(text("channel"), "channel");
  EXPECT_EQ(text("direction"), "direction");
  EXPECT_EQ(text("priority"), "priority");
  EXPECT_EQ(text("agent_group:site"), "agent_group:site");
  EXPECT_EQ(text("team"), "agent_group:team");
  EXPECT_EQ(text("attribute:topic"), "attribute:topic");
  EXPECT_EQ(text("attribute:a:b"), "attribute:a:b");
  for (const char* bad :
       {"", "agent_group", "attribute", "attribute:", "queue:x", "priority:x", ":x"}) {
    EXPECT_EQ(text(bad), "error") << bad;
  }
}

TEST(ParseFilter, TakesValuesAndMissing) {
  const auto filter = ParseFilter("queue=PS,a\\,b,(none)");
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(filter->dimension().kind(), v1::DIMENSION_KIND_QUEUE);
  EXPECT_THAT(filter->values(), ElementsAre("PS", "a,b"));
  EXPECT_TRUE(filter->include_missing());
  const auto attribute = ParseFilter("attribute:topic=x=y");
  ASSERT_TRUE(attribute.ok());
  EXPECT_EQ(attribute->dimension().name(), "topic");
  EXPECT_THAT(attribute->values(), ElementsAre("x=y"));
  for (const char* bad : {"", "queue", "=x", "queue=", "queue=a,,b"}) {
    EXPECT_FALSE(ParseFilter(bad).ok()) << bad;
  }
}

TEST(ParseGranularity, TakesAllAndRefusesOthers) {
  EXPECT_EQ(*ParseGranularity("15m"), v1::GRANULARITY_MINUTES_15);
  EXPECT_EQ(*ParseGranularity("range"), v1::GRANULARITY_RANGE);
  EXPECT_EQ(*ParseGranularity("quarter"), v1::GRANULARITY_QUARTER);
  EXPECT_THAT(std::string(ParseGranularity("days").status().message()), HasSubstr("day"));
}

TEST(ParseWeekday, TakesNames) {
  EXPECT_EQ(*ParseWeekday("monday"), v1::WEEKDAY_MONDAY);
  EXPECT_EQ(*ParseWeekday("Sun"), v1::WEEKDAY_SUNDAY);
  EXPECT_FALSE(ParseWeekday("m").ok());
}

TEST(ParseComparison, TakesNames) {
  EXPECT_EQ(*ParseComparison("previous"), v1::COMPARISON_PERIOD_PREVIOUS_PERIOD);
  EXPECT_EQ(*ParseComparison("last-week"), v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_WEEK);
  EXPECT_EQ(*ParseComparison("last-month"), v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_MONTH);
  EXPECT_EQ(*ParseComparison("last-year"), v1::COMPARISON_PERIOD_SAME_PERIOD_LAST_YEAR);
  EXPECT_FALSE(ParseComparison("yesterday").ok());
}

// Name, what of it and direction, as one word each.
std::string OrderText(const std::string& text, const std::vector<std::string>& kpis) {
  const auto order = ParseOrder(text, kpis);
  if (!order.ok()) return "error";
  return order->kpi_name() + " " + v1::SliceOrderBy_Name(order->by()).substr(15) +
         (order->descending() ? " down" : " up");
}

TEST(ParseOrder, TakesKpiKeyAndDirection) {
  const std::vector<std::string> kpis = {"csat"};
  EXPECT_EQ(OrderText("csat", kpis), "csat UNSPECIFIED up");
  EXPECT_EQ(OrderText("csat:value", kpis), "csat UNSPECIFIED up");
  EXPECT_EQ(OrderText("csat asc", kpis), "csat UNSPECIFIED up");
  EXPECT_EQ(OrderText("csat desc", kpis), "csat UNSPECIFIED down");
  EXPECT_EQ(OrderText("csat:change", kpis), "csat ABSOLUTE_CHANGE up");
  EXPECT_EQ(OrderText("csat:relative desc", kpis), "csat RELATIVE_CHANGE down");
  for (const char* bad : {"", " desc", ":change", ":change desc"}) {
    EXPECT_EQ(OrderText(bad, kpis), "error") << bad;
  }
}

TEST(ParseOrder, NamesKpisAsTheAnswerDoes) {
  const std::vector<std::string> kpis = {"sl:threshold=60s,abandoned_as=ignore", "aht",
                                         "fcr:name=slow calls"};
  const std::string service_level = "service_level:abandoned_as=ignore,threshold=60s";
  EXPECT_EQ(OrderText("sl:threshold=60s,abandoned_as=ignore:change desc", kpis),
            service_level + " ABSOLUTE_CHANGE down");
  EXPECT_EQ(OrderText("sl", kpis), service_level + " UNSPECIFIED up") << "the only one";
  EXPECT_EQ(OrderText("service_level", kpis), service_level + " UNSPECIFIED up");
  EXPECT_EQ(OrderText("aht", kpis), "average_handle_time UNSPECIFIED up");
  EXPECT_EQ(OrderText("slow calls desc", kpis), "slow calls UNSPECIFIED down");
  EXPECT_EQ(OrderText("fcr", kpis), "slow calls UNSPECIFIED up");
  EXPECT_EQ(OrderText("nps", kpis), "nps UNSPECIFIED up") << "for the server to judge";
}

TEST(ParseOrder, SeveralKpisOfOneIdAreToldApartByName) {
  const std::vector<std::string> kpis = {"aht:statistic=p90", "aht:statistic=p50,name=half", "sl",
                                         "sl:threshold=60s"};
  EXPECT_EQ(OrderText("aht", kpis), "error");
  EXPECT_EQ(OrderText("half", kpis), "half UNSPECIFIED up");
  EXPECT_EQ(OrderText("aht:statistic=p90", kpis),
            "average_handle_time:statistic=p90 UNSPECIFIED up");
  EXPECT_EQ(OrderText("sl", kpis), "service_level UNSPECIFIED up") << "in the same words";
}

TEST(ParseDetail, TakesNames) {
  EXPECT_EQ(*ParseDetail("interval"), v1::VALUE_DETAIL_INTERVAL);
  EXPECT_FALSE(ParseDetail("all").ok());
}

}  // namespace
}  // namespace kpid::client
