// A question's answer with kpi_achievement: what metrics::Ask gives, but for comparison, order and
// pages.
#pragma once

#include "absl/status/statusor.h"
#include "metrics/evaluate.h"
#include "metrics/fact_snapshot.h"
#include "metrics/query.h"
#include "metrics/result.h"

namespace kpid::proof {

// As metrics::Evaluate. REQUIRES: the snapshot holds DemandOf(Widened(query, snapshot)).
absl::StatusOr<metrics::Result> Answered(const metrics::Query& query,
                                         const metrics::FactSnapshot& snapshot,
                                         const metrics::EvaluateOptions& options);

// The question with the KPIs that kpi_achievement is made from, where it is asked for.
absl::StatusOr<metrics::Query> Widened(const metrics::Query& query,
                                       const metrics::FactSnapshot& snapshot);

}  // namespace kpid::proof
