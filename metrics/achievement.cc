#include "metrics/achievement.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "metrics/catalogue_rows.h"
#include "metrics/confidence.h"
#include "metrics/error_reason.h"

namespace kpid::metrics {
namespace {

// Times that facts are read for one question while targets come that need facts never asked for.
constexpr int kReadingsMax = 10;

bool IsAchievement(const ResolvedKpi& kpi) { return kpi.definition->id == kAchievementId; }

bool IsSame(const ResolvedKpi& a, const ResolvedKpi& b) {
  return a.definition == b.definition && a.parameters == b.parameters && a.statistic == b.statistic;
}

// KPIs with a target in the range, but for achievement itself.
std::vector<ResolvedKpi> TargetKpis(const TargetSet& targets, const TimeRange& range) {
  std::vector<ResolvedKpi> kpis = targets.Kpis(range);
  std::erase_if(kpis, IsAchievement);
  return kpis;
}

size_t PlaceOf(const ResolvedKpi& kpi, const Query& query) {
  const auto found = std::find_if(query.kpis.begin(), query.kpis.end(),
                                  [&](const ResolvedKpi& other) { return IsSame(kpi, other); });
  return static_cast<size_t>(found - query.kpis.begin());
}

// The effective targets of a cell. Weights are in thousandths, so that sums are exact.
struct Tally {
  int64_t met = 0;
  int64_t missed = 0;
  int64_t without_value = 0;
  int64_t met_weight = 0;
  int64_t missed_weight = 0;

  void Add(const Assessment& assessment) {
    if (assessment.target == nullptr) return;
    const int64_t weight = std::llround(assessment.target->weight * 1000);
    const bool is_met = assessment.status == TargetStatus::kMet;
    const bool is_missed = assessment.status == TargetStatus::kMissed;
    met += is_met;
    missed += is_missed;
    without_value += !is_met && !is_missed;
    met_weight += is_met ? weight : 0;
    missed_weight += is_missed ? weight : 0;
  }
};

// Counts targets and writes values of kpi_achievement.
class Achievement {
 public:
  Achievement(const Query& query, const Query& widened, const TargetSet& targets,
              const FactSnapshot& snapshot, Result* result)
      : query_(query),
        targets_(targets),
        snapshot_(snapshot),
        result_(*result),
        confidence_(query.confidence_level),
        kpis_(TargetKpis(targets, query.range)),
        widened_size_(widened.kpis.size()) {
    for (const ResolvedKpi& kpi : kpis_) places_.push_back(PlaceOf(kpi, widened));
  }

  void Run() {
    result_.total = Finish(Scope(nullptr), query_.range.start, std::move(result_.total));
    for (Slice& slice : result_.slices) {
      const ValueScope scope = Scope(&slice);
      slice.total =
          ValueList(Finish(scope, query_.range.start, slice.total.Part(0, widened_size_)));
      ValueList series;
      for (size_t bucket = 0; bucket < query_.buckets.size(); ++bucket) {
        std::vector<Value> values = slice.series.Part(bucket * widened_size_, widened_size_);
        values = Finish(scope, query_.buckets[bucket].start, std::move(values));
        for (const Value& value : values) series.Append(value);
      }
      slice.series = std::move(series);
    }
  }

 private:
  ValueScope Scope(const Slice* slice) const {
    return ScopeOf(query_, slice, snapshot_.roster(), snapshot_.dictionaries().groups);
  }

  // From the values of a cell by the widened question's KPIs to those by the question's.
  std::vector<Value> Finish(const ValueScope& scope, Instant start, std::vector<Value> values) {
    Tally tally;
    for (size_t i = 0; i < kpis_.size(); ++i) {
      const Target* target = targets_.Effective(kpis_[i], scope, start);
      if (target == nullptr) continue;
      const Value& value = values[places_[i]];
      tally.Add(Assess(*target, value, result_.currencies[value.currency]));
    }
    values.resize(query_.kpis.size());
    for (size_t k = 0; k < query_.kpis.size(); ++k) {
      if (IsAchievement(query_.kpis[k])) values[k] = ValueOf(tally, query_.kpis[k]);
    }
    return values;
  }

