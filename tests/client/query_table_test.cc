#include "client/query_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "client/text_table.h"
#include "client/text_width.h"
#include "client/value_text.h"
#include "tests/client/answer.h"

namespace kpid::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int kNoLimit = std::numeric_limits<int>::max();

// January 2026 in Amsterdam.
constexpr char kRange[] = R"(
    interval { start_time { seconds: 1767222000 } end_time { seconds: 1769900400 } }
    time_zone: "Europe/Amsterdam" )";

std::string TableOf(const std::string& request, const std::string& response, int width = kNoLimit,
                    bool colour = false) {
  return QueryTable(FromText<v1::QueryKpisRequest>(request),
                    FromText<v1::QueryKpisResponse>(response + kRange), {width, colour});
}

TEST(TextTable, AlignsAndBreaksTitles) {
  TextTable table;
  table.columns = {{"name", "", false, true}, {"first_contact_resolution", "%", true}};
  table.rows = {{"a", "1.0"}, {"long name", "100.0"}};
  EXPECT_EQ(RenderTable(table, kNoLimit, false),
            "           first_contact_\n"
            "               resolution\n"
            "name                    %\n"
            "---------  --------------\n"
            "a                     1.0\n"
            "long name           100.0\n");
}

TEST(TextTable, BreaksIntoBlocksThatFit) {
  TextTable table;
  table.columns = {
      {"k", "", false, true}, {"aaaa", "", true}, {"bbbb", "", true}, {"cccc", "", true}};
  table.rows = {{"x", "1", "2", "3"}};
  EXPECT_EQ(RenderTable(table, 14, false),
            "k  aaaa  bbbb\n-  ----  ----\nx     1     2\n\nk  cccc\n-  ----\nx     3\n");
}

TEST(TextTable, CountsWideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("na\xC3\xAFve"), 5U);
  EXPECT_EQ(DisplayWidth("\xE6\x97\xA5\xE6\x9C\xAC"), 4U);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1U);
}

