// The engine: computes a question from facts.
#pragma once

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/result.h"

namespace kpid::metrics {

struct EvaluateOptions {
  // Most threads to use, the caller's among them; small questions use one.
  int threads_max = 1;

  // What is "now" for maturity: the earlier of this and the snapshot's latest arrive counts.
  Instant now{};

  CallLimits limits;
};

// Computes every KPI of the question over every slice and bucket, and their totals. Those that
// are made from values of others (kpi_achievement) do not apply yet.
// The result does not depend on threads_max.
// NOT_FOUND (reason TIME_ZONE_UNKNOWN) when the question names no time zone.
// RESOURCE_EXHAUSTED (reason RESULT_TOO_LARGE) past kCellsMax; CANCELLED; DEADLINE_EXCEEDED.
// REQUIRES: the snapshot holds DemandOf(query).
absl::StatusOr<Result> Evaluate(const Query& query, const FactSnapshot& snapshot,
                                const EvaluateOptions& options);

}  // namespace kpid::metrics
