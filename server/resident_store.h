// The facts that the server holds in memory: the store, the feed that keeps it true to the
// database, the schedule by which that is verified, and what the log says of all this.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/fact_source.h"
#include "metrics/fact_store.h"
#include "server/clock.h"
#include "server/configuration.h"
#include "server/periodic_task.h"
#include "storage/cancellable_mutex.h"
#include "storage/database.h"
#include "storage/fact_feed.h"
#include "storage/fact_sink.h"
#include "storage/resident_facts.h"

namespace kpid::server {

// What is held.
struct ResidentReport {
  std::optional<metrics::Instant> start;  // What happened from then on; absent: everything.
  bool loading = false;                   // None is used yet.
  metrics::FactStoreSize size;
  std::optional<std::chrono::milliseconds> lag;  // Absent while loading.
};

// A difference that was found, and whether it was gone when looked for again.
struct VerifiedDifference {
  storage::FeedDifference difference;
  bool repaired = false;
};

// What those who watch facts want to know. Called on the feed's thread: must be quick, and not call
// the feed.
struct ResidentListener {
  // A state with other facts is current.
  std::function<void(uint64_t version)> on_change;

  // All is loaded anew: who still holds earlier states doubles the memory of facts.
  std::function<void()> on_reload;
};

// Says in the log what the feed does: loads and their progress (a line a second at most), and
// failures (a line in ten seconds at most). Safe for concurrent use.
class ResidentLog {
 public:
  // Both must outlive this.
  ResidentLog(const metrics::FactStore* store, Clock* clock) : store_(store), clock_(clock) {}

  void Loading(std::string_view reason);
  void Progress(int64_t facts, int64_t expected);
  void Changed();
  void Failed(const absl::Status& status);

 private:
  const metrics::FactStore* const store_;
  Clock* const clock_;
  std::mutex mutex_;
  bool loading_ = false;
  Clock::TimePoint load_start_{};
  Clock::TimePoint next_progress_{};
  Clock::TimePoint next_failure_{};
  int64_t failures_unsaid_ = 0;
};

// Safe for concurrent use.
class ResidentStore {
 public:
  // All must outlive this. `loader` answers what is not held. Tests set how long questions wait for
  // facts that are held.
  ResidentStore(const Configuration& configuration, storage::Database* database,
                metrics::FactSource* loader, Clock* clock,
                const storage::ResidentFactsOptions& facts_options = {});

  // Stops loading, following and verifying.
  ~ResidentStore();
  ResidentStore(const ResidentStore&) = delete;
  ResidentStore& operator=(const ResidentStore&) = delete;

  // Starts loading, then follows. Returns at once. REQUIRES: not started.
  void Start();

  // Facts for questions: those held where they suffice, else loaded ones.
  metrics::FactSource* facts() { return &facts_; }

  // As storage::ResidentFacts::State.
  absl::StatusOr<std::shared_ptr<const storage::ResidentState>> State(
      bool own_commits, Clock::TimePoint since, const metrics::CallLimits& limits) {
    return facts_.State(own_commits, since, limits);
  }

  // Calls `listener` from now on, instead of an earlier one; on return that one runs no more.
  void SetListener(ResidentListener listener);

  // Questions answered from facts that are held, and from loaded ones.
  int64_t resident_answers() const { return facts_.resident(); }
  int64_t loaded_answers() const { return facts_.loaded(); }

  ResidentReport Report() const;

  // Holds the facts against the database and reads days that differ anew; which they were. One at
  // a time. UNAVAILABLE, reason RESIDENT_LOADING, while there is nothing to verify.
  absl::StatusOr<std::vector<VerifiedDifference>> Verify(const metrics::CallLimits& limits);

 private:
  void VerifyOnSchedule();
  storage::FeedObserver Observer();

  Clock* const clock_;
  const std::chrono::milliseconds verify_interval_;
  std::atomic<bool> stopping_{false};
  metrics::FactStore store_{metrics::FactStoreOptions{}};
  storage::FactStoreSink sink_{&store_};
  ResidentLog log_;
  std::mutex listener_mutex_;  // Held while the listener runs.
  ResidentListener listener_;
  storage::FactFeed feed_;
  storage::ResidentFacts facts_;
  storage::CancellableMutex verify_mutex_;  // Held while verifying.
  std::unique_ptr<PeriodicTask> schedule_;  // Last: it uses the members above.
};

}  // namespace kpid::server
