// What a question needs: DemandOf, and the rules that Evaluate shares with it.
#include "metrics/demand.h"

#include <algorithm>

#include "metrics/fact_source.h"

namespace kpid::metrics {
namespace {

// Makes *all hold a range too.
void AddRange(const TimeRange& range, std::optional<TimeRange>* all) {
  if (!all->has_value()) {
    *all = range;
    return;
  }
  (*all)->start = std::min((*all)->start, range.start);
  (*all)->end = std::max((*all)->end, range.end);
}

// Whether a KPI can be cut by a dimension: its row of the catalogue says so. A method of it may
// read facts that do not have attributes.
bool HasDimension(const KpiDefinition& kpi, const std::vector<KpiNeeds>& terms,
                  DimensionKind dimension) {
  if (std::count(kpi.dimensions.begin(), kpi.dimensions.end(), dimension) == 0) return false;
  return dimension != DimensionKind::kAttribute ||
         std::all_of(terms.begin(), terms.end(),
                     [](const KpiNeeds& term) { return term.fact_kind == FactKind::kInteraction; });
}

// Adds what a term reads.
void AddTerm(const KpiNeeds& term, const TimeRange& range, FactDemand* demand) {
  switch (term.fact_kind) {
    case FactKind::kInteraction:
      demand->interactions = range;
      break;
    case FactKind::kSurvey:
      (term.time_basis == TimeBasis::kInvite ? demand->surveys_by_invite
                                             : demand->surveys_by_respond) = range;
      break;
    case FactKind::kQualityEvaluation:
      demand->quality_evaluations = range;
      break;
    case FactKind::kTicket:
      demand->tickets = range;
      break;
    case FactKind::kActivity:
      AddRange(range, &demand->agent_activities);
      break;
    case FactKind::kPlan: {
      const Duration around = term.deviation_tolerance.value_or(Duration{0});
      const TimeRange wider{range.start - around, range.end + around};
      AddRange(wider, &demand->scheduled_activities);
      if (term.deviation_tolerance.has_value()) AddRange(wider, &demand->agent_activities);
      demand->employments = true;
      break;
    }
    case FactKind::kEmployment:
      demand->employments = true;
      break;
    case FactKind::kCost:
      demand->costs = range;
      break;
  }
  demand->repeat_window = std::max(demand->repeat_window, term.repeat_window);
  demand->first_contact_window = std::max(demand->first_contact_window, term.first_contact_window);
  demand->whole_cases |= term.whole_cases;
}

void AddKey(const std::string& key, FactDemand* demand) {
  auto& keys = demand->attribute_keys;
  if (std::count(keys.begin(), keys.end(), key) == 0) keys.push_back(key);
}

}  // namespace

std::vector<KpiDemand> KpiDemands(const Query& query) {
  std::vector<KpiDemand> demands;
  demands.reserve(query.kpis.size());
  for (const ResolvedKpi& kpi : query.kpis) {
    KpiDemand demand;
    if (kpi.definition->kernel != nullptr) demand.terms = kpi.definition->kernel->Needs(kpi);
    const auto has = [&](const Dimension& dimension) {
      return HasDimension(*kpi.definition, demand.terms, dimension.kind);
    };
    demand.applies = std::all_of(query.filters.begin(), query.filters.end(),
                                 [&](const Filter& filter) { return has(filter.dimension); });
    demand.grouped = std::all_of(query.group_by.begin(), query.group_by.end(), has);
    demands.push_back(std::move(demand));
  }
  return demands;
}

FactDemand DemandOf(const Query& query) {
  FactDemand demand;
  for (const KpiDemand& kpi : KpiDemands(query)) {
    if (!kpi.applies) continue;
    for (const KpiNeeds& term : kpi.terms) AddTerm(term, query.range, &demand);
  }
  if (!demand.interactions.has_value()) return demand;
  const auto add_key = [&](const Dimension& dimension) {
    if (dimension.kind == DimensionKind::kAttribute) AddKey(dimension.name, &demand);
  };
  for (const Dimension& dimension : query.group_by) add_key(dimension);
  for (const Filter& filter : query.filters) add_key(filter.dimension);
  return demand;
}

void AddDemand(const FactDemand& demand, FactDemand* all) {
  for (const auto range :
       {&FactDemand::interactions, &FactDemand::surveys_by_respond, &FactDemand::surveys_by_invite,
        &FactDemand::quality_evaluations, &FactDemand::agent_activities,
        &FactDemand::scheduled_activities, &FactDemand::costs, &FactDemand::tickets}) {
    if ((demand.*range).has_value()) AddRange(*(demand.*range), &(all->*range));
  }
  all->repeat_window = std::max(all->repeat_window, demand.repeat_window);
  all->first_contact_window = std::max(all->first_contact_window, demand.first_contact_window);
  all->whole_cases |= demand.whole_cases;
  all->employments |= demand.employments;
  for (const std::string& key : demand.attribute_keys) AddKey(key, all);
}

bool Covers(const FactDemand& demand, const FactDemand& other) {
  FactDemand both = demand;
  AddDemand(other, &both);
  return both == demand;
}

}  // namespace kpid::metrics
