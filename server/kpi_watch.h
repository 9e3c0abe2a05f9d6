// A question about KPIs that is watched.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "metrics/fact_source.h"
#include "server/clock.h"
#include "server/query_request.h"
#include "server/watch_board.h"
#include "server/watch_request.h"
#include "storage/fact_feed.h"

namespace kpid::server {

// Largest answer of a watch, in bytes: what clients take by default. Many are held at once.
inline constexpr int64_t kWatchAnswerBytesMax = 4 << 20;

// How often a question is computed anew whose facts are not held in memory: nobody tells when
// they change.
inline constexpr std::chrono::milliseconds kLoadedWatchInterval{5'000};

// Where watched questions have their facts from.
struct WatchFacts {
  // Loads facts that are not held.
  metrics::FactSource* facts = nullptr;

  // As storage::ResidentFacts::State; null: none are held.
  std::function<absl::StatusOr<std::shared_ptr<const storage::ResidentState>>(
      bool own_commits, Clock::TimePoint since, const metrics::CallLimits& limits)>
      state;
};

struct KpiWatchOptions {
  int threads_max = 1;  // Of one computation.
  int64_t bytes_max = kWatchAnswerBytesMax;
};

class KpiWatch final : public WatchedQuestion {
 public:
  // `facts` and `clock` must outlive this. REQUIRES: the request has no violations.
  KpiWatch(WatchRequest request, const KpiWatchOptions& options, const WatchFacts* facts,
           Clock* clock);

  // Errors: those of QueryKpis, with paths below `query`; RESULT_TOO_LARGE above bytes_max.
  absl::StatusOr<WatchOutcome> Look(const LookOptions& look,
                                    const metrics::CallLimits& limits) override;
  void ReleaseFacts() override;

 private:
  using Snapshot = std::shared_ptr<const metrics::FactSnapshot>;

  absl::Status MoveRange(metrics::Instant now);
  bool NothingChanged(const metrics::FactSnapshot& now_held);
  absl::StatusOr<WatchAnswer> Compute(metrics::FactSource* facts, const metrics::CallLimits& limits,
                                      Snapshot* computed_from);
  Clock::TimePoint Again(metrics::Instant wall_now, const metrics::FactSnapshot& snapshot) const;
  void Remember(Snapshot snapshot);

  const WatchRequest request_;
  const KpiWatchOptions options_;
  const WatchFacts* const facts_;
  Clock* const clock_;

  // Of Look.
  v1::QueryKpisRequest query_;
  std::optional<Question> question_;  // Of query_.
  std::optional<metrics::Instant> moves_;
  std::vector<metrics::FactDemand> demands_;  // Of question_; none: what it reads is not known.
  metrics::TimeRange computed_range_;
  // When facts had last been loaded: what is held may be of an earlier state, if found before.
  Clock::TimePoint loaded_ = Clock::TimePoint::min();

  std::mutex mutex_;  // Guards what follows.
  Snapshot computed_from_;
};

}  // namespace kpid::server
