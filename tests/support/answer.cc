#include "tests/support/answer.h"

#include "metrics/achievement.h"

namespace kpid::proof {

absl::StatusOr<metrics::Query> Widened(const metrics::Query& query,
                                       const metrics::FactSnapshot& snapshot) {
  if (!metrics::AsksForAchievement(query)) return query;
  return metrics::WithTargetKpis(query, snapshot.targets());
}

absl::StatusOr<metrics::Result> Answered(const metrics::Query& query,
                                         const metrics::FactSnapshot& snapshot,
                                         const metrics::EvaluateOptions& options) {
  if (!metrics::AsksForAchievement(query)) return metrics::Evaluate(query, snapshot, options);
  const absl::StatusOr<metrics::Query> widened = Widened(query, snapshot);
  if (!widened.ok()) return widened.status();
  absl::StatusOr<metrics::Result> result = metrics::Evaluate(*widened, snapshot, options);
  if (!result.ok()) return result;
  metrics::FinishAchievement(query, *widened, snapshot.targets(), snapshot, &*result);
  return result;
}

}  // namespace kpid::proof
