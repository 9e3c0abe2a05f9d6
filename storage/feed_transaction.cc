#include "storage/feed_transaction.h"

#include <algorithm>
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
    " EXISTS (SELECT FROM kpid.conversations), pg_backend_pid()";

// $0: the name that PostgreSQL gave the snapshot, digits and dashes; $1: tables.
constexpr const char* kJoinFeed =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '$0';"
    "LOCK TABLE $1 IN ACCESS SHARE MODE";

constexpr Statement kExportFeed{"export_feed", "SELECT pg_export_snapshot()"};

// The newest transaction that changed a row of a table ($0) and fulfils a condition ($1) on
// changed_xid. The order makes the index the only good way; without the table's name it would be
// that of the texts.
constexpr const char* kNewest =
    "(SELECT changed_xid::text FROM kpid.$0 AS r WHERE $1 ORDER BY r.changed_xid DESC LIMIT 1)";

// $0: versions of names; $1: newest transactions of each table and condition.
constexpr const char* kLook = "SELECT $0, (SELECT pruned_until::text FROM kpid.feed_state)$1";

std::string LockedTables() {
  std::vector<std::string> tables = {"kpid.memberships", "kpid.deleted_rows", "kpid.roster_state",
                                     "kpid.feed_state", "kpid.targets"};
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

// Of the columns of kNameVersionsSql, which come first.
NameVersions VersionsOf(const Rows& rows) {
  const auto text = [&](int column) { return std::string(rows.At(0, column).Text()); };
  return {text(0), text(1), text(2)};
}

// Reads the answers for a table from *column on.
absl::StatusOr<std::vector<bool>> Fulfilled(const Rows& rows, size_t conditions, int* column,
                                            uint64_t* newest) {
  std::vector<bool> fulfilled;
  for (size_t i = 0; i < conditions; ++i) {
    const FieldView field = rows.At(0, (*column)++);
    fulfilled.push_back(!field.null());
    if (field.null()) continue;
    uint64_t transaction = 0;
    if (!absl::SimpleAtoi(std::string(field.Text()), &transaction)) {
      return absl::InternalError("not the number of a transaction");
    }
    *newest = std::max(*newest, transaction);
  }
  return fulfilled;
}

}  // namespace

const char* const kFeedSessionSettings =
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
    " -c lock_timeout=500 -c max_parallel_workers_per_gather=0";

const char* const kFeedLoadSessionSettings = "-c lock_timeout=500";

absl::StatusOr<FeedTransaction> FeedTransaction::Begin(Session* session, const CallLimits& limits) {
  static const auto* const sql = new std::string(BeginSql());
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(session, {"begin_feed", *sql}, limits);
  if (!transaction.ok()) return transaction.status();
  FeedTransaction feed(session, *std::move(transaction));
  const Rows& rows = feed.transaction_.begin_rows();
  feed.standby_ = rows.At(0, 1).Text() == "t";
  absl::StatusOr<FeedPosition> position =
      FeedPosition::Parse(rows.At(0, 0).Text(), feed.standby_, rows.At(0, 4).Text());
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
  return VersionsOf(*rows);
}

absl::StatusOr<FeedLook> FeedTransaction::Look(const FeedPosition& since,
                                               const CallLimits& limits) {
  FeedLook look;
  look.conditions = since.ChangesUntil(position_);
  look.newest = since.newest();
  std::string newest;
  const auto ask = [&](const char* table) {
    for (const std::string& condition : look.conditions) {
      absl::StrAppend(&newest, ", ", absl::Substitute(kNewest, table, condition));
    }
  };
  ask("deleted_rows");
  for (const FeedTable& table : FeedTables()) ask(table.name);
  const std::string sql = absl::Substitute(kLook, kNameVersionsSql, newest);
  absl::StatusOr<Rows> rows = session_->Execute({"feed_look", sql}, {}, limits);
  if (!rows.ok()) return rows.status();
  look.names = VersionsOf(*rows);
  const FieldView pruned = rows->At(0, 3);
  if (pruned.null() || !absl::SimpleAtoi(std::string(pruned.Text()), &look.pruned_until)) {
    return absl::InternalError("kpid.feed_state has lost its row");
  }
  int column = 4;
  const auto answer = [&]() -> absl::StatusOr<std::vector<bool>> {
    return Fulfilled(*rows, look.conditions.size(), &column, &look.newest);
  };
  absl::StatusOr<std::vector<bool>> fulfilled = answer();
  if (!fulfilled.ok()) return fulfilled.status();
  look.deletions = *std::move(fulfilled);
  for (size_t i = 0; i < FeedTables().size(); ++i) {
    fulfilled = answer();
    if (!fulfilled.ok()) return fulfilled.status();
    look.tables.push_back(*std::move(fulfilled));
  }
  return look;
}

absl::StatusOr<FeedDeletions> FeedTransaction::Deletions(const FeedLook& look,
                                                         const CallLimits& limits) {
  const std::span<const FeedTable> tables = FeedTables();
  FeedDeletions deletions;
  deletions.rows.resize(tables.size());
  deletions.whole.resize(tables.size());
  for (size_t condition = 0; condition < look.conditions.size(); ++condition) {
    if (!look.deletions[condition]) continue;
    const std::string sql =
        absl::StrCat("SELECT DISTINCT table_name, row_key FROM kpid.deleted_rows WHERE ",
                     look.conditions[condition]);
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