  Value ValueOf(const Tally& tally, const ResolvedKpi& kpi) const {
    const bool weighted = std::get<bool>(kpi.parameters.find("weighted")->second);
    const int64_t numerator = weighted ? tally.met_weight : tally.met;
    const int64_t denominator = numerator + (weighted ? tally.missed_weight : tally.missed);
    const double unit = weighted ? 1000 : 1;
    Value value;
    if (denominator > 0) {
      value.value = 100 * static_cast<double>(numerator) / static_cast<double>(denominator);
    } else {
      value.no_value_reason =
          tally.without_value > 0 ? NoValueReason::kZeroDenominator : NoValueReason::kNoData;
    }
    if (query_.value_detail == ValueDetail::kBare) return value;
    value.numerator = static_cast<double>(numerator) / unit;
    value.denominator = static_cast<double>(denominator) / unit;
    value.sample_count = tally.met + tally.missed;
    value.counts[0] = tally.without_value;
    if (query_.value_detail == ValueDetail::kInterval && !weighted && denominator > 0) {
      const Bounds bounds = confidence_.Proportion(numerator, denominator);
      value.lower = bounds.lower;
      value.upper = bounds.upper;
    }
    return value;
  }

  const Query& query_;
  const TargetSet& targets_;
  const FactSnapshot& snapshot_;
  Result& result_;
  Confidence confidence_;
  std::vector<ResolvedKpi> kpis_;  // With targets.
  std::vector<size_t> places_;     // Of these among the widened question's.
  size_t widened_size_;
};

}  // namespace

bool AsksForAchievement(const Query& query) {
  return std::any_of(query.kpis.begin(), query.kpis.end(), IsAchievement);
}

absl::StatusOr<Query> WithTargetKpis(const Query& query, const TargetSet& targets) {
  std::vector<ResolvedKpi> kpis = TargetKpis(targets, query.range);
  if (kpis.size() > kTargetKpisMax) {
    const std::string count = absl::StrCat(kpis.size());
    const std::string limit = absl::StrCat(kTargetKpisMax);
    return ErrorWithReason(absl::StatusCode::kResourceExhausted,
                           absl::StrCat("targets of ", count,
                                        " KPIs hold in the range; kpi_achievement counts those "
                                        "of at most ",
                                        limit),
                           {"TOO_MANY_TARGET_KPIS", {{"count", count}, {"limit", limit}}});
  }
  Query widened = query;
  for (ResolvedKpi& kpi : kpis) {
    if (PlaceOf(kpi, query) == query.kpis.size()) widened.kpis.push_back(std::move(kpi));
  }
  return widened;
}

absl::StatusOr<std::vector<FactsWithTargets>> ReadWithTargets(std::span<const Query> queries,
                                                              FactSource* facts,
                                                              const CallLimits& limits) {
  auto snapshot = facts->Snapshot(FactDemand{}, limits);
  if (!snapshot.ok()) return snapshot.status();
  std::vector<FactsWithTargets> read(queries.size());
  std::vector<FactDemand> demands;
  for (const Query& query : queries) {
    auto widened = WithTargetKpis(query, (*snapshot)->targets());
    if (!widened.ok()) return widened.status();
    demands.push_back(DemandOf(*widened));
  }
  for (int reading = 0; reading < kReadingsMax; ++reading) {
    auto snapshots = facts->Snapshots(demands, limits);
    if (!snapshots.ok()) return snapshots.status();
    bool covered = true;
    for (size_t i = 0; i < queries.size(); ++i) {
      auto widened = WithTargetKpis(queries[i], (*snapshots)[i]->targets());
      if (!widened.ok()) return widened.status();
      const FactDemand needed = DemandOf(*widened);
      covered = covered && Covers(demands[i], needed);
      // What was needed once stays asked for: targets that come and go are soon all covered.
      AddDemand(needed, &demands[i]);
      read[i] = {*std::move(widened), std::move((*snapshots)[i])};
    }
    if (covered) return read;
  }
  return ErrorWithReason(absl::StatusCode::kAborted, "targets changed again and again meanwhile",
                         {"CONFLICT", {}});
}

void FinishAchievement(const Query& query, const Query& widened, const TargetSet& targets,
                       const FactSnapshot& snapshot, Result* result) {
  Achievement(query, widened, targets, snapshot, result).Run();
}

}  // namespace kpid::metrics
