// The work of the feed: where it stands, and how it gets further. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_store.h"
#include "storage/database.h"
#include "storage/fact_feed.h"
#include "storage/feed_load.h"
#include "storage/feed_transaction.h"

namespace kpid::storage {

// What the follower tells while it works.
struct FollowerEvents {
  std::function<void(std::string_view reason)> on_load;
  std::function<void(int64_t facts, int64_t expected)> on_progress;
};

// A UTC day of a table (by FeedTables()) that is to be read anew; no day: the whole table.
struct FeedRepair {
  size_t table = 0;
  std::optional<std::chrono::sys_days> day;

  friend bool operator<(const FeedRepair& a, const FeedRepair& b) {
    return std::pair(a.table, a.day) < std::pair(b.table, b.day);
  }
};

class FeedFollower {
 public:
  FeedFollower(Database* database, FactSink* sink, const FeedOptions& options,
               std::function<metrics::Instant()> wall_now, FollowerEvents events);

  struct Outcome {
    bool changed = false;  // The sink has other facts, or names, than before.
    bool confirmed = true;
    int64_t facts = 0;  // Applied.
    bool loaded = false;
  };

  // Loads, or moves the sink to the newest committed state. Unless it is OK the sink holds
  // anything: the next call mends it.
  absl::StatusOr<Outcome> Advance(const metrics::CallLimits& limits);

  // As Advance, and reads days anew.
  absl::StatusOr<Outcome> Repair(const std::vector<FeedRepair>& repairs,
                                 const metrics::CallLimits& limits);

  // As Advance; before its transaction ends `look` is called with a name for its snapshot.
  using Look = std::function<absl::Status(const std::string& exported)>;
  absl::StatusOr<Outcome> AdvanceHolding(const Look& look, const metrics::CallLimits& limits);

  bool loaded() const { return loaded_; }
  std::optional<metrics::Instant> start() const { return start_; }
  const SessionOptions& session_options() const { return load_session_options_; }

  // Prunes the list of deletions.
  absl::Status Prune(const metrics::CallLimits& limits);

 private:
  struct Step {
    FeedTransaction* transaction;
    const metrics::CallLimits* limits;
    metrics::FactChanges changes;
    FeedRows rows;
    int64_t pending = 0;  // Facts in `changes`.
    Outcome outcome;
    FeedLook look;
  };

  absl::StatusOr<Outcome> Advance(const std::vector<FeedRepair>& repairs, const Look& look,
                                  const metrics::CallLimits& limits);
  absl::Status OpenSession(const metrics::CallLimits& limits);
  absl::StatusOr<Outcome> Load(std::string_view reason, const metrics::CallLimits& limits);
  absl::Status Prepare(const metrics::CallLimits& limits);
  std::string ReloadReason(const FeedTransaction& transaction) const;

  absl::Status ReadDifference(Step* step, std::string* reload_reason);
  absl::Status ReadDeletions(Step* step, std::string* reload_reason);
  absl::Status ReadTables(Step* step);
  absl::Status ReadRows(Step* step, size_t table, const std::string& condition);
  absl::Status ReadUnknownNames(Step* step);
  absl::Status ReadConversationOwners(Step* step);
  absl::Status ReadRepairs(Step* step, const std::vector<FeedRepair>& repairs);
  absl::Status RefreshNames(Step* step, bool all);
  void ApplyPiece(Step* step);
  void MoveWindow();

  Database* const database_;
  FactSink* const sink_;
  const FeedOptions options_;
  const std::function<metrics::Instant()> wall_now_;
  const FollowerEvents events_;
  SessionOptions session_options_;       // Of steps.
  SessionOptions load_session_options_;  // Of loads and checks.

  std::unique_ptr<Session> session_;
  bool loaded_ = false;
  bool dirty_ = false;  // A step failed half-way: names may be newer than the sink's.
  FeedPosition position_;
  std::string fingerprint_;
  std::string prepared_identity_;
  std::unique_ptr<FeedNames> names_;
  CodeSet conversations_;  // Whose owners are right.
  std::vector<bool> whole_;  // By FeedTables(): tables to be read as a whole in this step.
  std::optional<metrics::Instant> start_;
  metrics::Instant watermark_{};          // Of the step that runs.
  metrics::Instant applied_watermark_{};  // That the sink has.
  metrics::Instant next_memory_look_{};
};

}  // namespace kpid::storage
