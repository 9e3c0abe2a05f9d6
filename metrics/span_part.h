// The parts of scans that read activities, plans, employments, costs and the backlog of tickets.
// `units` are agents (activities, plans), places among the records (employments, costs), or
// chunks (tickets).
#pragma once

#include <memory>
#include <vector>

#include "metrics/scan_part.h"

namespace kpid::metrics {

using Units = std::vector<size_t>;
using CellsOfKpis = std::vector<std::unique_ptr<KpiCells>>;

std::unique_ptr<ScanPart> NewActivityPart(const ScanPlan& plan, Units agents, CellsOfKpis kpis);

// Reads planned time, compared with what the agent did where the plan has a tolerance.
std::unique_ptr<ScanPart> NewPlanPart(const ScanPlan& plan, Units agents, CellsOfKpis kpis);

// By overlap the time of employment, by kLeave its end.
std::unique_ptr<ScanPart> NewEmploymentPart(const ScanPlan& plan, Units facts, CellsOfKpis kpis);

std::unique_ptr<ScanPart> NewCostPart(const ScanPlan& plan, Units facts, CellsOfKpis kpis);
std::unique_ptr<ScanPart> NewBacklogPart(const ScanPlan& plan, Units chunks, CellsOfKpis kpis);

}  // namespace kpid::metrics
