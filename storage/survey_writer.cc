#include "storage/survey_writer.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "storage/column_values.h"

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

// As upsert_interactions. What was stamped does not count as content: it follows.
constexpr Statement kUpsertSurveys{
    "upsert_surveys",
    "INSERT INTO kpid.survey_responses AS stored (response_id, revision, invite_time,"
    " respond_time, score_thousandths, scale_minimum_thousandths, scale_maximum_thousandths,"
    " given_customer_key, given_queue_key, given_agent_key, given_channel, kind,"
    " interaction_id, comment, stamped_customer_key, stamped_queue_key, stamped_agent_key,"
    " stamped_channel, stamped_direction)"
    " SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16, $17, $18, $19)"
    " ON CONFLICT (response_id) DO UPDATE SET changed_xid = pg_current_xact_id(),"
    " revision = excluded.revision, invite_time = excluded.invite_time,"
    " respond_time = excluded.respond_time, score_thousandths = excluded.score_thousandths,"
    " scale_minimum_thousandths = excluded.scale_minimum_thousandths,"
    " scale_maximum_thousandths = excluded.scale_maximum_thousandths,"
    " given_customer_key = excluded.given_customer_key,"
    " given_queue_key = excluded.given_queue_key, given_agent_key = excluded.given_agent_key,"
    " given_channel = excluded.given_channel, kind = excluded.kind,"
    " interaction_id = excluded.interaction_id, comment = excluded.comment,"
    " stamped_customer_key = excluded.stamped_customer_key,"
    " stamped_queue_key = excluded.stamped_queue_key,"
    " stamped_agent_key = excluded.stamped_agent_key,"
    " stamped_channel = excluded.stamped_channel,"
    " stamped_direction = excluded.stamped_direction"
    " WHERE excluded.revision > stored.revision"
    " OR (excluded.revision = 0 AND stored.revision = 0 AND"
    " (stored.invite_time, stored.respond_time, stored.score_thousandths,"
    " stored.scale_minimum_thousandths, stored.scale_maximum_thousandths,"
    " stored.given_customer_key, stored.given_queue_key, stored.given_agent_key,"
    " stored.given_channel, stored.kind, stored.interaction_id, stored.comment)"
    " IS DISTINCT FROM"
    " (excluded.invite_time, excluded.respond_time, excluded.score_thousandths,"
    " excluded.scale_minimum_thousandths, excluded.scale_maximum_thousandths,"
    " excluded.given_customer_key, excluded.given_queue_key, excluded.given_agent_key,"
    " excluded.given_channel, excluded.kind, excluded.interaction_id, excluded.comment))"
    " RETURNING xmax = 0, CASE WHEN stamped_direction IS NULL THEN interaction_id END"};

// Whether any survey waits: one look at a small index.
constexpr Statement kAnySurveyWaits{
    "any_survey_waits",
    "SELECT EXISTS (SELECT FROM kpid.survey_responses"
    " WHERE interaction_id IS NOT NULL AND stamped_direction IS NULL)"};

// Those of the interactions that surveys wait for. A subquery instead of a join: it is always
// one index lookup for each interaction.
constexpr Statement kFindWaiting{
    "find_waiting_surveys",
    "SELECT given.id FROM unnest($1) AS given(id) WHERE (SELECT true FROM kpid.survey_responses"
    " WHERE interaction_id = given.id AND stamped_direction IS NULL LIMIT 1)"
    " ORDER BY given.id COLLATE \"C\""};

// Interactions that surveys wait for, a page.
constexpr Statement kListWaiting{"list_waiting_surveys",
                                 "SELECT DISTINCT interaction_id FROM kpid.survey_responses"
                                 " WHERE interaction_id > $1 AND stamped_direction IS NULL"
                                 " ORDER BY interaction_id LIMIT $2"};

