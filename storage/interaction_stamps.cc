#include "storage/interaction_stamps.h"

#include <array>

#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"

namespace kpid::storage {
namespace {

using metrics::CallLimits;

// Dimensions of stored interactions, held until the transaction ends.
constexpr Statement kShareInteractions{
    "share_interactions",
    "SELECT interaction_id, customer_key, queue_key, agent_key, channel, direction"
    " FROM kpid.interactions WHERE interaction_id = ANY($1)"
    " ORDER BY interaction_id FOR SHARE"};

// Locks stored interactions in order.
constexpr Statement kLockInteractions{"lock_interactions",
                                      "SELECT FROM kpid.interactions WHERE interaction_id = ANY($1)"
                                      " ORDER BY interaction_id FOR NO KEY UPDATE"};

// Whether any record waits: one look at small indexes.
constexpr Statement kAnyWaits{"any_record_waits",
                              "SELECT EXISTS (SELECT FROM kpid.survey_responses"
                              "  WHERE interaction_id IS NOT NULL AND stamped_direction IS NULL)"
                              " OR EXISTS (SELECT FROM kpid.quality_evaluations"
                              "  WHERE interaction_id IS NOT NULL AND stamped_direction IS NULL)"};

// Those of the interactions that records wait for. Subqueries instead of joins: it is always an
// index lookup for each interaction.
constexpr Statement kFindWaiting{
    "find_waiting_records",
    "SELECT given.id FROM unnest($1) AS given(id)"
    " WHERE (SELECT true FROM kpid.survey_responses"
    "  WHERE interaction_id = given.id AND stamped_direction IS NULL LIMIT 1)"
    " OR (SELECT true FROM kpid.quality_evaluations"
    "  WHERE interaction_id = given.id AND stamped_direction IS NULL LIMIT 1)"
    " ORDER BY given.id COLLATE \"C\""};

// Interactions that records wait for, a page.
constexpr Statement kListWaiting{
    "list_waiting_records",
    "(SELECT DISTINCT interaction_id FROM kpid.survey_responses"
    "  WHERE interaction_id > $1 AND stamped_direction IS NULL"
    "  ORDER BY interaction_id LIMIT $2)"
    " UNION (SELECT DISTINCT interaction_id FROM kpid.quality_evaluations"
    "  WHERE interaction_id > $1 AND stamped_direction IS NULL"
    "  ORDER BY interaction_id LIMIT $2)"
    " ORDER BY interaction_id LIMIT $2"};

// Gives the records of a table ($0, identity $1) the dimensions of their interactions where they
// have others ($2 stamped, $3 known, $4 assigned). OFFSET 0 keeps the planner from turning one
// index lookup for each interaction into a read of the whole table. $$1: the interactions.
constexpr const char* kStampRecords =
    "WITH known AS MATERIALIZED ("
    "  SELECT interaction_id, customer_key, queue_key, agent_key, channel, direction"
    "  FROM kpid.interactions WHERE interaction_id = ANY($$1)"
    "  ORDER BY interaction_id FOR SHARE),"
    " stale AS MATERIALIZED ("
    "  SELECT record.$1, known.* FROM known CROSS JOIN LATERAL ("
    "   SELECT $1 FROM kpid.$0 AS candidate"
    "   WHERE candidate.interaction_id = known.interaction_id"
    "   AND ($2) IS DISTINCT FROM ($3) OFFSET 0) AS record"
    "  ORDER BY record.$1)"
    " UPDATE kpid.$0 AS stamped SET changed_xid = pg_current_xact_id(), $4"
    " FROM stale WHERE stamped.$1 = stale.$1"
    " AND stamped.interaction_id = stale.interaction_id";

// A table whose records are stamped.
struct StampedTable {
  const char* table;
  const char* identity;
  std::vector<std::string> dimensions;  // Columns of kpid.interactions.
};

std::string StampSql(const StampedTable& table) {
  const auto list = [&](const char* separator, const auto& item_of) {
    return absl::StrJoin(
        table.dimensions, separator,
        [&](std::string* out, const std::string& dimension) { out->append(item_of(dimension)); });
  };
  return absl::Substitute(
      kStampRecords, table.table, table.identity,
      list(", ", [](const std::string& name) { return "candidate.stamped_" + name; }),
      list(", ", [](const std::string& name) { return "known." + name; }),
      list(", ", [](const std::string& name) { return "stamped_" + name + " = stale." + name; }));
}

struct NamedSql {
  const char* name;
  std::string sql;
};

// In the order in which every transaction locks their rows.
const std::array<NamedSql, 2>& StampStatements() {
  static const auto* const statements = new std::array<NamedSql, 2>{{
      {"stamp_surveys",
       StampSql({"survey_responses",
                 "response_id",
                 {"customer_key", "queue_key", "agent_key", "channel", "direction"}})},
      {"stamp_quality_evaluations",
       StampSql({"quality_evaluations", "evaluation_id", {"queue_key", "channel", "direction"}})},
  }};
  return *statements;
}

std::vector<Parameter> IdParameter(std::span<const std::string> ids) {
  ArrayEncoder array(TypeOid::kText, ids.size());
  for (const std::string& id : ids) array.AppendText(id);
  std::vector<Parameter> parameters;
  parameters.push_back(ArrayParameter(&array));
  return parameters;
}

std::vector<std::string> IdsOf(const Rows& rows) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<size_t>(rows.size()));
  for (int i = 0; i < rows.size(); ++i) ids.emplace_back(rows.At(i, 0).Text());
  return ids;
}

