// One look of the feed at the database: a transaction over all tables, in one committed state.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "storage/feed_names.h"
#include "storage/feed_position.h"
#include "storage/feed_tables.h"
#include "storage/session.h"

namespace kpid::storage {

// Settings of the feed's sessions. Differences are found by index, however little the planner
// knows. A table that is being rewritten is waited for for a moment only: who waits to rewrite
// one that the feed has locked keeps the feed's other sessions out.
extern const char* const kFeedSessionSettings;
extern const char* const kFeedLoadSessionSettings;

// What changed between two positions, as far as a quick look tells.
struct FeedLook {
  NameVersions names;
  uint64_t pruned_until = 0;  // Deletions of transactions up to it may be gone.
  std::vector<std::string> conditions;  // On changed_xid: FeedPosition::ChangesUntil.

  // Which of the conditions rows fulfil: of each of FeedTables(), and of the list of deletions.
  std::vector<std::vector<bool>> tables;
  std::vector<bool> deletions;

  uint64_t newest = 0;  // Transaction of which a row was seen; that of `since` when none is newer.
};

// Rows deleted between two positions.
struct FeedDeletions {
  std::vector<std::vector<int64_t>> rows;  // By FeedTables().
  std::vector<bool> whole;                 // By FeedTables(): the table is to be read anew.
  bool names = false;                      // Names were changed by hand: all is to be read anew.
};

// Thread-compatible.
class FeedTransaction {
 public:
  // Locks all tables against truncation (which no snapshot survives), then takes the snapshot.
  static absl::StatusOr<FeedTransaction> Begin(Session* session, const metrics::CallLimits& limits);

  // A further session in the snapshot of `exported`, with the same locks.
  static absl::StatusOr<Transaction> Join(Session* session, const std::string& exported,
                                          const metrics::CallLimits& limits);

  const FeedPosition& position() const { return position_; }
  bool standby() const { return standby_; }
  bool own_conversations() const { return own_conversations_; }

  // Names the database and the dictionary tables: codes of another state of these mean others.
  const std::string& fingerprint() const { return fingerprint_; }

  // Name of the snapshot, for Join while this is open.
  absl::StatusOr<std::string> Export(const metrics::CallLimits& limits);

  absl::StatusOr<FeedLook> Look(const FeedPosition& since, const metrics::CallLimits& limits);
  absl::StatusOr<NameVersions> Names(const metrics::CallLimits& limits);
  absl::StatusOr<FeedDeletions> Deletions(const FeedLook& look, const metrics::CallLimits& limits);

  absl::Status Commit(const metrics::CallLimits& limits) { return transaction_.Commit(limits); }

 private:
  FeedTransaction(Session* session, Transaction transaction)
      : session_(session), transaction_(std::move(transaction)) {}

  Session* session_;
  Transaction transaction_;
  FeedPosition position_;
  bool standby_ = false;
  bool own_conversations_ = false;
  std::string fingerprint_;
};

}  // namespace kpid::storage
