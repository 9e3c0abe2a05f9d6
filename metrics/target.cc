#include "metrics/target.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "metrics/dictionary.h"
#include "metrics/roster.h"

namespace kpid::metrics {
namespace {

// Groups by how far they are above those that a value is about. One that is reached on several
// ways is as far as the longest, so that it comes after all that are part of it.
class GroupDistances {
 public:
  GroupDistances(const Roster& roster, const Dictionary& groups)
      : roster_(roster), groups_(groups) {}

  void Add(const std::string& group) {
    size_t distance = 0;
    Put(group, distance);
    // A walk longer than the number of groups has gone round a circle.
    Code code = groups_.Find(group);
    while (distance < groups_.CodeEnd()) {
      code = roster_.ParentOf(code);
      if (code == kNoCode || groups_.Name(code) == group) break;
      Put(std::string(groups_.Name(code)), ++distance);
    }
  }

  // Nearest first; of the same distance in the order in which they were added.
  std::vector<std::string> Take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Found& a, const Found& b) { return a.distance < b.distance; });
    std::vector<std::string> names;
    for (Found& found : found_) names.push_back(std::move(found.group));
    return names;
  }

 private:
  struct Found {
    std::string group;
    size_t distance;
  };

  void Put(std::string group, size_t distance) {
    const auto same = std::find_if(found_.begin(), found_.end(),
                                   [&](const Found& found) { return found.group == group; });
    if (same == found_.end()) {
      found_.push_back({std::move(group), distance});
    } else {
      same->distance = std::max(same->distance, distance);
    }
  }

  const Roster& roster_;
  const Dictionary& groups_;
  std::vector<Found> found_;
};

bool IsMet(const Target& target, double value) {
  switch (target.kpi.definition->better) {
    case BetterDirection::kUp:
      return value >= target.target_value;
    case BetterDirection::kDown:
      return value <= target.target_value;
    case BetterDirection::kBand:
    case BetterDirection::kNone:
      break;
  }
  return target.target_value <= value &&
         value <= target.band_end_value.value_or(target.target_value);
}

// How far a value is outside of a target's band.
double DistanceFromBand(const Target& target, double value) {
  if (value < target.target_value) return target.target_value - value;
  return std::max(0.0, value - target.band_end_value.value_or(target.target_value));
}

std::optional<double> AttainmentOf(const Target& target, double value) {
  if (!target.worst_value.has_value()) return std::nullopt;
  double attainment = 0;
  const BetterDirection better = target.kpi.definition->better;
  if (better == BetterDirection::kUp || better == BetterDirection::kDown) {
    if (!target.best_value.has_value()) return std::nullopt;
    attainment = (*target.worst_value - value) / (*target.worst_value - *target.best_value);
  } else {
    const double reach = DistanceFromBand(target, *target.worst_value);
    if (reach == 0) return std::nullopt;
    attainment = 1 - DistanceFromBand(target, value) / reach;
  }
  if (std::isnan(attainment)) return std::nullopt;
  return std::clamp(attainment, 0.0, 1.0) + 0.0;  // Never -0.
}

}  // namespace

ValueScope ScopeOf(const Query& query, const Slice* slice, const Roster& roster,
                   const Dictionary& groups) {
  ValueScope scope;
  GroupDistances distances(roster, groups);
  const auto fix = [&](const Dimension& dimension, const std::string& value) {
    if (dimension.kind == DimensionKind::kAgent && scope.agent.empty()) scope.agent = value;
    if (dimension.kind == DimensionKind::kQueue && scope.queue.empty()) scope.queue = value;
    if (dimension.kind == DimensionKind::kAgentGroup) distances.Add(value);
  };
  if (slice != nullptr) {
    scope.nobody = slice->other;
    for (size_t d = 0; d < slice->dimensions.size(); ++d) {
      const DimensionValue& value = slice->dimensions[d];
      scope.nobody |= value.missing;
      if (!value.missing) fix(query.group_by[d], value.value);
    }
  }
  for (const Filter& filter : query.filters) {
    if (filter.values.size() == 1 && !filter.include_missing) {
      fix(filter.dimension, filter.values.front());
    }
  }
  scope.groups = distances.Take();
  return scope;
}

Assessment Assess(const Target& target, const Value& value, std::string_view currency) {
  if (value.no_value_reason == NoValueReason::kNotApplicable) return {};
  if (!currency.empty() && currency != target.currency_code) return {};
  if (!value.value.has_value()) return {&target, TargetStatus::kNoValue, std::nullopt};
  return {&target, IsMet(target, *value.value) ? TargetStatus::kMet : TargetStatus::kMissed,
          AttainmentOf(target, *value.value)};
}

bool TargetSet::KpiLess::operator()(const ResolvedKpi& a, const ResolvedKpi& b) const {
  // Rows of the catalogue are in one array: their addresses tell their order.
  if (a.definition != b.definition) return a.definition < b.definition;
  if (a.parameters != b.parameters) return a.parameters < b.parameters;
  return std::tie(a.statistic.kind, a.statistic.percentile) <
         std::tie(b.statistic.kind, b.statistic.percentile);
}

TargetSet::TargetSet(std::vector<Target> targets) : targets_(std::move(targets)) {
  for (size_t i = 0; i < targets_.size(); ++i) {
    const Target& target = targets_[i];
    if (target.range.Empty()) continue;
    by_kpi_[target.kpi][{target.scope, target.scope_id}].push_back(i);
  }
  for (auto& [key, scopes] : by_kpi_) {
    for (auto& [scope, indices] : scopes) {
      std::sort(indices.begin(), indices.end(), [&](size_t a, size_t b) {
        return std::tie(targets_[a].range.start, targets_[a].target_id) >
               std::tie(targets_[b].range.start, targets_[b].target_id);
      });
    }
  }
}

const Target* TargetSet::Effective(const ResolvedKpi& kpi, const ValueScope& scope,
                                   Instant instant) const {
  if (scope.nobody || targets_.empty()) return nullptr;
  const auto scopes = by_kpi_.find(kpi);
  if (scopes == by_kpi_.end()) return nullptr;
  const auto find = [&](TargetScope kind, const std::string& id) -> const Target* {
    const auto found = scopes->second.find({kind, id});
    if (found == scopes->second.end()) return nullptr;
    for (const size_t index : found->second) {
      if (targets_[index].range.Contains(instant)) return &targets_[index];
    }
    return nullptr;
  };
  const Target* target = nullptr;
  if (!scope.agent.empty()) target = find(TargetScope::kAgent, scope.agent);
  if (target == nullptr && !scope.queue.empty()) target = find(TargetScope::kQueue, scope.queue);
  for (const std::string& group : scope.groups) {
    if (target == nullptr) target = find(TargetScope::kGroup, group);
  }
  return target != nullptr ? target : find(TargetScope::kAll, "");
}

std::vector<ResolvedKpi> TargetSet::Kpis(TimeRange range) const {
  const auto holds = [&](size_t index) {
    const TimeRange& target = targets_[index].range;
    return target.start < range.end && range.start < target.end;
  };
  std::vector<ResolvedKpi> kpis;
  for (const auto& [kpi, scopes] : by_kpi_) {
    if (std::any_of(scopes.begin(), scopes.end(), [&](const auto& scope) {
          return std::any_of(scope.second.begin(), scope.second.end(), holds);
        })) {
      kpis.push_back(kpi);
    }
  }
  return kpis;
}

}  // namespace kpid::metrics
