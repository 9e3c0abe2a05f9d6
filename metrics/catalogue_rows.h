// The parts of the catalogue, by area, and what their rows have in common.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/kernel_shapes.h"
#include "metrics/partial.h"

namespace kpid::metrics {

std::vector<KpiDefinition> AccessKpis();
std::vector<KpiDefinition> EfficiencyKpis();
std::vector<KpiDefinition> ScheduleKpis();
std::vector<KpiDefinition> ResolutionKpis();
std::vector<KpiDefinition> TicketKpis();
std::vector<KpiDefinition> CustomerKpis();
std::vector<KpiDefinition> QualityKpis();
std::vector<KpiDefinition> SalesKpis();
std::vector<KpiDefinition> CostKpis();
std::vector<KpiDefinition> PeopleKpis();
std::vector<KpiDefinition> GoalKpis();

// Dimensions of facts of a kind.
std::vector<DimensionKind> DimensionsOf(FactKind kind);

inline std::vector<std::string_view> Names(std::initializer_list<CountKind> kinds) {
  std::vector<std::string_view> names;
  for (const CountKind kind : kinds) names.push_back(CountName(kind));
  return names;
}

// Samples of the kinds of facts that many KPIs share.
template <class Sample>
Sample Apart(CountKind kind) {
  Sample sample;
  sample.counted = kind;
  return sample;
}

// Samples of facts that are none of a KPI's matter, and why.
template <class Sample>
Sample LeftOut(CountKind reason) {
  Sample sample;
  sample.reason = reason;
  return sample;
}

// Why an interaction is none of a KPI's that is about contacts handled. REQUIRES: kStatus.
inline CountKind WhyNotHandled(const InteractionRow& row) {
  return row.in_progress() ? CountKind::kPending : CountKind::kNotHandled;
}

// Why a survey is none of a KPI's that is about answers of one kind.
inline CountKind WhyNoAnswer(const SurveyRow& row, SurveyKind kind) {
  return row.kind() == kind ? CountKind::kNotAnswered : CountKind::kOtherKind;
}

inline RatioSample OutOf(bool numerator) { return {.numerator = numerator, .denominator = true}; }

// A duration that may be unknown.
inline AmountSample Measured(int64_t microseconds) {
  if (microseconds == kAbsent) return Apart<AmountSample>(CountKind::kUnknownDuration);
  return {.included = true, .amount = microseconds};
}

}  // namespace kpid::metrics
