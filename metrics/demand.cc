// What a question needs: DemandOf, and the rules that Evaluate shares with it.
#include "metrics/demand.h"

#include <algorithm>

#include "metrics/fact_source.h"

namespace kpid::metrics {
namespace {

bool HasDimension(FactKind kind, const Dimension& dimension) {
  return kind == FactKind::kInteraction || dimension.kind != DimensionKind::kAttribute;
}

}  // namespace

std::vector<KpiDemand> KpiDemands(const Query& query) {
  std::vector<KpiDemand> demands;
  demands.reserve(query.kpis.size());
  for (const ResolvedKpi& kpi : query.kpis) {
    KpiDemand demand;
    demand.needs = kpi.definition->kernel->Needs(kpi);
    const FactKind kind = demand.needs.fact_kind;
    demand.applies =
        std::all_of(query.filters.begin(), query.filters.end(),
                    [&](const Filter& filter) { return HasDimension(kind, filter.dimension); });
    demand.grouped =
        std::all_of(query.group_by.begin(), query.group_by.end(),
                    [&](const Dimension& dimension) { return HasDimension(kind, dimension); });
    demands.push_back(demand);
  }
  return demands;
}

FactDemand DemandOf(const Query& query) {
  FactDemand demand;
  for (const KpiDemand& kpi : KpiDemands(query)) {
    if (!kpi.applies) continue;
    switch (kpi.needs.time_basis) {
      case TimeBasis::kArrive:
        demand.interactions = query.range;
        break;
      case TimeBasis::kRespond:
        demand.surveys_by_respond = query.range;
        break;
      case TimeBasis::kInvite:
        demand.surveys_by_invite = query.range;
        break;
    }
    demand.repeat_window = std::max(demand.repeat_window, kpi.needs.repeat_window);
    demand.first_contact_window =
        std::max(demand.first_contact_window, kpi.needs.first_contact_window);
    demand.whole_cases |= kpi.needs.whole_cases;
  }
  if (!demand.interactions.has_value()) return demand;
  const auto add_key = [&](const Dimension& dimension) {
    if (dimension.kind != DimensionKind::kAttribute) return;
    auto& keys = demand.attribute_keys;
    if (std::count(keys.begin(), keys.end(), dimension.name) == 0) keys.push_back(dimension.name);
  };
  for (const Dimension& dimension : query.group_by) add_key(dimension);
  for (const Filter& filter : query.filters) add_key(filter.dimension);
  return demand;
}

}  // namespace kpid::metrics
