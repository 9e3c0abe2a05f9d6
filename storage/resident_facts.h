// Facts of questions: resident ones where they reach, else loaded for the question.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "metrics/fact_source.h"
#include "storage/commit_clock.h"
#include "storage/fact_feed.h"

namespace kpid::storage {

struct ResidentFactsOptions {
  // How long a question waits for the feed to pass the commits that this process acknowledged
  // before it loads its facts itself.
  std::chrono::milliseconds patience{1'000};

  // A state that was not found to be the newest for longer is not used: other servers may have
  // written since.
  std::chrono::milliseconds stale_max{5'000};
};

// Whether resident facts from `start` on are all that a demand asks for.
bool Covers(metrics::Instant start, const metrics::FactDemand& demand);

// Safe for concurrent use.
class ResidentFacts : public metrics::FactSource {
 public:
  // All must outlive this. `commits` is that which the process's stores advance, `now` the clock
  // of ResidentState::confirmed.
  ResidentFacts(FactFeed* feed, const CommitClock* commits, metrics::FactSource* loader,
                ResidentFactsOptions options,
                std::function<std::chrono::steady_clock::time_point()> now);

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override;
  absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> Snapshots(
      std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) override;

  int64_t EstimateFacts(const metrics::FactDemand& demand) const override;

  // The newest state, for readers that look again when there is a newer one; with `own_commits` one
  // that includes all commits that this process has acknowledged. None that was last found to be
  // the newest before `since`: readers who have loaded facts would go back in time. Null when none
  // is held, or none that may be used; an error only when it has to wait: CANCELLED,
  // DEADLINE_EXCEEDED.
  absl::StatusOr<std::shared_ptr<const ResidentState>> State(
      bool own_commits, std::chrono::steady_clock::time_point since,
      const metrics::CallLimits& limits);

  // Demands met from resident facts, and from PostgreSQL.
  int64_t resident() const { return resident_.load(std::memory_order_relaxed); }
  int64_t loaded() const { return loaded_.load(std::memory_order_relaxed); }

 private:
  bool Usable(const ResidentState& state) const;

  // Of a state that has all that is demanded and may be used; null when there is none.
  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Held(
      std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits);

  FactFeed* const feed_;
  const CommitClock* const commits_;
  metrics::FactSource* const loader_;
  const ResidentFactsOptions options_;
  const std::function<std::chrono::steady_clock::time_point()> now_;
  std::atomic<int64_t> resident_{0};
  std::atomic<int64_t> loaded_{0};
};

}  // namespace kpid::storage
