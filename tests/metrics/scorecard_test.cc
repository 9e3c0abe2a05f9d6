#include "metrics/scorecard.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace kpid::metrics {
namespace {

TEST(BalancedScorecard, HasTheKpisOfAllAreas) {
  const ScorecardDefinition& balanced = BalancedScorecard();
  EXPECT_EQ(balanced.scorecard_id, kBalancedScorecardId);
  std::map<ScorecardArea, std::set<std::string>> ids;
  for (const ScorecardEntry& entry : balanced.entries) {
    ASSERT_NE(entry.kpi.definition, nullptr);
    ids[entry.area].insert(std::string(entry.kpi.definition->id));
    EXPECT_EQ(entry.weight, 1);
  }
  EXPECT_EQ(balanced.entries.size(), 11U);
  EXPECT_EQ(ids[ScorecardArea::kEfficiency],
            (std::set<std::string>{"average_handle_time", "occupancy", "schedule_adherence"}));
  EXPECT_EQ(ids[ScorecardArea::kCustomer],
            (std::set<std::string>{"csat", "nps", "first_contact_resolution", "quality_score"}));
  EXPECT_EQ(ids[ScorecardArea::kOperations],
            (std::set<std::string>{"service_level", "abandonment_rate", "average_speed_of_answer",
                                   "transfer_rate"}));
}

TEST(ScorecardArea, HasNames) {
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kNone), "");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kEfficiency), "efficiency");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kCustomer), "customer");
  EXPECT_EQ(ScorecardAreaName(ScorecardArea::kOperations), "operations");
}

}  // namespace
}  // namespace kpid::metrics
