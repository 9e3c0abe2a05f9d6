// Scorecards: a weighted set of KPIs for one agent or group (kpis.md, section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/catalogue.h"
#include "metrics/comparison.h"
#include "metrics/evaluate.h"
#include "metrics/fact_source.h"
#include "metrics/result.h"
#include "metrics/target.h"
#include "metrics/time.h"

namespace kpid::metrics {

inline constexpr int kScorecardEntriesMax = 32;

// Id of the definition that is built in, until one of this id is stored.
inline constexpr std::string_view kBalancedScorecardId = "balanced";

enum class ScorecardArea : uint8_t { kNone, kEfficiency, kCustomer, kOperations };
std::string_view ScorecardAreaName(ScorecardArea area);  // "efficiency", ...

struct ScorecardEntry {
  ResolvedKpi kpi;
  ScorecardArea area = ScorecardArea::kNone;
  double weight = 1;
};

struct ScorecardDefinition {
  std::string scorecard_id;
  std::string name;
  std::vector<ScorecardEntry> entries;
};

// The one that is built in. Lives as long as the process.
const ScorecardDefinition& BalancedScorecard();

// Whom it is about.
struct ScorecardSubject {
  enum class Kind : uint8_t { kAgent, kGroup };
  Kind kind = Kind::kAgent;
  std::string id;
};

struct ScorecardQuestion {
  ScorecardDefinition definition;
  ScorecardSubject subject;
  TimeRange range;
  std::string time_zone = "UTC";
  double confidence_level = 0.95;
  std::string peer_group_type;  // Of an agent; empty: all agents are peers.
  int64_t sample_minimum = 0;
};

struct ScorecardLine {
  ResolvedKpi kpi;
  ScorecardArea area = ScorecardArea::kNone;
  double weight = 1;
  Value value;
  std::string currency;
  Value before;
  Change change;
  std::optional<Target> target;  // The effective one.
  TargetStatus status = TargetStatus::kNone;
  std::optional<double> attainment;

  // One more than the number of better peers, so that equals (also those that rounding alone tells
  // apart) share a place. Absent without a value
  // or a better direction; within a band peers are better that are nearer to the subject's target
  // band, and without such a target there is no place.
  std::optional<int> rank;

  // With a value (of money: in the subject's currency), the subject among them. 0 of KPIs that the
  // definition lacks.
  int peers = 0;
};

struct ScorecardTotal {
  ScorecardArea area = ScorecardArea::kNone;  // kNone: all.
  std::optional<double> attainment;           // Weighted mean of those that have one.
  double covered_weight = 0;
  double weight = 0;
  int met = 0;
  int missed = 0;
};

// A KPI of speed that improved while FCR, CSAT or quality fell by more than chance. Both as lines,
// without weight where the definition lacks them.
struct ImbalanceWarning {
  ScorecardLine improved;
  ScorecardLine worsened;
};

struct ScorecardResult {
  std::string display_name;
  std::vector<ScorecardLine> lines;  // By entry.
  ScorecardTotal total;
  std::vector<ScorecardTotal> areas;  // Those that have lines, in the order of the enum.
  std::vector<ImbalanceWarning> warnings;
  TimeRange before_range;
  Instant data_watermark{};
};

// Computes a scorecard, all of it from one state of the facts; the group's type alone may be of an
// earlier one. NOT_FOUND with reason AGENT_UNKNOWN or GROUP_UNKNOWN when no roster and no record
// has the subject; INVALID_ARGUMENT with reason GROUP_TYPE_UNKNOWN when no group is of
// peer_group_type; otherwise as Ask.
absl::StatusOr<ScorecardResult> Score(const ScorecardQuestion& question, FactSource* facts,
                                      const EvaluateOptions& options);

}  // namespace kpid::metrics
