// kpi_achievement: how many targets are met (kpis.md, "People and goals"). It has no facts of its
// own: a question that asks for it is widened by the KPIs that have targets, and its values are
// made from theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/fact_source.h"
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

// Facts of a question that asks for it, and the question widened by the KPIs of the targets of
// these very facts.
struct FactsWithTargets {
  Query widened;
  std::shared_ptr<const FactSnapshot> facts;
};

// Those of each of these questions. Which facts are demanded depends on which targets there are:
// where others need facts that were not asked for it reads again, asking for these too. ABORTED
// with reason CONFLICT when ten readings in a row bring new needs; errors of WithTargetKpis and
// FactSource::Snapshots.
absl::StatusOr<std::vector<FactsWithTargets>> ReadWithTargets(std::span<const Query> queries,
                                                              FactSource* facts,
                                                              const CallLimits& limits);

// From the answer to the widened question, in which kpi_achievement does not apply: gives it its
// values in totals and series, and takes the appended KPIs out. REQUIRES: `widened` was made from
// `query` and these targets.
void FinishAchievement(const Query& query, const Query& widened, const TargetSet& targets,
                       const FactSnapshot& snapshot, Result* result);

}  // namespace kpid::metrics
