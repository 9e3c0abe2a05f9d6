#include "storage/feed_transaction.h"

#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// Tables of names: their files are part of the fingerprint.
constexpr std::array<const char*, 8> kNameTables = {
    "agents",     "queues",     "agent_groups",       "conversations",
    "currencies", "attributes", "quality_categories", "priorities"};

// $0: LOCK TABLE ...; $1: files of the tables of names. The lock comes before the snapshot.
constexpr const char* kBeginFeed =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    "LOCK TABLE $0 IN ACCESS SHARE MODE;"
    "SELECT pg_current_snapshot(), pg_is_in_recovery(), concat_ws(',', $1),"
    " EXISTS (SELECT FROM kpid.conversations)";

// $0: the name that PostgreSQL gave the snapshot, digits and dashes; $1: tables.
constexpr const char* kJoinFeed =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '$0';"
    "LOCK TABLE $1 IN ACCESS SHARE MODE";

constexpr Statement kExportFeed{"export_feed", "SELECT pg_export_snapshot()"};

// Whether a table ($0) has a row that fulfils a condition ($1) on changed_xid. The order makes
// the index the only good way.
constexpr const char* kAnyChanged =
    "(SELECT true FROM kpid.$0 WHERE $1 ORDER BY changed_xid LIMIT 1) IS NOT NULL";

// $0: versions of names; $1: whether rows were deleted; $2: whether rows of each table changed.
constexpr const char* kLook =
    "SELECT $0, (SELECT pruned_until::text FROM kpid.feed_state), $1, $2";

std::string LockedTables() {
  std::vector<std::string> tables = {"kpid.memberships", "kpid.deleted_rows", "kpid.roster_state",
                                     "kpid.feed_state"};
  for (const char* table : kNameTables) tables.push_back(absl::StrCat("kpid.", table));
  for (const FeedTable& table : FeedTables()) tables.push_back(absl::StrCat("kpid.", table.name));
  return absl::StrJoin(tables, ", ");
}

std::string BeginSql() {
  std::vector<std::string> files;
  for (const char* table : kNameTables) {
    files.push_back(absl::StrCat("pg_relation_filenode('kpid.", table, "')"));
  }
  return absl::Substitute(kBeginFeed, LockedTables(), absl::StrJoin(files, ", "));
}

std::string AnyChanged(const char* table, const std::vector<std::string>& conditions) {
  std::vector<std::string> any;
  for (const std::string& condition : conditions) {
    any.push_back(absl::Substitute(kAnyChanged, table, condition));
  }
  return absl::StrCat("(", absl::StrJoin(any, " OR "), ")");
}

}  // namespace

const char* const kFeedSessionSettings =
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
    " -c lock_timeout=500 -c max_parallel_workers_per_gather=0 -c application_name=kpid_feed";

const char* const kFeedLoadSessionSettings = "-c lock_timeout=500 -c application_name=kpid_feed_load";

absl::StatusOr<FeedTransaction> FeedTransaction::Begin(Session* session, const CallLimits& limits) {
  static const auto* const sql = new std::string(BeginSql());
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(session, {"begin_feed", *sql}, limits);
  if (!transaction.ok()) return transaction.status();
  FeedTransaction feed(session, *std::move(transaction));
  const Rows& rows = feed.transaction_.begin_rows();
  feed.standby_ = rows.At(0, 1).Text() == "t";
  absl::StatusOr<FeedPosition> position =
      FeedPosition::Parse(rows.At(0, 0).Text(), feed.standby_);
  if (!position.ok()) return position.status();
  feed.position_ = *std::move(position);
  feed.fingerprint_ = absl::StrCat(session->identity(), "/", std::string(rows.At(0, 2).Text()));
  feed.own_conversations_ = rows.At(0, 3).Text() == "t";
  return feed;
}

absl::StatusOr<Transaction> FeedTransaction::Join(Session* session, const std::string& exported,
                                                  const CallLimits& limits) {
  const std::string sql = absl::Substitute(kJoinFeed, exported, LockedTables());
  return Transaction::Begin(session, {"join_feed", sql}, limits);
}

absl::StatusOr<std::string> FeedTransaction::Export(const CallLimits& limits) {
  absl::StatusOr<Rows> rows = session_->Execute(kExportFeed, {}, limits);
  if (!rows.ok()) return rows.status();
  return std::string(rows->At(0, 0).Text());
}

absl::StatusOr<NameVersions> FeedTransaction::Names(const CallLimits& limits) {
  const std::string sql = absl::StrCat("SELECT ", kNameVersionsSql);
  absl::StatusOr<Rows> rows = session_->Execute({"feed_names", sql}, {}, limits);
  if (!rows.ok()) return rows.status();
  return NameVersions{std::string(rows->At(0, 0).Text()), std::string(rows->At(0, 1).Text())};
}

absl::StatusOr<FeedLook> FeedTransaction::Look(const FeedPosition& since,
                                               const CallLimits& limits) {
  const std::vector<std::string> conditions = since.ChangesUntil(position_);
  std::vector<std::string> tables;
  for (const FeedTable& table : FeedTables()) tables.push_back(AnyChanged(table.name, conditions));
  const std::string sql =
      absl::Substitute(kLook, kNameVersionsSql, AnyChanged("deleted_rows", conditions),
                       absl::StrJoin(tables, ", "));
  absl::StatusOr<Rows> rows = session_->Execute({"feed_look", sql}, {}, limits);
  if (!rows.ok()) return rows.status();
  FeedLook look;
  look.names = {std::string(rows->At(0, 0).Text()), std::string(rows->At(0, 1).Text())};
  const FieldView pruned = rows->At(0, 2);
  if (pruned.null() || !absl::SimpleAtoi(std::string(pruned.Text()), &look.pruned_until)) {
    return absl::InternalError("kpid.feed_state has lost its row");
  }
  look.deletions = rows->Bool(0, 3);
  for (size_t i = 0; i < tables.size(); ++i) {
    look.tables.push_back(rows->Bool(0, static_cast<int>(4 + i)));
  }
  return look;
}

absl::StatusOr<FeedDeletions> FeedTransaction::Deletions(const FeedPosition& since,
                                                         const CallLimits& limits) {
  const std::span<const FeedTable> tables = FeedTables();
  FeedDeletions deletions;
  deletions.rows.resize(tables.size());
  deletions.whole.resize(tables.size());
  for (const std::string& condition : since.ChangesUntil(position_)) {
    const std::string sql = absl::StrCat(
        "SELECT DISTINCT table_name, row_key FROM kpid.deleted_rows WHERE ", condition);
    absl::StatusOr<Rows> rows = session_->Execute({"feed_deletions", sql}, {}, limits);
    if (!rows.ok()) return rows.status();
    for (int i = 0; i < rows->size(); ++i) {
      size_t table = 0;
      while (table < tables.size() && rows->At(i, 0).Text() != tables[table].name) ++table;
      const FieldView key = rows->At(i, 1);
      if (table == tables.size()) {
        deletions.names = true;
      } else if (key.null()) {
        deletions.whole[table] = true;
      } else {
        deletions.rows[table].push_back(key.Long());
      }
    }
  }
  return deletions;
}

}  // namespace kpid::storage