// Gives surveys the dimensions of their interactions where they have others. OFFSET 0 keeps the
// planner from turning one index lookup for each interaction into a read of the whole table.
constexpr Statement kStampSurveys{
    "stamp_surveys",
    "WITH known AS MATERIALIZED ("
    "  SELECT interaction_id, customer_key, queue_key, agent_key, channel, direction"
    "  FROM kpid.interactions WHERE interaction_id = ANY($1)"
    "  ORDER BY interaction_id FOR SHARE),"
    " stale AS MATERIALIZED ("
    "  SELECT survey.response_id, known.* FROM known CROSS JOIN LATERAL ("
    "   SELECT response_id FROM kpid.survey_responses AS candidate"
    "   WHERE candidate.interaction_id = known.interaction_id"
    "   AND (candidate.stamped_customer_key, candidate.stamped_queue_key,"
    "    candidate.stamped_agent_key, candidate.stamped_channel, candidate.stamped_direction)"
    "   IS DISTINCT FROM (known.customer_key, known.queue_key, known.agent_key, known.channel,"
    "    known.direction) OFFSET 0) AS survey"
    "  ORDER BY survey.response_id)"
    " UPDATE kpid.survey_responses AS stamped SET changed_xid = pg_current_xact_id(),"
    " stamped_customer_key = stale.customer_key, stamped_queue_key = stale.queue_key,"
    " stamped_agent_key = stale.agent_key, stamped_channel = stale.channel,"
    " stamped_direction = stale.direction"
    " FROM stale WHERE stamped.response_id = stale.response_id"
    " AND stamped.interaction_id = stale.interaction_id"};

struct Stamp {
  DictionaryKey customer = 0;
  DictionaryKey queue = 0;
  DictionaryKey agent = 0;
  int16_t channel = 0;
  int16_t direction = 0;
};

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

using Stamps = absl::flat_hash_map<std::string, Stamp>;  // By interaction id.

absl::StatusOr<Stamps> StampsOf(Session* session, std::span<const SurveyRecord* const> records,
                                const CallLimits& limits) {
  std::vector<std::string> ids;
  for (const SurveyRecord* record : records) {
    if (!record->interaction_id.empty()) ids.push_back(record->interaction_id);
  }
  if (ids.empty()) return Stamps();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  absl::StatusOr<Rows> rows = session->Execute(kShareInteractions, IdParameter(ids), limits);
  if (!rows.ok()) return rows.status();
  Stamps stamps;
  for (int i = 0; i < rows->size(); ++i) {
    stamps[std::string(rows->At(i, 0).Text())] = {KeyOf(rows->At(i, 1)), KeyOf(rows->At(i, 2)),
                                                  KeyOf(rows->At(i, 3)), rows->At(i, 4).Short(),
                                                  rows->At(i, 5).Short()};
  }
  return stamps;
}

// One array for each column, in the order of the statement.
struct Columns {
  explicit Columns(size_t count)
      : id(TypeOid::kText, count),
        revision(TypeOid::kInt8, count),
        invite(TypeOid::kTimestamptz, count),
        respond(TypeOid::kTimestamptz, count),
        score(TypeOid::kInt4, count),
        scale_minimum(TypeOid::kInt4, count),
        scale_maximum(TypeOid::kInt4, count),
        customer(TypeOid::kInt4, count),
        queue(TypeOid::kInt4, count),
        agent(TypeOid::kInt4, count),
        channel(TypeOid::kInt2, count),
        kind(TypeOid::kInt2, count),
        interaction(TypeOid::kText, count),
        comment(TypeOid::kText, count),
        stamped_customer(TypeOid::kInt4, count),
        stamped_queue(TypeOid::kInt4, count),
        stamped_agent(TypeOid::kInt4, count),
        stamped_channel(TypeOid::kInt2, count),
        stamped_direction(TypeOid::kInt2, count) {}

  void Append(const SurveyRecord& record, const BatchNames& names, const Stamps& stamps);
  void AppendStamp(const Stamp* stamp);
  std::vector<Parameter> Finish();

  ArrayEncoder id, revision, invite, respond, score, scale_minimum, scale_maximum;
  ArrayEncoder customer, queue, agent, channel, kind, interaction, comment;
  ArrayEncoder stamped_customer, stamped_queue, stamped_agent, stamped_channel;
  ArrayEncoder stamped_direction;
};

