// kpi_achievement: how many targets are met (kpis.md, "People and goals"). It has no facts of its
// own: a question that asks for it is widened by the KPIs that have targets, and its values are
// made from theirs.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/target.h"

namespace kpid::metrics {

inline constexpr std::string_view kAchievementId = "kpi_achievement";

// Most KPIs with targets that a question is widened by: bounds its cells.
inline constexpr size_t kTargetKpisMax = 256;

bool AsksForAchievement(const Query& query);

// The question with every KPI appended that has a target in its range and is not asked for.
// RESOURCE_EXHAUSTED with reason TOO_MANY_TARGET_KPIS past kTargetKpisMax.
absl::StatusOr<Query> WithTargetKpis(const Query& query, const TargetSet& targets);

// From the answer to the widened question, in which kpi_achievement does not apply: gives it its
// values in totals and series, and takes the appended KPIs out. REQUIRES: `widened` was made from
// `query` and these targets.
void FinishAchievement(const Query& query, const Query& widened, const TargetSet& targets,
                       const FactSnapshot& snapshot, Result* result);

}  // namespace kpid::metrics