TEST(PrintableText, TakesTheStingOutOfControlCharacters) {
  EXPECT_EQ(PrintableText("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(PrintableText("\xC2\x9B x \xFF \xE2\x80\xAE"), "? x ? ?");
  EXPECT_EQ(PrintableText("na\xC3\xAFve"), "na\xC3\xAFve");
}

TEST(BreakTitle, BreaksAtUnderscoresColonsAndSpaces) {
  EXPECT_THAT(BreakTitle("service_level:threshold=60s,abandoned_as=ignore", 14),
              ElementsAre("service_level:", "threshold=60s,", "abandoned_", "as=ignore"));
  EXPECT_THAT(BreakTitle("two words", 5), ElementsAre("two", "words"));
  EXPECT_THAT(BreakTitle("", 5), ElementsAre(""));
}

TEST(ValueText, HasSensibleDecimals) {
  const auto text = [](v1::Unit unit, double number) {
    v1::KpiValue value;
    value.set_value(number);
    const ValueStyle style = StyleOf(unit, {&value});
    return ValueText(style, value) + "|" + UnitText(style);
  };
  EXPECT_EQ(text(v1::UNIT_COUNT, 1234567), "1,234,567|");
  EXPECT_EQ(text(v1::UNIT_PERCENT, 79.96), "80.0|%");
  EXPECT_EQ(text(v1::UNIT_SECONDS, 35.04), "35.0|s");
  EXPECT_EQ(text(v1::UNIT_SECONDS, 183.5), "3:04|m:ss");
  EXPECT_EQ(text(v1::UNIT_SECONDS, 7265), "2:01:05|m:ss");
  EXPECT_EQ(text(v1::UNIT_POINTS, -12.34), "-12.3|points");
  EXPECT_EQ(text(v1::UNIT_POINTS, -0.01), "0.0|points");
  EXPECT_EQ(text(v1::UNIT_SCORE, 4.256), "4.26|score");
  EXPECT_EQ(text(v1::UNIT_PER_HOUR, 7.34), "7.3|/h");
}

TEST(ValueText, MoneyHasItsCurrency) {
  const auto euros = FromText<v1::KpiValue>("value: 1234.5 currency_code: \"EUR\"");
  const auto dollars = FromText<v1::KpiValue>("value: 2 currency_code: \"USD\"");
  const ValueStyle one = StyleOf(v1::UNIT_MONEY, {&euros});
  EXPECT_EQ(ValueText(one, euros), "1,234.50");
  EXPECT_EQ(UnitText(one), "EUR");
  const ValueStyle two = StyleOf(v1::UNIT_MONEY, {&euros, &dollars});
  EXPECT_EQ(ValueText(two, dollars), "2.00 USD");
  EXPECT_EQ(UnitText(two), "");
}

TEST(QueryTable, OneRowIsSetUpright) {
  EXPECT_EQ(TableOf("granularity: GRANULARITY_RANGE", R"(
              kpis { name: "sl" unit: UNIT_PERCENT } kpis { name: "nps" unit: UNIT_POINTS }
              total { values { value: 80 sample_count: 1200 counts { key: "pending" value: 3 } }
                      values { no_value_reason: NO_VALUE_REASON_NO_DATA } })"),
            "2026-01-01 to 2026-02-01, Europe/Amsterdam\n"
            "\n"
            "KPI  value  unit    sample  of which apart\n"
            "---  -----  ------  ------  --------------\n"
            "sl    80.0  %        1,200  pending 3\n"
            "nps      -  points       0\n"
            "\n"
            "-  no records\n");
}

constexpr char kByTeam[] = R"(
    group_by { kind: DIMENSION_KIND_AGENT_GROUP name: "team" } granularity: GRANULARITY_RANGE)";
constexpr char kTeams[] = R"(
    kpis { name: "average_handle_time" unit: UNIT_SECONDS } kpis { name: "fcr" unit: UNIT_PERCENT }
    total { values { value: 200 } values { value: 70 } }
    slices { dimensions { value: "t1" display_name: "Team Blue" }
             total { values { value: 250 } values { value: 71.26 } } }
    slices { dimensions { value: "t2" }
             total { values { value: 61 }
                     values { no_value_reason: NO_VALUE_REASON_IMMATURE } } }
    slices { dimensions { missing: true }
             total { values { no_value_reason: NO_VALUE_REASON_NO_DATA } values { value: 5 } } })";

TEST(QueryTable, SlicesAreRowsWithATotalBelow) {
  EXPECT_EQ(TableOf(kByTeam, kTeams),
            "2026-01-01 to 2026-02-01, Europe/Amsterdam\n"
            "\n"
            "              average_\n"
            "           handle_time   fcr\n"
            "team              m:ss     %\n"
            "---------  -----------  ----\n"
            "Team Blue         4:10  71.3\n"
            "t2                1:01    -b\n"
            "(none)              -a   5.0\n"
            "---------  -----------  ----\n"
            "total             3:20  70.0\n"
            "\n"
            "-a  no records\n"
            "-b  all records are too recent to be judged\n");
}

TEST(QueryTable, ColoursOnlyWhenAsked) {
  EXPECT_THAT(TableOf(kByTeam, kTeams), Not(HasSubstr("\x1b")));
  EXPECT_THAT(TableOf(kByTeam, kTeams, kNoLimit, true), HasSubstr("\x1b[1m"));
}

TEST(QueryTable, SameNamesAreToldApart) {
  const std::string text = TableOf("group_by { kind: DIMENSION_KIND_AGENT }", R"(
      kpis { name: "x" unit: UNIT_COUNT }
      slices { dimensions { value: "a1" display_name: "Ann" } total { values { value: 1 } } }
      slices { dimensions { value: "a2" display_name: "Ann" } total { values { value: 2 } } }
      slices { dimensions { value: "a3" display_name: "Bob" } total { values { value: 3 } } })");
  EXPECT_THAT(text, HasSubstr("Ann (a1)"));
  EXPECT_THAT(text, HasSubstr("Ann (a2)"));
  EXPECT_THAT(text, HasSubstr("\nBob "));
}

