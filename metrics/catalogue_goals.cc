// Goals: how many targets are met. Its values are made from those of other KPIs
// (metrics/achievement.h), so that it has no kernel.
#include "metrics/achievement.h"
#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

KpiDefinition KpiAchievement() {
  using enum DimensionKind;
  return {.id = kAchievementId,
          .title = "KPI achievement",
          .area = "people",
          .formula =
              "Targets met over targets met or missed: those in force at the bucket's start for "
              "the slice, of every KPI that has any. Targets whose KPI has no value are counted "
              "apart.",
          .unit = Unit::kPercent,
          .better = BetterDirection::kUp,
          .time_basis = TimeBasis::kBucketStart,
          .parameters = {{.name = "weighted",
                          .kind = ParameterKind::kBoolean,
                          .default_text = "false",
                          .description = "Whether targets count by their weight."}},
          .dimensions = {kAgent, kAgentGroup, kQueue, kChannel, kDirection, kAttribute, kPriority},
          .counts = Names({CountKind::kWithoutValue})};
}

}  // namespace

std::vector<KpiDefinition> GoalKpis() { return {KpiAchievement()}; }

}  // namespace kpid::metrics