DictionaryKey KeyOf(FieldView field) { return field.null() ? 0 : field.Int(); }

}  // namespace

absl::StatusOr<Stamps> ReadStamps(Session* session, std::span<const std::string> interaction_ids,
                                  const CallLimits& limits) {
  if (interaction_ids.empty()) return Stamps();
  absl::StatusOr<Rows> rows =
      session->Execute(kShareInteractions, IdParameter(interaction_ids), limits);
  if (!rows.ok()) return rows.status();
  Stamps stamps;
  for (int i = 0; i < rows->size(); ++i) {
    stamps[std::string(rows->At(i, 0).Text())] = {KeyOf(rows->At(i, 1)), KeyOf(rows->At(i, 2)),
                                                  KeyOf(rows->At(i, 3)), rows->At(i, 4).Short(),
                                                  rows->At(i, 5).Short()};
  }
  return stamps;
}

absl::StatusOr<std::vector<std::string>> FindWaiting(Session* session,
                                                     std::span<const std::string> interaction_ids,
                                                     const CallLimits& limits) {
  absl::StatusOr<Rows> any = session->Execute(kAnyWaits, {}, limits);
  if (!any.ok()) return any.status();
  if (!any->Bool(0, 0)) return std::vector<std::string>();
  absl::StatusOr<Rows> rows = session->Execute(kFindWaiting, IdParameter(interaction_ids), limits);
  if (!rows.ok()) return rows.status();
  return IdsOf(*rows);
}

absl::StatusOr<std::vector<std::string>> ListWaiting(Session* session, const std::string& after,
                                                     int limit, const CallLimits& limits) {
  std::vector<Parameter> parameters;
  parameters.push_back(TextParameter(after));
  parameters.push_back(LongParameter(limit));
  absl::StatusOr<Rows> rows = session->Execute(kListWaiting, parameters, limits);
  if (!rows.ok()) return rows.status();
  return IdsOf(*rows);
}

absl::StatusOr<int64_t> StampRecordsOf(Session* session,
                                       std::span<const std::string> interaction_ids,
                                       const CallLimits& limits) {
  const std::vector<Parameter> parameters = IdParameter(interaction_ids);
  int64_t stamped = 0;
  for (const NamedSql& statement : StampStatements()) {
    absl::StatusOr<Rows> rows =
        session->Execute({statement.name, statement.sql}, parameters, limits);
    if (!rows.ok()) return rows.status();
    stamped += rows->affected();
  }
  return stamped;
}

absl::Status LockInteractions(Session* session, std::span<const std::string> interaction_ids,
                              const CallLimits& limits) {
  return session->Execute(kLockInteractions, IdParameter(interaction_ids), limits).status();
}

}  // namespace kpid::storage
