// kpi_achievement in the slow reference: which targets are in force for a value, and how many of
// them are met.
#pragma once

#include "metrics/query.h"
#include "tests/support/reference.h"

namespace kpid::proof {

// Whether a KPI is kpi_achievement.
bool IsAchievement(const metrics::ResolvedKpi& kpi);

// The question with the KPIs appended that have a target in its range, each once.
metrics::Query WithKpisOfTargets(const metrics::Query& query, const Records& records);

// Gives kpi_achievement its values in the answer to the question so widened, and takes the
// appended KPIs out of it.
void SetAchievement(const metrics::Query& query, const metrics::Query& widened,
                    const Records& records, ReferenceResult& result);

}  // namespace kpid::proof
