#include <gtest/gtest.h>

#include "metrics/catalogue.h"

namespace kpid::metrics {
namespace {

TEST(ParseDuration, TakesOneUnit) {
  const std::vector<std::pair<std::string_view, int64_t>> cases = {{"20s", 20'000'000},
                                                                   {"1.5m", 90'000'000},
                                                                   {"48h", 172'800'000'000},
                                                                   {"7d", 604'800'000'000},
                                                                   {"500ms", 500'000},
                                                                   {"0s", 0},
                                                                   {"20", 20'000'000},
                                                                   {"0.5", 500'000},
                                                                   {"1us", 1},
                                                                   {"0.000001s", 1},
                                                                   {"366d", 31'622'400'000'000},
                                                                   {"0001s", 1'000'000},
                                                                   {"1.50000000s", 1'500'000}};
  for (const auto& [text, microseconds] : cases) {
    const auto duration = ParseDuration(text);
    ASSERT_TRUE(duration.has_value()) << text;
    EXPECT_EQ(duration->count(), microseconds) << text;
  }
}

TEST(ParseDuration, RefusesOthers) {
  for (const std::string_view text : {"",
                                      "s",
                                      "-1s",
                                      "+1s",
                                      "1 s",
                                      "1m30s",
                                      "1e3s",
                                      ".5s",
                                      "1.s",
                                      "20S",
                                      "20sec",
                                      "0.0000001s",
                                      "0.5us",
                                      "366.001d",
                                      "367d",
                                      "99999999999999999999s",
                                      "1.99999999999999999999s",
                                      "inf",
                                      "nan",
                                      "1w",
                                      "1,5s"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(DurationText, TakesTheLargestWholeUnit) {
  for (const std::string_view text : {"48h", "90s", "2m", "500ms", "0s", "1us", "168h"}) {
    EXPECT_EQ(DurationText(*ParseDuration(text)), text);
  }
  EXPECT_EQ(DurationText(std::chrono::days(7)), "168h");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(1500)), "1500ms");
}

TEST(Statistic, RoundTrips) {
  for (const std::string_view text :
       {"mean", "median", "p1", "p9", "p10", "p99", "minimum", "maximum", "standard_deviation"}) {
    const auto statistic = ParseStatistic(text);
    ASSERT_TRUE(statistic.has_value()) << text;
    EXPECT_EQ(StatisticText(*statistic), text);
  }
  EXPECT_EQ(StatisticText(*ParseStatistic("p50")), "median");
  EXPECT_EQ(StatisticText({}), "");
  for (const std::string_view text :
       {"", "p", "p0", "p100", "p05", "p5.5", "average", "P90", "p-1", "90"}) {
    EXPECT_EQ(ParseStatistic(text), std::nullopt) << text;
  }
}

TEST(ParameterText, IsWhatARequestWouldGive) {
  EXPECT_EQ(ParameterText(ParameterValue()), "");
  EXPECT_EQ(ParameterText(ParameterValue(Duration(20'000'000))), "20s");
  EXPECT_EQ(ParameterText(ParameterValue(true)), "true");
  EXPECT_EQ(ParameterText(ParameterValue(4.5)), "4.5");
  EXPECT_EQ(ParameterText(ParameterValue(5.0)), "5");
  EXPECT_EQ(ParameterText(ParameterValue(std::string("negative"))), "negative");
}

TEST(Names, AreThoseOfTheContract) {
  EXPECT_EQ(TimeBasisName(TimeBasis::kArrive), "arrive_time");
  EXPECT_EQ(TimeBasisName(TimeBasis::kRespond), "respond_time");
  EXPECT_EQ(TimeBasisName(TimeBasis::kInvite), "invite_time");
  EXPECT_EQ(DimensionKindName(DimensionKind::kAgentGroup), "agent_group");
  EXPECT_EQ(ParameterKindName(ParameterKind::kChoice), "choice");
}

}  // namespace
}  // namespace kpid::metrics
