#include "tests/property/additive_parts.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace kpid::proof {
namespace {

bool SameSum(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

}  // namespace

Additive AdditiveOf(std::string_view id, bool over_buckets) {
  static const std::set<std::string_view> kStates = {
      "occupancy", "utilization", "schedule_adherence", "schedule_conformance", "shrinkage"};
  Additive additive;
  // A state, or an employment, may be in several cells: its time is split, it counts in each.
  if (kStates.contains(id)) additive.samples = false;
  if (id == "headcount") additive.samples = false, additive.denominator = over_buckets;
  if (id == "employee_turnover_rate")
    additive.samples = false, additive.denominator = !over_buckets;
  if (id == "cost_per_contact") additive.counts = false;  // A cost of another currency likewise.
  if (id == "ticket_backlog" && over_buckets) additive = {false, false, false, false};
  if (id == "employee_satisfaction") additive = {false, false, false, false};  // Not told of all.
  if (id == "kpi_achievement") additive = {false, false, false, false};  // Each has its targets.
  return additive;
}

std::optional<std::string> SumDifference(const std::string& kpi, const Additive& additive,
                                         const Sum& sum, const metrics::Value& total) {
  Sum whole;
  whole.Add(total);
  // Where currencies or scales are mixed the whole has no numerator.
  const bool mixed = total.no_value_reason == metrics::NoValueReason::kMixedCurrencies ||
                     total.no_value_reason == metrics::NoValueReason::kMixedScales;
  if (additive.numerator && !mixed && !SameSum(sum.numerator, whole.numerator))
    return kpi + ": numerators";
  if (additive.denominator && !SameSum(sum.denominator, whole.denominator)) {
    return kpi + ": denominators";
  }
  if (additive.samples && sum.samples != whole.samples) return kpi + ": samples";
  if (additive.counts && sum.counts != whole.counts) return kpi + ": counts";
  return std::nullopt;
}

}  // namespace kpid::proof
