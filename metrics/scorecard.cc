#include "metrics/scorecard.h"

#include <cassert>
#include <utility>

namespace kpid::metrics {
namespace {

void AddEntry(std::string_view kpi, ScorecardArea area, ScorecardDefinition* definition) {
  ScorecardEntry entry;
  entry.area = area;
  const std::vector<KpiProblem> problems = ResolveKpi(kpi, "", {}, "", &entry.kpi);
  assert(problems.empty());
  if (problems.empty()) definition->entries.push_back(std::move(entry));
}

ScorecardDefinition MakeBalanced() {
  ScorecardDefinition balanced;
  balanced.scorecard_id = kBalancedScorecardId;
  balanced.name = "Balanced scorecard";
  for (const std::string_view kpi : {"average_handle_time", "occupancy", "schedule_adherence"}) {
    AddEntry(kpi, ScorecardArea::kEfficiency, &balanced);
  }
  for (const std::string_view kpi : {"csat", "nps", "first_contact_resolution", "quality_score"}) {
    AddEntry(kpi, ScorecardArea::kCustomer, &balanced);
  }
  for (const std::string_view kpi :
       {"service_level", "abandonment_rate", "average_speed_of_answer", "transfer_rate"}) {
    AddEntry(kpi, ScorecardArea::kOperations, &balanced);
  }
  return balanced;
}

}  // namespace

std::string_view ScorecardAreaName(ScorecardArea area) {
  switch (area) {
    case ScorecardArea::kNone:
      return "";
    case ScorecardArea::kEfficiency:
      return "efficiency";
    case ScorecardArea::kCustomer:
      return "customer";
    case ScorecardArea::kOperations:
      return "operations";
  }
  return "";
}

const ScorecardDefinition& BalancedScorecard() {
  static const auto* const balanced = new ScorecardDefinition(MakeBalanced());
  return *balanced;
}

}  // namespace kpid::metrics
