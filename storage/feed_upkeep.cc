#include "storage/feed_upkeep.h"

#include <spdlog/spdlog.h>

#include <string>

#include "absl/strings/substitute.h"
#include "storage/feed_tables.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

constexpr Statement kIsStandby{"is_standby", "SELECT pg_is_in_recovery()"};

// Cluster that the state is of; null: none yet.
constexpr Statement kKnownCluster{"known_cluster",
                                  "SELECT system_identifier::text FROM kpid.feed_state"};

// Makes it this cluster's ($0), once, without what another one's feeds left.
constexpr const char* kKnowCluster =
    "WITH known AS (UPDATE kpid.feed_state SET system_identifier = $0, pruned_until = '0'"
    "  WHERE system_identifier IS DISTINCT FROM $0 RETURNING 1)"
    " DELETE FROM kpid.deleted_rows WHERE EXISTS (SELECT FROM known)";

// Renumbers some rows of a table ($0) that claim a transaction yet to come.
constexpr const char* kRenumber =
    "UPDATE kpid.$0 SET changed_xid = pg_current_xact_id() WHERE ctid = ANY (ARRAY("
    "SELECT ctid FROM kpid.$0"
    " WHERE changed_xid >= pg_snapshot_xmax(pg_current_snapshot())"
    " ORDER BY changed_xid DESC LIMIT 20000))";

// Loads read by block ranges: those of new pages may not be summarised yet, and then every part
// of a load reads them all.
constexpr Statement kSummarise{
    "summarise_block_ranges",
    "SELECT brin_summarize_new_values(pg_class.oid) FROM pg_class"
    " JOIN pg_am ON pg_am.oid = pg_class.relam AND pg_am.amname = 'brin'"
    " WHERE pg_class.relnamespace = 'kpid'::regnamespace"};

// $0: seconds; $1: rows. Those of transactions that may still run for somebody stay.
constexpr const char* kPrune =
    "WITH gone AS (DELETE FROM kpid.deleted_rows"
    "  WHERE changed_xid < pg_snapshot_xmin(pg_current_snapshot())"
    "  AND (changed_time < now() - $0 * interval '1 second' OR changed_xid <="
    "   (SELECT changed_xid FROM kpid.deleted_rows ORDER BY changed_xid DESC OFFSET $1 LIMIT 1))"
    "  RETURNING changed_xid)"
    " UPDATE kpid.feed_state SET pruned_until = greatest(pruned_until, last.changed_xid)"
    " FROM (SELECT changed_xid FROM gone ORDER BY changed_xid DESC LIMIT 1) AS last";

absl::StatusOr<bool> IsStandby(Session* session, const CallLimits& limits) {
  absl::StatusOr<Rows> rows = session->Execute(kIsStandby, {}, limits);
  if (!rows.ok()) return rows.status();
  return rows->Bool(0, 0);
}

absl::Status Run(Session* session, const char* name, const std::string& sql,
                 const CallLimits& limits) {
  return session->ExecuteScript({name, sql}, limits).status();
}

absl::StatusOr<int64_t> Renumber(Session* session, const CallLimits& limits) {
  int64_t renumbered = 0;
  for (const FeedTable& table : FeedTables()) {
    const std::string sql = absl::Substitute(kRenumber, table.name);
    for (bool more = true; more;) {
      absl::StatusOr<Rows> rows = session->Execute({"renumber_rows", sql}, {}, limits);
      if (!rows.ok()) return rows.status();
      more = rows->affected() > 0;
      renumbered += rows->affected();
    }
  }
  return renumbered;
}

}  // namespace

absl::StatusOr<FeedPreparation> PrepareFeed(Session* session, const CallLimits& limits) {
  FeedPreparation preparation;
  absl::StatusOr<bool> standby = IsStandby(session, limits);
  if (!standby.ok()) return standby.status();
  if (*standby) return preparation;
  const std::string& identity = session->identity();
  const std::string cluster = identity.substr(0, identity.find('/'));
  absl::StatusOr<Rows> known = session->Execute(kKnownCluster, {}, limits);
  if (!known.ok()) return known.status();
  const FieldView field = known->size() == 0 ? FieldView() : known->At(0, 0);
  preparation.restored = !field.null() && field.Text() != cluster;
  absl::StatusOr<int64_t> renumbered = Renumber(session, limits);
  if (!renumbered.ok()) return renumbered.status();
  preparation.renumbered = *renumbered;
  const absl::Status status =
      Run(session, "know_cluster", absl::Substitute(kKnowCluster, cluster), limits);
  if (!status.ok()) return status;
  const absl::Status summarised = session->Execute(kSummarise, {}, limits).status();
  if (!summarised.ok()) spdlog::debug("block ranges are left to autovacuum");
  return preparation;
}

absl::Status PruneDeletions(Session* session, std::chrono::seconds kept, int64_t rows_max,
                            const CallLimits& limits) {
  absl::StatusOr<bool> standby = IsStandby(session, limits);
  if (!standby.ok()) return standby.status();
  if (*standby) return absl::OkStatus();
  return Run(session, "prune_deletions", absl::Substitute(kPrune, kept.count(), rows_max),
             limits);
}

}  // namespace kpid::storage
