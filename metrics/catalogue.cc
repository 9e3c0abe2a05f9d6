#include "metrics/catalogue.h"

#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "metrics/absl_view.h"
#include "metrics/catalogue_rows.h"

namespace kpid::metrics {
namespace {

std::vector<KpiDefinition> MakeCatalogue() {
  std::vector<KpiDefinition> catalogue;
  for (auto& area :
       {AccessKpis(), EfficiencyKpis(), ScheduleKpis(), ResolutionKpis(), TicketKpis(),
        CustomerKpis(), QualityKpis(), SalesKpis(), CostKpis(), PeopleKpis(), GoalKpis()}) {
    catalogue.insert(catalogue.end(), area.begin(), area.end());
  }
  return catalogue;
}

using KpiNames = absl::flat_hash_map<std::string, const KpiDefinition*>;

KpiNames MakeNames() {
  KpiNames names;
  for (const KpiDefinition& kpi : Catalogue()) {
    names.emplace(std::string(kpi.id), &kpi);
    for (const std::string_view alias : kpi.aliases) names.emplace(std::string(alias), &kpi);
  }
  return names;
}

}  // namespace

std::vector<DimensionKind> DimensionsOf(FactKind kind) {
  using enum DimensionKind;
  switch (kind) {
    case FactKind::kInteraction:
      return {kAgent, kAgentGroup, kQueue, kChannel, kDirection, kAttribute};
    case FactKind::kSurvey:
    case FactKind::kQualityEvaluation:
      return {kAgent, kAgentGroup, kQueue, kChannel, kDirection};
    case FactKind::kTicket:
      return {kAgent, kAgentGroup, kQueue, kChannel, kPriority};
    case FactKind::kCost:
      return {kAgent, kAgentGroup, kQueue, kChannel};
    case FactKind::kActivity:
    case FactKind::kPlan:
    case FactKind::kEmployment:
      break;
  }
  return {kAgent, kAgentGroup};
}

std::span<const KpiDefinition> Catalogue() {
  static const auto* const catalogue = new std::vector<KpiDefinition>(MakeCatalogue());
  return *catalogue;
}

const KpiDefinition* FindKpi(std::string_view id_or_alias) {
  static const auto* const names = new KpiNames(MakeNames());
  const auto found = names->find(AbslView(id_or_alias));
  return found == names->end() ? nullptr : found->second;
}

}  // namespace kpid::metrics