TEST(QueryTable, BucketsAreNamedByTheirStart) {
  EXPECT_EQ(TableOf("granularity: GRANULARITY_DAY", R"(
              kpis { name: "x" unit: UNIT_COUNT }
              total { values { value: 3 } }
              slices {
                series { interval { start_time { seconds: 1767222000 } } values { value: 1 } }
                series { interval { start_time { seconds: 1767308400 } } values { value: 2 } }
              })"),
            "2026-01-01 to 2026-02-01, Europe/Amsterdam\n"
            "\n"
            "from        x\n"
            "----------  -\n"
            "2026-01-01  1\n"
            "2026-01-02  2\n"
            "----------  -\n"
            "total       3\n");
}

TEST(BucketText, FollowsTheGranularity) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Amsterdam", &zone));
  const absl::Time time = absl::FromUnixSeconds(1767222000);
  EXPECT_EQ(BucketText(time, v1::GRANULARITY_HOUR, zone), "2026-01-01 00:00");
  EXPECT_EQ(BucketText(time, v1::GRANULARITY_WEEK, zone), "2026-01-01");
  EXPECT_EQ(BucketText(time, v1::GRANULARITY_MONTH, zone), "2026-01");
  EXPECT_EQ(BucketText(time, v1::GRANULARITY_QUARTER, zone), "2026-Q1");
  EXPECT_EQ(BucketText(time, v1::GRANULARITY_YEAR, zone), "2026");
}

constexpr char kCsvAnswer[] = R"answer(
    kpis { name: "sl:threshold=60s,x=1" unit: UNIT_PERCENT }
    kpis { name: "revenue" unit: UNIT_MONEY }
    slices {
      dimensions { value: "=cmd()"
}
series {
  interval {
    start_time{seconds : 1767222000} end_time {
    seconds:
      1767308400
    }
  }
  values {
  value:
    0.1 numerator : 1 denominator : 3 sample_count : 3 confidence_interval {
    lower:
      -0.5 upper : 2
    }
  }
  values {
  value:
    -1.5 currency_code : "EUR"
  }
}
}
    slices {
      dimensions { missing: true }
      series {
        interval { start_time { seconds: 1767222000 } end_time { seconds: 1767308400 } }
        values { no_value_reason: NO_VALUE_REASON_NO_DATA }
        values { no_value_reason: NO_VALUE_REASON_NO_DATA }
      }
    })answer";

TEST(QueryCsv, HasARowForEachSliceAndBucket) {
  const auto request = FromText<v1::QueryKpisRequest>("group_by { kind: DIMENSION_KIND_QUEUE }");
  const auto response = FromText<v1::QueryKpisResponse>(std::string(kCsvAnswer) + kRange);
  EXPECT_EQ(
      QueryCsv(request, response, false),
      "queue,interval_start,interval_end,\"sl:threshold=60s,x=1\",revenue,revenue.currency\r\n"
      "'=cmd(),2026-01-01T00:00:00+01:00,2026-01-02T00:00:00+01:00,0.1,-1.5,EUR\r\n"
      ",2026-01-01T00:00:00+01:00,2026-01-02T00:00:00+01:00,,,\r\n");
}

TEST(QueryCsv, GivesDetailsWhenAsked) {
  const auto request = FromText<v1::QueryKpisRequest>(
      "group_by { kind: DIMENSION_KIND_QUEUE } value_detail: VALUE_DETAIL_INTERVAL");
  auto response = FromText<v1::QueryKpisResponse>(std::string(kCsvAnswer) + kRange);
  response.mutable_kpis()->RemoveLast();
  response.mutable_kpis(0)->set_name("sl");
  for (v1::Slice& slice : *response.mutable_slices()) {
    slice.mutable_series(0)->mutable_values()->RemoveLast();
  }
  EXPECT_EQ(QueryCsv(request, response, true),
            "queue,interval_start,interval_end,sl,sl.numerator,sl.denominator,sl.sample_count,"
            "sl.lower,sl.upper\r\n"
            "'=cmd(),2026-01-01T00:00:00+01:00,2026-01-02T00:00:00+01:00,0.1,1,3,3,-0.5,2\r\n"
            ",2026-01-01T00:00:00+01:00,2026-01-02T00:00:00+01:00,,,,0,,\r\n");
}

}  // namespace
}  // namespace kpid::client
