// What the lines of a scorecard add up to, and what they warn of.
#pragma once

#include <span>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/scorecard.h"

namespace kpid::metrics {

// Of the lines of an area; of all with kNone.
ScorecardTotal TotalOf(std::span<const ScorecardLine> lines, ScorecardArea area);

// Of the areas that have lines.
std::vector<ScorecardTotal> AreaTotals(std::span<const ScorecardLine> lines);

// Whether the KPI is one of speed: a time to be kept short.
bool IsSpeed(const ResolvedKpi& kpi);

// Whether the KPI says what came of the speed: resolution, satisfaction or quality.
bool IsGuard(const ResolvedKpi& kpi);

// KPIs that are looked at though no entry of the definition has them: of resolution,
// satisfaction and quality.
std::vector<ResolvedKpi> MissingGuards(const ScorecardDefinition& definition);

// One for each speed KPI of `lines` that improved and guard of `lines` or `further` that fell.
std::vector<ImbalanceWarning> WarningsOf(std::span<const ScorecardLine> lines,
                                         std::span<const ScorecardLine> further);

}  // namespace kpid::metrics
