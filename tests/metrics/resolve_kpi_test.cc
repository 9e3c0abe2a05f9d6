#include <gtest/gtest.h>

#include "metrics/catalogue.h"

namespace kpid::metrics {
namespace {

using Where = KpiProblem::Where;

TEST(ResolveKpi, NamesAnswersAfterTheRequest) {
  ResolvedKpi resolved;
  EXPECT_TRUE(ResolveKpi("sl", "", {}, "", &resolved).empty());
  EXPECT_EQ(resolved.name, "service_level");
  EXPECT_TRUE(
      ResolveKpi("sl", "", {{"threshold", "60s"}, {"abandoned_as", "ignore"}}, "", &resolved)
          .empty());
  EXPECT_EQ(resolved.name, "service_level:abandoned_as=ignore,threshold=60s");
  EXPECT_TRUE(ResolveKpi("aht", "", {}, "p90", &resolved).empty());
  EXPECT_EQ(resolved.name, "average_handle_time:statistic=p90");
  EXPECT_TRUE(ResolveKpi("aht", "mine", {}, "p90", &resolved).empty());
  EXPECT_EQ(resolved.name, "mine");
}

TEST(ResolveKpi, FillsEveryParameter) {
  ResolvedKpi resolved;
  EXPECT_TRUE(ResolveKpi("fcr", "", {{"window", "7d"}}, "", &resolved).empty());
  EXPECT_EQ(std::get<Duration>(resolved.parameters.at("window")), std::chrono::days(7));
  EXPECT_EQ(std::get<std::string>(resolved.parameters.at("method")), "no_repeat");
  EXPECT_EQ(std::get<bool>(resolved.parameters.at("same_queue")), false);
  EXPECT_TRUE(ResolveKpi("csat", "", {}, "", &resolved).empty());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(resolved.parameters.at("satisfied_from")));
}

TEST(ResolveKpi, SaysWhatAnUnknownKpiMayBe) {
  ResolvedKpi resolved;
  const auto problems = ResolveKpi("service_levle", "", {{"x", "y"}}, "nope", &resolved);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].where, Where::kId);
  EXPECT_EQ(problems[0].reason, "KPI_UNKNOWN");
  EXPECT_NE(problems[0].description.find("did you mean service_level"), std::string::npos);
  EXPECT_EQ(ResolveKpi("", "", {}, "", &resolved)[0].reason, "KPI_UNKNOWN");
  const auto long_name = ResolveKpi(std::string(100'000, 'x'), "", {}, "", &resolved);
  EXPECT_LT(long_name[0].description.size(), 300U);
}

TEST(ResolveKpi, ReturnsAllProblems) {
  ResolvedKpi resolved;
  const auto problems = ResolveKpi("sl", "",
                                   {{"threshold", "soon"},
                                    {"abandoned_as", "good"},
                                    {"tresh", "1s"},
                                    {"include_flow_outs", "yes"}},
                                   "p90", &resolved);
  ASSERT_EQ(problems.size(), 5U);
  EXPECT_EQ(problems[0].parameter, "tresh");
  EXPECT_EQ(problems[0].reason, "PARAMETER_UNKNOWN");
  EXPECT_NE(problems[0].description.find("threshold"), std::string::npos);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(problems[i].where, Where::kParameter);
    EXPECT_EQ(problems[i].reason, "PARAMETER_INVALID");
  }
  EXPECT_NE(problems[2].description.find("negative, ignore, positive"), std::string::npos);
  EXPECT_EQ(problems[4].where, Where::kStatistic);
  EXPECT_EQ(problems[4].reason, "STATISTIC_NOT_APPLICABLE");
}

TEST(ResolveKpi, ChecksRanges) {
  ResolvedKpi resolved;
  const auto reason = [&](std::string_view id, const char* parameter, const char* value) {
    const auto problems = ResolveKpi(id, "", {{parameter, value}}, "", &resolved);
    return problems.empty() ? std::string() : problems[0].reason;
  };
  EXPECT_EQ(reason("sl", "threshold", "30d"), "");
  EXPECT_EQ(reason("sl", "threshold", "30.00001d"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("sl", "threshold", "-1s"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("sl", "threshold", ""), "PARAMETER_INVALID");
  EXPECT_EQ(reason("fcr", "window", "366d"), "");
  EXPECT_EQ(reason("csat", "satisfied_from", "4.5"), "");
  EXPECT_EQ(reason("csat", "satisfied_from", "nan"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("csat", "satisfied_from", "inf"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("csat", "satisfied_from", "4x"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("csat", "satisfied_from", "1e300"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("revenue_per_contact", "currency", "EUR"), "");
  EXPECT_EQ(reason("revenue_per_contact", "currency", "eur"), "PARAMETER_INVALID");
  EXPECT_EQ(reason("revenue_per_contact", "currency", "EURO"), "PARAMETER_INVALID");
}

TEST(ResolveKpi, ChecksStatistics) {
  ResolvedKpi resolved;
  EXPECT_EQ(ResolveKpi("aht", "", {}, "p0", &resolved)[0].reason, "STATISTIC_UNKNOWN");
  EXPECT_EQ(ResolveKpi("sl", "", {}, "p0", &resolved)[0].reason, "STATISTIC_UNKNOWN");
  EXPECT_EQ(ResolveKpi("longest_wait", "", {}, "mean", &resolved)[0].reason,
            "STATISTIC_NOT_APPLICABLE");
  EXPECT_TRUE(ResolveKpi("frt", "", {}, "median", &resolved).empty());
  EXPECT_EQ(resolved.statistic.percentile, 50);
}

}  // namespace
}  // namespace kpid::metrics
