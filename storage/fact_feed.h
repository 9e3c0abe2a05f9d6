// Keeps facts in memory true to the database: loads them, then moves them from one committed
// state to the next by the difference of snapshots.
//
// A step reads, in one transaction over all tables, the rows whose last change its snapshot sees
// and the snapshot before did not, and the names that they need; the facts as they were are
// exchanged for those as they are as a whole. It does not matter in which order transactions
// commit, how long they stay open, or which were rolled back. Differences are applied in pieces
// of bounded size; what Current() gives is a whole committed state at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/time.h"
#include "storage/database.h"
#include "storage/fact_sink.h"

namespace kpid::storage {

struct FeedOptions {
  // How long to rest between two looks while nobody wakes the feed: what other servers commit is
  // seen after it.
  std::chrono::milliseconds poll_interval{20};

  // Steps that commits of this process wake begin at least this far apart, unless a reader
  // waits: each costs the database some statements, whatever it finds.
  std::chrono::milliseconds wake_interval_min{10};

  // While nothing changes, how often the watermark is moved on.
  std::chrono::milliseconds watermark_interval{500};

  // Pause after a step that failed, doubled with each further one up to the second.
  std::chrono::milliseconds retry_delay_min{20};
  std::chrono::milliseconds retry_delay_max{1'000};

  // Facts that a step or a connection of a load holds before it applies them: bounds memory at
  // about 250 bytes each.
  int64_t facts_per_piece_max = 100'000;

  // Connections of a load.
  int load_connections = 4;

  // Whole UTC days before today that are held; absent: all.
  std::optional<int> resident_days;

  // When more is held, days are let go, the oldest first; 0: no limit.
  int64_t memory_bytes_max = 0;

  // How often kpid.deleted_rows is pruned, how long its rows stay, and how many at most: a feed
  // that fell behind further than that loads anew.
  std::chrono::seconds prune_interval{60};
  std::chrono::seconds deletions_kept{3'600};
  int64_t deletions_max = 1'000'000;

  absl::Status Validate() const;
};

// What the feed takes from the world; tests give their own.
struct FeedEnvironment {
  std::function<metrics::Instant()> wall_now;
  std::function<std::chrono::steady_clock::time_point()> now;

  // Returns when `changed` was notified or the time has come; may return earlier.
  std::function<void(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                     std::chrono::steady_clock::time_point time)>
      wait_until;
};
const FeedEnvironment& RealFeedEnvironment();

// Called on the thread that does the work, without locks held; must not call the feed.
struct FeedObserver {
  // While loading: facts read so far, and how many PostgreSQL's statistics expect in all.
  std::function<void(int64_t facts, int64_t expected)> on_progress;

  // Everything is loaded anew, and why.
  std::function<void(std::string_view reason)> on_reload;

  // A state with other facts than before is current.
  std::function<void(uint64_t version)> on_change;

  // A step failed; the feed tries again.
  std::function<void(const absl::Status& status)> on_failure;
};

// A committed state.
struct ResidentState {
  std::shared_ptr<const metrics::FactSnapshot> facts;

  // What arrived (began, ...) from here on is held; Instant::min(): everything.
  metrics::Instant start = metrics::Instant::min();

  // Another one means other facts.
  uint64_t version = 0;

  // Commits of this process that are in for certain (CommitClock).
  int64_t commits = 0;

  // When it was last found to be the newest.
  std::chrono::steady_clock::time_point confirmed{};
};

struct FeedStatus {
  enum class Phase : uint8_t { kStopped, kLoading, kFollowing, kFailing };
  Phase phase = Phase::kStopped;
  absl::Status error;            // Of the last step, when it failed.
  int64_t facts_loaded = 0;      // By the load that runs or ran last.
  int64_t facts_expected = 0;    // Of the same load, as statistics have it.
  int64_t steps = 0;             // That succeeded.
  int64_t facts_applied = 0;     // By steps.
  int64_t loads = 0;             // That succeeded.
  std::string load_reason;       // Of the last one.
  std::chrono::milliseconds lag{0};  // Since the current state was last found to be the newest.
};

// A UTC day of a table in which the resident facts were not those of the database.
struct FeedDifference {
  std::string table;
  std::optional<std::chrono::sys_days> day;  // Absent: the table as a whole.
  std::string found;                         // Resident, in words.
  std::string expected;                      // Stored, in words.
};

// A day in words: 2026-03-31.
std::string DayText(std::chrono::sys_days day);

// Safe for concurrent use.
class FactFeed {
 public:
  // All must outlive the feed, which alone changes the sink.
  FactFeed(Database* database, FactSink* sink, FeedOptions options, FeedEnvironment environment,
           FeedObserver observer);

  // Stops the thread; a running step is cancelled.
  ~FactFeed();
  FactFeed(const FactFeed&) = delete;
  FactFeed& operator=(const FactFeed&) = delete;

  // Starts the thread that loads and follows. REQUIRES: not started.
  void Start();

  // Loads, or takes one step, at once. What the thread does; for tests and tools.
  absl::Status Step();

  // The newest state; null while none is loaded.
  std::shared_ptr<const ResidentState> Current() const;

  // Waits for a state that includes so many commits of this process, and that was found to be the
  // newest at `confirmed` or later. Null at once when nothing is loaded, and after `patience`;
  // DEADLINE_EXCEEDED, CANCELLED.
  absl::StatusOr<std::shared_ptr<const ResidentState>> WaitFor(
      int64_t commits, std::chrono::milliseconds patience, const metrics::CallLimits& limits,
      std::chrono::steady_clock::time_point confirmed =
          std::chrono::steady_clock::time_point::min());

  // Holds counts and sums of each UTC day and table against SQL over the same committed state.
  // Days that differ are read anew; all are returned. Steps go on meanwhile.
  absl::StatusOr<std::vector<FeedDifference>> Verify(const metrics::CallLimits& limits);

  FeedStatus status() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace kpid::storage
