// Targets: what KPIs should be, for whom and when, and how a value stands to them
// (kpis.md, section 4).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/catalogue.h"
#include "metrics/query.h"
#include "metrics/result.h"
#include "metrics/time.h"

namespace kpid::metrics {

class Dictionary;  // metrics/dictionary.h
class Roster;      // metrics/roster.h

enum class TargetScope : uint8_t { kNone, kAll, kGroup, kAgent, kQueue };

struct Target {
  std::string target_id;
  ResolvedKpi kpi;
  TargetScope scope = TargetScope::kAll;
  std::string scope_id;                  // Of the group, agent or queue.
  double target_value = 0;               // Of a band: its lower end.
  std::optional<double> worst_value;     // Where attainment is 0.
  std::optional<double> best_value;      // Where it is 1; none with a band.
  std::optional<double> band_end_value;  // Upper end of the band; for KPIs without up or down.
  std::string currency_code;             // Of money.
  double weight = 1;
  TimeRange range{Instant::min(), kInstantEnd};  // Empty: void.
};

enum class TargetStatus : uint8_t { kNone, kMet, kMissed, kNoValue };

// How a value stands to its effective target. Without one: null and kNone.
struct Assessment {
  const Target* target = nullptr;
  TargetStatus status = TargetStatus::kNone;
  std::optional<double> attainment;
};

// What the values of a slice are about: what a dimension of the slice, or a filter of a single
// value without include_missing, fixes. Empty: nothing in particular.
struct ValueScope {
  std::string agent;
  std::string queue;
  std::vector<std::string> groups;  // With those that they are part of, nearest first.

  // Of a slice that lacks a value of a dimension, or that puts other slices together: no target
  // fits, also none for all.
  bool nobody = false;
};

// Of a slice of a question's answer, where `slice` is not null; of the total. `groups` names the
// roster's groups. Of several groups (by dimensions and filters) one that is part of another
// comes before it; otherwise dimensions come before filters.
ValueScope ScopeOf(const Query& query, const Slice* slice, const Roster& roster,
                   const Dictionary& groups);

// Judges a value by a target. `currency` is the value's code, empty where it is none (an amount
// of 0 may have none). A value of another currency, or one that does not apply, has no effective
// target. The assessment points to `target`.
Assessment Assess(const Target& target, const Value& value, std::string_view currency);

// All targets. Immutable; safe for concurrent use.
class TargetSet {
 public:
  TargetSet() = default;
  explicit TargetSet(std::vector<Target> targets);

  std::span<const Target> targets() const { return targets_; }
  bool empty() const { return targets_.empty(); }

  // The target of a KPI (the same id, parameters and statistic) that is effective for values of
  // a scope at an instant, the start of their bucket: of those that fit and hold then the
  // narrowest (agent, queue, group from near to far, all), then the one that began last, then the
  // one with the greatest id. Null: none. Lives as long as the set.
  const Target* Effective(const ResolvedKpi& kpi, const ValueScope& scope, Instant instant) const;

  // Every KPI (with parameters and statistic) that has a target holding at some instant of the
  // range, each once, in the catalogue's order, then by parameters.
  std::vector<ResolvedKpi> Kpis(TimeRange range) const;

 private:
  // By the catalogue's order, then parameters, then statistic.
  struct KpiLess {
    bool operator()(const ResolvedKpi& a, const ResolvedKpi& b) const;
  };

  // Indices of targets, the one that began last first (of those the greatest id).
  using ByScope = std::map<std::pair<TargetScope, std::string>, std::vector<size_t>>;

  std::vector<Target> targets_;
  std::map<ResolvedKpi, ByScope, KpiLess> by_kpi_;
};

}  // namespace kpid::metrics
