// The slow reference of scorecards: from the reference's values to targets, changes, places, totals
// and warnings, straight from the contract. It shares with the code that it proves only the types
// of a question.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/scorecard.h"
#include "metrics/target.h"
#include "tests/support/reference.h"

namespace kpid::proof {

struct ReferenceScoreLine {
  metrics::ResolvedKpi kpi;
  ReferenceValue value;
  ReferenceValue before;
  std::string target_id;  // "": none.
  metrics::TargetStatus status = metrics::TargetStatus::kNone;
  std::optional<double> attainment;
  std::optional<int> rank;
  int peers = 0;

  // Below 0: worse; absent: not known, or there is no better direction. `beyond_chance`: whether
  // the interval of the change leaves 0 out; absent: there is none.
  std::optional<double> improvement;
  std::optional<bool> beyond_chance;

  // Whether these two lie so near to where they turn that rounding decides.
  bool on_the_edge = false;
};

struct ReferenceScoreTotal {
  std::optional<double> attainment;
  double covered_weight = 0;
  double weight = 0;
  int met = 0;
  int missed = 0;
};

struct ReferenceScorecard {
  std::vector<ReferenceScoreLine> lines;
  ReferenceScoreTotal total;
  std::vector<std::pair<metrics::ScorecardArea, ReferenceScoreTotal>> areas;
  std::vector<std::pair<std::string, std::string>> warnings;  // Names of KPIs: faster, worse.
  bool warnings_on_the_edge = false;
};

// REQUIRES: the time zone is UTC, and the range is not whole months.
ReferenceScorecard ReferenceScore(const metrics::ScorecardQuestion& question,
                                  const Records& records,
                                  const std::vector<metrics::Target>& targets,
                                  metrics::Instant now);

}  // namespace kpid::proof