void Columns::Append(const SurveyRecord& record, const BatchNames& names, const Stamps& stamps) {
  id.AppendText(record.response_id);
  revision.AppendLong(record.revision);
  AppendTime(&invite, record.invite);
  AppendTime(&respond, record.respond);
  if (record.score_thousandths) {
    score.AppendInt(*record.score_thousandths);
  } else {
    score.AppendNull();
  }
  scale_minimum.AppendInt(record.scale_minimum_thousandths);
  scale_maximum.AppendInt(record.scale_maximum_thousandths);
  AppendKey(&customer, names.Key(DictionaryKind::kCustomers, record.customer_id));
  AppendKey(&queue, names.Key(DictionaryKind::kQueues, record.queue_id));
  AppendKey(&agent, names.Key(DictionaryKind::kAgents, record.agent_id));
  channel.AppendShort(static_cast<int16_t>(record.channel));
  kind.AppendShort(static_cast<int16_t>(record.kind));
  comment.AppendText(record.comment);
  const Stamp* stamp = nullptr;
  if (record.interaction_id.empty()) {
    interaction.AppendNull();
  } else {
    interaction.AppendText(record.interaction_id);
    const auto found = stamps.find(record.interaction_id);
    if (found != stamps.end()) stamp = &found->second;
  }
  AppendStamp(stamp);
}

void Columns::AppendStamp(const Stamp* stamp) {
  AppendKey(&stamped_customer, stamp == nullptr ? 0 : stamp->customer);
  AppendKey(&stamped_queue, stamp == nullptr ? 0 : stamp->queue);
  AppendKey(&stamped_agent, stamp == nullptr ? 0 : stamp->agent);
  if (stamp == nullptr) {
    stamped_channel.AppendNull();
    stamped_direction.AppendNull();
  } else {
    stamped_channel.AppendShort(stamp->channel);
    stamped_direction.AppendShort(stamp->direction);
  }
}

std::vector<Parameter> Columns::Finish() {
  std::vector<Parameter> parameters;
  for (ArrayEncoder* column :
       {&id, &revision, &invite, &respond, &score, &scale_minimum, &scale_maximum, &customer,
        &queue, &agent, &channel, &kind, &interaction, &comment, &stamped_customer, &stamped_queue,
        &stamped_agent, &stamped_channel, &stamped_direction}) {
    parameters.push_back(ArrayParameter(column));
  }
  return parameters;
}

}  // namespace

void AddNames(const SurveyRecord& record, BatchNames* names) {
  names->Add(DictionaryKind::kAgents, record.agent_id);
  names->Add(DictionaryKind::kQueues, record.queue_id);
  names->Add(DictionaryKind::kCustomers, record.customer_id);
}

absl::StatusOr<SurveyUpsert> UpsertSurveys(Session* session,
                                           std::span<const SurveyRecord* const> records,
                                           const BatchNames& names, const CallLimits& limits) {
  absl::StatusOr<Stamps> stamps = StampsOf(session, records, limits);
  if (!stamps.ok()) return stamps.status();
  Columns columns(records.size());
  for (const SurveyRecord* record : records) columns.Append(*record, names, *stamps);
  absl::StatusOr<Rows> rows = session->Execute(kUpsertSurveys, columns.Finish(), limits);
  if (!rows.ok()) return rows.status();
  SurveyUpsert upsert;
  for (int i = 0; i < rows->size(); ++i) {
    ++(rows->Bool(i, 0) ? upsert.inserted : upsert.updated);
    const FieldView waiting = rows->At(i, 1);
    if (!waiting.null()) upsert.waiting_interaction_ids.emplace_back(waiting.Text());
  }
  std::sort(upsert.waiting_interaction_ids.begin(), upsert.waiting_interaction_ids.end());
  return upsert;
}

absl::StatusOr<std::vector<std::string>> FindWaiting(Session* session,
                                                     std::span<const std::string> interaction_ids,
                                                     const CallLimits& limits) {
  absl::StatusOr<Rows> any = session->Execute(kAnySurveyWaits, {}, limits);
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

absl::StatusOr<int64_t> StampSurveysOf(Session* session,
                                       std::span<const std::string> interaction_ids,
                                       const CallLimits& limits) {
  absl::StatusOr<Rows> rows = session->Execute(kStampSurveys, IdParameter(interaction_ids), limits);
  if (!rows.ok()) return rows.status();
  return rows->affected();
}

absl::Status LockInteractions(Session* session, std::span<const std::string> interaction_ids,
                              const CallLimits& limits) {
  return session->Execute(kLockInteractions, IdParameter(interaction_ids), limits).status();
}

}  // namespace kpid::storage
