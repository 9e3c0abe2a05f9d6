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
       {AccessKpis(), EfficiencyKpis(), ResolutionKpis(), CustomerKpis(), SalesKpis()}) {
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
  std::vector<DimensionKind> dimensions = {DimensionKind::kAgent, DimensionKind::kAgentGroup,
                                           DimensionKind::kQueue, DimensionKind::kChannel,
                                           DimensionKind::kDirection};
  if (kind == FactKind::kInteraction) dimensions.push_back(DimensionKind::kAttribute);
  return dimensions;
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
