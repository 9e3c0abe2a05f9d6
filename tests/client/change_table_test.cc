// Comparisons, targets and the slice of the others, as text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "client/change_text.h"
#include "client/query_table.h"
#include "client/text_table.h"
#include "client/text_width.h"
#include "tests/client/answer.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kNoLimit = std::numeric_limits<int>::max();

// January 2026 in Amsterdam, against December 2025.
constexpr char kRanges[] = R"(
    interval { start_time { seconds: 1767222000 } end_time { seconds: 1769900400 } }
    comparison_interval { start_time { seconds: 1764543600 } end_time { seconds: 1767222000 } }
    time_zone: "Europe/Amsterdam" confidence_level: 0.95 )";

constexpr char kByTeam[] = R"(
    group_by { kind: DIMENSION_KIND_AGENT_GROUP name: "team" }
    compare_to: COMPARISON_PERIOD_PREVIOUS_PERIOD top_count: 2 )";

constexpr char kTeams[] = R"(
    kpis { name: "fcr" id: "first_contact_resolution" unit: UNIT_PERCENT }
    kpis { name: "aht" id: "average_handle_time" unit: UNIT_SECONDS }
    kpis { name: "offered" id: "contacts_offered" unit: UNIT_COUNT }
    total {
      values { value: 70 comparison { previous_value: 70 absolute_change: 0
                                      relative_change_percent: 0
                                      significance: CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT } }
      values { value: 200 comparison { previous_value: 160 absolute_change: 40
                                       relative_change_percent: 25
                                       significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
      values { value: 2500 comparison { previous_value: 2000 absolute_change: 500
                                        relative_change_percent: 25 } }
    }
    slices {
      dimensions { value: "t1" display_name: "Team Blue" }
      total {
        values { value: 81.26
                 target { target_id: "x" target_value: 80 status: TARGET_STATUS_MET
                          attainment: 1 }
                 comparison { previous_value: 71 absolute_change: 10.26
                              relative_change_percent: 14.4
                              significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
        values { value: 150 comparison { previous_value: 160 absolute_change: -10
                                         relative_change_percent: -6.25
                                         significance: CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT } }
        values { value: 1500 comparison { previous_value: 0 absolute_change: 1500 } }
      }
    }
    slices {
      dimensions { value: "t2" }
      total {
        values { value: 64
                 target { target_id: "x" target_value: 80 status: TARGET_STATUS_MISSED
                          attainment: 0.204 }
                 comparison { previous_value: 69 absolute_change: -5
                              relative_change_percent: -7.2
                              significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
        values { no_value_reason: NO_VALUE_REASON_NO_DATA
                 comparison { previous_value: 160 } }
        values { value: 900
                 comparison { previous_no_value_reason: NO_VALUE_REASON_SUPPRESSED_SMALL_GROUP } }
      }
    }
    slices {
      other: true
      total {
        values { value: 60 comparison { previous_value: 60.01 absolute_change: -0.01
                                        relative_change_percent: -0.02 } }
        values { value: 300 comparison { previous_value: 290 absolute_change: 10
                                         relative_change_percent: 3.45 } }
        values { value: 100 comparison { previous_value: 110 absolute_change: -10
                                         relative_change_percent: -9.09 } }
      }
    }
    slice_count: 14 )";

std::string TableOf(const std::string& request, const std::string& response, int width = kNoLimit,
                    bool colour = false) {
  return QueryTable(FromText<v1::QueryKpisRequest>(request),
                    FromText<v1::QueryKpisResponse>(response + kRanges), {width, colour});
}

TEST(ChangeTable, ChangesAndTargetsStandBesideTheirValues) {
  EXPECT_EQ(TableOf(kByTeam, kTeams, 80),
            "2026-01-01 to 2026-02-01 against 2025-12-01 to 2026-01-01, Europe/Amsterdam\n"
            "\n"
            "              fcr                     aht\n"
            "team            %    change  target  m:ss   change  offered   change\n"
            "-----------  ----  --------  ------  ----  -------  -------  -------\n"
            "Team Blue    81.3  +10.3pp*  \u2713 100%  2:30   -6.2%     1,500  +1,500\n"
            "t2           64.0   -5.0pp*  \u2717 20%      -               900       -\n"
            "(12 others)  60.0    0.0pp           5:00   +3.5%       100   -9.1%\n"
            "-----------  ----  --------  ------  ----  -------  -------  -------\n"
            "total        70.0    0.0pp           3:20  +25.0%*    2,500  +25.0%\n"
            "\n"
            "-  no records\n"
            "pp  percentage points\n"
            "*  more than chance, with 95 % confidence\n"
            "\u2713  target met, \u2717 missed; percent of the way from worst to best\n");
}

TEST(ChangeTable, FitsATerminalAndKeepsPairsTogether) {
  std::istringstream lines(TableOf(kByTeam, kTeams, 50));
  std::string line;
  int headers = 0;
  while (std::getline(lines, line)) {
    const bool note =
        line.find("against") != std::string::npos || line.find("  target met") != std::string::npos;
    EXPECT_LE(DisplayWidth(line), note ? 80U : 50U) << line;
    if (line.find("change") == std::string::npos) continue;
    ++headers;
    EXPECT_EQ(line.substr(0, 4), "team");
    EXPECT_THAT(line, testing::Not(testing::ContainsRegex("^team +change"))) << "without value";
  }
  EXPECT_EQ(headers, 2);
}

TEST(ChangeTable, OneRowIsSetUpright) {
  EXPECT_EQ(TableOf("compare_to: COMPARISON_PERIOD_PREVIOUS_PERIOD", R"(
          kpis { name: "occupancy" id: "occupancy" unit: UNIT_PERCENT }
          kpis { name: "nps" id: "nps" unit: UNIT_POINTS }
          total {
            values { value: 83 sample_count: 12
                     target { target_id: "x" target_value: 75 band_end_value: 85
                              status: TARGET_STATUS_MET }
                     comparison { previous_value: 80.5 absolute_change: 2.5
                                  relative_change_percent: 3.1 } }
            values { no_value_reason: NO_VALUE_REASON_SUPPRESSED_SMALL_GROUP sample_count: 3
                     target { target_id: "y" target_value: 30 status: TARGET_STATUS_NO_VALUE }
                     comparison { previous_value: 4.2 } }
          })"),
            "2026-01-01 to 2026-02-01 against 2025-12-01 to 2026-01-01, Europe/Amsterdam\n"
            "\n"
            "KPI        value  unit    before   change  target            sample\n"
            "---------  -----  ------  ------  -------  ----------------  ------\n"
            "occupancy   83.0  %         80.5  +2.5pp   75.0 to 85.0 met      12\n"
            "nps            -  points     4.2           30.0                   3\n"
            "\n"
            "-  too few records to be shown\n"
            "pp  percentage points\n");
}

TEST(ChangeTable, ColoursFollowTheBetterDirection) {
  constexpr char kGreen[] = "\x1b[32m";
  constexpr char kRed[] = "\x1b[31m";
  const std::string text = TableOf(kByTeam, kTeams, kNoLimit, true);
  EXPECT_THAT(text, HasSubstr(std::string(kGreen) + "+10.3pp*"));
  EXPECT_THAT(text, HasSubstr(std::string(kRed) + "-5.0pp*"));
  EXPECT_THAT(text, HasSubstr(std::string(kRed) + "+25.0%*")) << "slower is worse";
  EXPECT_THAT(text, HasSubstr(std::string(kGreen) + "\u2713 100%"));
  EXPECT_THAT(text, HasSubstr(std::string(kRed) + "\u2717 20%"));
  EXPECT_THAT(text, Not(HasSubstr(std::string(kGreen) + "-6.2%"))) << "may be chance";
  EXPECT_THAT(text, Not(HasSubstr(std::string(kGreen) + "+1,500"))) << "neither is better";
  EXPECT_THAT(TableOf(kByTeam, kTeams), Not(HasSubstr("\x1b")));
}

TEST(ChangeText, SaysWhatIsUsualForTheUnit) {
  const auto text = [](v1::Unit unit, const std::string& comparison) {
    const auto value = FromText<v1::KpiValue>("value: 1 comparison { " + comparison + " }");
    return ChangeText(StyleOf(unit, {&value}), value);
  };
  const std::string both = "absolute_change: 1.26 relative_change_percent: 50.04";
  EXPECT_EQ(text(v1::UNIT_PERCENT, both), "+1.3pp ");
  EXPECT_EQ(text(v1::UNIT_POINTS, both), "+1.3 ");
  EXPECT_EQ(text(v1::UNIT_SCORE, both), "+1.26 ");
  EXPECT_EQ(text(v1::UNIT_SECONDS, both), "+50.0% ");
  EXPECT_EQ(text(v1::UNIT_MONEY, both), "+50.0% ");
  EXPECT_EQ(text(v1::UNIT_COUNT, "absolute_change: 7"), "+7 ") << "from nothing";
  EXPECT_EQ(text(v1::UNIT_PERCENT, "absolute_change: -0.001"), "0.0pp ");
  EXPECT_EQ(text(v1::UNIT_PERCENT, "absolute_change: 0.001"), "0.0pp ");
  EXPECT_EQ(text(v1::UNIT_PERCENT, "previous_no_value_reason: NO_VALUE_REASON_NO_DATA"), "- ");
}

constexpr char kCsvAnswer[] = R"(
    kpis { name: "fcr" unit: UNIT_PERCENT } kpis { name: "occupancy" unit: UNIT_PERCENT }
    slices {
      dimensions { value: "t1" }
      series {
        interval { start_time { seconds: 1767222000 } end_time { seconds: 1769900400 } }
        values { value: 80.5
                 target { target_id: "x" target_value: 80 status: TARGET_STATUS_MET
                          attainment: 0.75 }
                 comparison { previous_value: 70 absolute_change: 10.5
                              relative_change_percent: 15
                              significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
        values { value: 60
                 target { target_id: "y" target_value: 75 band_end_value: 85
                          status: TARGET_STATUS_MISSED }
                 comparison { previous_value: 0 absolute_change: 60
                              significance: CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT } }
      }
    }
    slices {
      other: true
      series {
        interval { start_time { seconds: 1767222000 } end_time { seconds: 1769900400 } }
        values { value: 1 comparison { } }
        values { no_value_reason: NO_VALUE_REASON_NO_DATA comparison { previous_value: -2.5 } }
      }
    } )";

TEST(ChangeCsv, HasWhatWasAskedForAndWhatThereIs) {
  EXPECT_EQ(QueryCsv(FromText<v1::QueryKpisRequest>(kByTeam),
                     FromText<v1::QueryKpisResponse>(std::string(kCsvAnswer) + kRanges), false),
            "agent_group:team,other,interval_start,interval_end,"
            "fcr,fcr.previous,fcr.change,fcr.change_percent,fcr.significant,"
            "fcr.target,fcr.status,fcr.attainment,"
            "occupancy,occupancy.previous,occupancy.change,occupancy.change_percent,"
            "occupancy.significant,occupancy.target,occupancy.target_end,occupancy.status,"
            "occupancy.attainment\r\n"
            "t1,false,2026-01-01T00:00:00+01:00,2026-02-01T00:00:00+01:00,"
            "80.5,70,10.5,15,true,80,met,0.75,60,0,60,,false,75,85,missed,\r\n"
            ",true,2026-01-01T00:00:00+01:00,2026-02-01T00:00:00+01:00,"
            "1,,,,,,,,,-2.5,,,,,,,\r\n");
}

TEST(ChangeCsv, HasNoColumnsThatNobodyAskedFor) {
  EXPECT_THAT(QueryCsv(FromText<v1::QueryKpisRequest>(
                           "group_by { kind: DIMENSION_KIND_QUEUE } top_count: 2 omit_other: true"),
                       FromText<v1::QueryKpisResponse>(R"(
                           kpis { name: "fcr" } slices { dimensions { value: "q" }
                           series { interval { start_time { } end_time { } } values { value: 1 } } }
                           time_zone: "UTC")"),
                       false),
              testing::StartsWith("queue,interval_start,interval_end,fcr\r\nq,"));
}

TEST(TextTable, JoinedColumnsStayTogether) {
  TextTable table;
  table.columns = {{"k", "", false, true},
                   {"aaaa", "", true},
                   {"bbbb", "", true},
                   {"cc", "", true, false, true}};
  table.rows = {{"x", "1", "2", "3"}};
  EXPECT_EQ(RenderTable(table, 14, false),
            "k  aaaa\n-  ----\nx     1\n\nk  bbbb  cc\n-  ----  --\nx     2   3\n");
}

TEST(TextTable, TintsTakeNoWidth) {
  TextTable table;
  table.columns = {{"k", "", false, true}, {"aaaa", "", true}, {"bbbb", ""}};
  table.rows = {{"x", "1", "2"}};
  table.tints = {{{0, 1}, Tint::kGood}, {{0, 2}, Tint::kBad}};
  EXPECT_THAT(RenderTable(table, kNoLimit, true),
              HasSubstr("x     \x1b[32m1\x1b[0m  \x1b[31m2\x1b[0m\n"));
  EXPECT_THAT(RenderTable(table, kNoLimit, false), HasSubstr("x     1  2\n"));
}

}  // namespace
}  // namespace kpid::client
