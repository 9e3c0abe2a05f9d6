#include "tests/support/reference_achievement.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/catalogue.h"
#include "tests/support/reference_contribution.h"
#include "tests/support/reference_parameter.h"

namespace kpid::proof {
namespace {

using metrics::BetterDirection;
using metrics::DimensionKind;
using metrics::Instant;
using metrics::Query;
using metrics::ResolvedKpi;
using metrics::TargetScope;
using storage::TargetRecord;

ResolvedKpi KpiOf(const TargetRecord& target) {
  ResolvedKpi kpi;
  metrics::ResolveKpi(target.kpi.kpi_id, "", target.kpi.parameters, target.kpi.statistic, &kpi);
  return kpi;
}

// Where the question asks for a KPI; how many it asks for when it does not.
size_t PlaceOf(const ResolvedKpi& kpi, const Query& query) {
  size_t place = 0;
  for (; place < query.kpis.size(); ++place) {
    const ResolvedKpi& other = query.kpis[place];
    if (other.definition == kpi.definition && other.parameters == kpi.parameters &&
        other.statistic == kpi.statistic) {
      break;
    }
  }
  return place;
}

// What a cell's values are about: the values that its slice, or a filter of one value, gives each
// kind of dimension, the slice's first.
using Subject = std::map<DimensionKind, std::vector<std::string>>;

Subject SubjectOf(const Query& query, const std::vector<ReferenceDimension>& slice) {
  Subject subject;
  for (size_t i = 0; i < slice.size(); ++i) {
    subject[query.group_by[i].kind].push_back(slice[i].value);
  }
  for (const metrics::Filter& filter : query.filters) {
    if (filter.include_missing || filter.values.size() != 1) continue;
    subject[filter.dimension.kind].push_back(filter.values[0]);
  }
  return subject;
}

// How far a group is above another: 0 it is the same, 1 it is its parent, -1 it is not above it.
int HeightAbove(const Records& records, const std::string& group, std::string of) {
  for (int height = 0; height <= static_cast<int>(records.groups.size()); ++height) {
    if (of == group) return height;
    std::string parent;
    for (const storage::AgentGroupRecord& record : records.groups) {
      if (record.group_id == of) parent = record.parent_group_id;
    }
    if (parent.empty()) return -1;
    of = parent;
  }
  return -1;
}

bool Has(const Subject& subject, DimensionKind kind, const std::string& value) {
  const auto found = subject.find(kind);
  return found != subject.end() && found->second.front() == value;
}

// How narrow a target is for a subject, the least first; empty when it does not fit.
std::vector<int> NarrownessOf(const TargetRecord& target, const Subject& subject,
                              const Records& records) {
  if (target.scope == TargetScope::kAll) return {3};
  if (target.scope == TargetScope::kAgent) {
    return Has(subject, DimensionKind::kAgent, target.scope_id) ? std::vector{0}
                                                                : std::vector<int>{};
  }
  if (target.scope == TargetScope::kQueue) {
    return Has(subject, DimensionKind::kQueue, target.scope_id) ? std::vector{1}
                                                                : std::vector<int>{};
  }
  // Of several ways up to a group the longest counts; the first of the groups below it is told.
  int farthest = -1;
  int first = -1;
  const auto groups = subject.find(DimensionKind::kAgentGroup);
  for (size_t i = 0; groups != subject.end() && i < groups->second.size(); ++i) {
    const int height = HeightAbove(records, target.scope_id, groups->second[i]);
    if (height >= 0 && first < 0) first = static_cast<int>(i);
    farthest = std::max(farthest, height);
  }
  return farthest < 0 ? std::vector<int>{} : std::vector{2, farthest, first};
}

// The target in force for a KPI at an instant; null when there is none.
const TargetRecord* EffectiveTarget(const ResolvedKpi& kpi, const Subject& subject, Instant instant,
                                    const Records& records) {
  const TargetRecord* best = nullptr;
  std::vector<int> best_narrowness;
  for (const TargetRecord& target : records.targets) {
    const ResolvedKpi of = KpiOf(target);
    if (of.definition != kpi.definition || of.parameters != kpi.parameters) continue;
    if (of.statistic != kpi.statistic) continue;
    if (target.start.has_value() && instant < *target.start) continue;
    if (target.end.has_value() && instant >= *target.end) continue;
    const std::vector<int> narrowness = NarrownessOf(target, subject, records);
    if (narrowness.empty()) continue;
    bool better = best == nullptr || narrowness < best_narrowness;
    if (best != nullptr && narrowness == best_narrowness) {
      // Absent starts are the earliest of all.
      better = target.start != best->start ? target.start > best->start
                                           : target.target_id > best->target_id;
    }
    if (!better) continue;
    best = &target;
    best_narrowness = narrowness;
  }
  return best;
}

bool IsMet(const TargetRecord& target, BetterDirection better, double value) {
  if (better == BetterDirection::kUp) return value >= target.target_value;
  if (better == BetterDirection::kDown) return value <= target.target_value;
  return target.target_value <= value && value <= target.band_end_value.value();
}

// How the targets of a cell stand: numbers and weights.
struct Standings {
  int64_t met = 0;
  int64_t missed = 0;
  int64_t without_value = 0;
  int64_t weight_of_met = 0;
  int64_t weight_of_missed = 0;
};

Standings StandingsOf(const Query& widened, const std::vector<ReferenceValue>& values,
                      const Subject& subject, Instant instant, const Records& records) {
  Standings standings;
  for (size_t kpi = 0; kpi < widened.kpis.size(); ++kpi) {
    if (PlaceOf(widened.kpis[kpi], widened) != kpi) continue;  // Asked for again.
    const TargetRecord* target = EffectiveTarget(widened.kpis[kpi], subject, instant, records);
    const ReferenceValue& value = values[kpi];
    if (target == nullptr || value.no_value_reason == metrics::NoValueReason::kNotApplicable) {
      continue;
    }
    if (!value.currency.empty() && value.currency != target->currency_code) continue;
    if (!value.value.has_value()) {
      ++standings.without_value;
    } else if (IsMet(*target, widened.kpis[kpi].definition->better, *value.value)) {
      ++standings.met;
      standings.weight_of_met += target->weight_thousandths;
    } else {
      ++standings.missed;
      standings.weight_of_missed += target->weight_thousandths;
    }
  }
  return standings;
}

ReferenceValue ValueOf(const Standings& standings, const ResolvedKpi& kpi, double level) {
  ReferenceValue value;
  value.sample_count = standings.met + standings.missed;
  if (standings.without_value > 0) value.counts["without_value"] = standings.without_value;
  if (Parameter<bool>(kpi, "weighted")) {
    value.numerator = static_cast<double>(standings.weight_of_met) / 1000;
    value.denominator =
        static_cast<double>(standings.weight_of_met + standings.weight_of_missed) / 1000;
  } else {
    value.numerator = static_cast<double>(standings.met);
    value.denominator = static_cast<double>(value.sample_count);
  }
  if (value.sample_count == 0) {
    value.no_value_reason = standings.without_value > 0 ? metrics::NoValueReason::kZeroDenominator
                                                        : metrics::NoValueReason::kNoData;
    return value;
  }
  value.value = 100 * *value.numerator / *value.denominator;
  if (Parameter<bool>(kpi, "weighted")) return value;
  const auto [lower, upper] = WilsonInterval(*value.numerator, *value.denominator, level);
  value.lower = lower;
  value.upper = upper;
  return value;
}

// The values by the question's KPIs of a cell, from those by the widened question's.
std::vector<ReferenceValue> Settled(const Query& query, const Standings& standings,
                                    std::vector<ReferenceValue> values) {
  values.resize(query.kpis.size());
  for (size_t kpi = 0; kpi < query.kpis.size(); ++kpi) {
    if (!IsAchievement(query.kpis[kpi])) continue;
    values[kpi] = ValueOf(standings, query.kpis[kpi], query.confidence_level);
  }
  return values;
}

}  // namespace

bool IsAchievement(const ResolvedKpi& kpi) { return kpi.definition->id == "kpi_achievement"; }

Query WithKpisOfTargets(const Query& query, const Records& records) {
  Query widened = query;
  for (const TargetRecord& target : records.targets) {
    if (target.start.has_value() && *target.start >= query.range.end) continue;
    if (target.end.has_value() && *target.end <= query.range.start) continue;
    if (target.start.has_value() && target.start == target.end) continue;
    ResolvedKpi kpi = KpiOf(target);
    if (PlaceOf(kpi, widened) == widened.kpis.size()) widened.kpis.push_back(std::move(kpi));
  }
  return widened;
}

void SetAchievement(const Query& query, const Query& widened, const Records& records,
                    ReferenceResult& result) {
  const Subject whole = SubjectOf(query, {});
  result.total = Settled(
      query, StandingsOf(widened, result.total, whole, query.range.start, records), result.total);
  for (ReferenceSlice& slice : result.slices) {
    const Subject subject = SubjectOf(query, slice.dimensions);
    // A slice that lacks a value of a dimension, or puts others together, is nobody's.
    const bool nobodys =
        slice.other || std::any_of(slice.dimensions.begin(), slice.dimensions.end(),
                                   [](const ReferenceDimension& value) { return value.missing; });
    const auto standings = [&](const std::vector<ReferenceValue>& values, Instant instant) {
      return nobodys ? Standings{} : StandingsOf(widened, values, subject, instant, records);
    };
    slice.total = Settled(query, standings(slice.total, query.range.start), slice.total);
    for (size_t bucket = 0; bucket < query.buckets.size(); ++bucket) {
      std::vector<ReferenceValue>& values = slice.series[bucket];
      values = Settled(query, standings(values, query.buckets[bucket].start), values);
    }
  }
}

}  // namespace kpid::proof
