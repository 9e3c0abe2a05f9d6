#include "client/scorecard_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_split.h"
#include "client/text_width.h"
#include "tests/client/answer.h"

namespace kpid::client {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kRequest[] = R"(group_id: "blue")";

// September 2026 in Amsterdam.
constexpr char kResponse[] = R"(
    scorecard { scorecard_id: "balanced" name: "Balanced scorecard" }
    display_name: "Team Blue"
    lines {
      kpi { name: "average_handle_time" id: "average_handle_time" unit: UNIT_SECONDS }
      area: SCORECARD_AREA_EFFICIENCY weight: 1
      value { value: 312.4 sample_count: 1204
              target { target_id: "t1" target_value: 330 status: TARGET_STATUS_MET attainment: 1 }
              comparison { previous_value: 325.8 absolute_change: -13.4
                           relative_change_percent: -4.113
                           significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
      rank: 3 peer_count: 12 }
    lines {
      kpi { name: "occupancy" id: "occupancy" unit: UNIT_PERCENT }
      area: SCORECARD_AREA_EFFICIENCY weight: 1
      value { value: 78.24 sample_count: 402
              target { target_id: "t2" target_value: 80 band_end_value: 85
                       status: TARGET_STATUS_MISSED attainment: 0.824 }
              comparison { previous_value: 76.8 absolute_change: 1.44
                           relative_change_percent: 1.9 } }
      rank: 7 peer_count: 12 }
    lines {
      kpi { name: "first_contact_resolution" id: "first_contact_resolution" unit: UNIT_PERCENT }
      area: SCORECARD_AREA_CUSTOMER weight: 2.5
      value { value: 71.3 sample_count: 980
              target { target_id: "t3" target_value: 75.5 status: TARGET_STATUS_MISSED
                       attainment: 0.004 }
              comparison { previous_value: 77.1 absolute_change: -5.8
                           relative_change_percent: -7.5
                           significance: CHANGE_SIGNIFICANCE_SIGNIFICANT } }
      rank: 12 peer_count: 12 }
    lines {
      kpi { name: "nps" id: "nps" unit: UNIT_POINTS }
      area: SCORECARD_AREA_CUSTOMER weight: 1
      value { no_value_reason: NO_VALUE_REASON_NO_DATA
              target { target_id: "t4" target_value: 20 status: TARGET_STATUS_NO_VALUE }
              comparison { previous_no_value_reason: NO_VALUE_REASON_NO_DATA } }
      peer_count: 11 }
    lines {
      kpi { name: "revenue_per_contact" id: "revenue_per_contact" unit: UNIT_MONEY }
      area: SCORECARD_AREA_CUSTOMER weight: 1
      value { value: 3.5 sample_count: 20 currency_code: "EUR"
              comparison { previous_no_value_reason: NO_VALUE_REASON_NO_DATA } }
      rank: 1 peer_count: 1 }
    total { attainment: 0.4065 covered_weight: 4.5 weight: 6.5 met_count: 1 missed_count: 2 }
    areas { area: SCORECARD_AREA_EFFICIENCY attainment: 0.912 covered_weight: 2 weight: 2
            met_count: 1 missed_count: 1 }
    areas { area: SCORECARD_AREA_CUSTOMER attainment: 0.004 covered_weight: 2.5 weight: 4.5
            missed_count: 1 }
    warnings { description: "Average handle time improved from 325.8 s to 312.4 s, while First contact resolution worsened by more than chance, from 77.1 % to 71.3 %." }
    interval { start_time { seconds: 1788213600 } end_time { seconds: 1790805600 } }
    comparison_interval { start_time { seconds: 1785535200 } end_time { seconds: 1788213600 } }
    time_zone: "Europe/Amsterdam" confidence_level: 0.95)";

std::string Table(const std::string& response = kResponse, int width = 80) {
  return ScorecardTable(FromText<v1::GetScorecardRequest>(kRequest),
                        FromText<v1::GetScorecardResponse>(response), {width, false});
}

TEST(ScorecardTable, IsACard) {
  EXPECT_EQ(Table(), R"(Team Blue (blue): Balanced scorecard
2026-09-01 to 2026-10-01 against 2026-08-01 to 2026-09-01, Europe/Amsterdam

                              value  sample  target   attained    change   rank
-------------------------  --------  ------  -------  ---------  -------  -----
efficiency
 average_handle_time           5:12   1,204  ✓ 5:30   ████ 100%   -4.1%*   3/12
 occupancy                   78.2 %     402  ✗ 80-85  ███▎  82%  +1.4pp    7/12
customer
 first_contact_resolution    71.3 %     980  ✗ 75.5   ▏      0%  -5.8pp*  12/12
 nps                              -       0  20
 revenue_per_contact       3.50 EUR      20                           -     1/1

-  no records: nps
✓ target met, ✗ missed; * more than chance (95 %); rank 1 is best

            attained   covered weight  met  missed
----------  ---------  --------------  ---  ------
efficiency  ███▋  91%          2 of 2    1       1
customer    ▏      0%      2.5 of 4.5    0       1
----------  ---------  --------------  ---  ------
total       █▋    41%      4.5 of 6.5    1       2

Warning: Average handle time improved from 325.8 s to 312.4 s, while First
  contact resolution worsened by more than chance, from 77.1 % to 71.3 %.
)");
}

TEST(ScorecardTable, FitsEightyColumns) {
  for (const auto& line : absl::StrSplit(Table(), '\n')) {
    EXPECT_LE(DisplayWidth({line.data(), line.size()}), 80U) << line;
  }
}

TEST(ScorecardTable, SaysWhoWithoutAName) {
  std::string text = ScorecardTable(
      FromText<v1::GetScorecardRequest>(R"(agent_id: "a\x1b[31m")"),
      FromText<v1::GetScorecardResponse>(R"(scorecard { scorecard_id: "x" } time_zone: "UTC")"),
      {80, true});
  EXPECT_THAT(text, HasSubstr("a?[31m: x\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[31m")));
}

TEST(ScorecardTable, ColoursWhatIsGoodAndBad) {
  const std::string text =
      ScorecardTable(FromText<v1::GetScorecardRequest>(kRequest),
                     FromText<v1::GetScorecardResponse>(kResponse), {80, true});
  EXPECT_THAT(text, HasSubstr("\x1b[32m\u2713 5:30"));
  EXPECT_THAT(text, HasSubstr("\x1b[31m\u2717 80-85"));
}

TEST(BarText, ShowsEighths) {
  EXPECT_EQ(BarText(0, 4), "    ");
  EXPECT_EQ(BarText(1e-9, 4), "\u258f   ");
  EXPECT_EQ(BarText(0.5, 4), "\u2588\u2588  ");
  EXPECT_EQ(BarText(0.55, 4), "\u2588\u2588\u258e ");
  EXPECT_EQ(BarText(0.999, 4), "\u2588\u2588\u2588\u2589");
  EXPECT_EQ(BarText(1, 4), "\u2588\u2588\u2588\u2588");
}

TEST(ScorecardCsv, HasARowForEachKpi) {
  const std::string csv = ScorecardCsv(FromText<v1::GetScorecardResponse>(kResponse));
  const std::vector<std::string> lines = absl::StrSplit(csv, "\r\n");
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_THAT(lines[0], testing::StartsWith("area,kpi,weight,value,"));
  EXPECT_EQ(lines[1],
            "efficiency,average_handle_time,1,312.4,,,1204,,,t1,330,,met,1,325.8,-13.4,-4.113,,,"
            "significant,3,12");
  EXPECT_EQ(lines[2],
            "efficiency,occupancy,1,78.24,,,402,,,t2,80,85,missed,0.824,76.8,1.44,1.9,,,,7,12");
  EXPECT_EQ(lines[4], "customer,nps,1,,,no_data,0,,,t4,20,,no_value,,,,,,,,,11");
  EXPECT_EQ(lines[5], "customer,revenue_per_contact,1,3.5,EUR,,20,,,,,,,,,,,,,,1,1");
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    EXPECT_EQ(std::count(lines[i].begin(), lines[i].end(), ','), 21) << lines[i];
  }
  EXPECT_EQ(lines.back(), "");
}

}  // namespace
}  // namespace kpid::client
