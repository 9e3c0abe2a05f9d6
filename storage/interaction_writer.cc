#include "storage/interaction_writer.h"

#include "storage/column_values.h"
#include "storage/interaction_flags.h"
#include "storage/text_array.h"

namespace kpid::storage {
namespace {

// Inserts the rows of the arrays; a row of the same id gives way to a higher revision, or when
// both are unversioned to other content. Returns a row for each one written: whether it is new,
// else its id. A row that an update wrote has been locked by it, so its xmax is set.
constexpr Statement kUpsertInteractions{
    "upsert_interactions",
    "INSERT INTO kpid.interactions AS stored (interaction_id, revision, arrive_time,"
    " enqueue_time, answer_time, first_response_time, end_time, talk_microseconds,"
    " hold_microseconds, wrap_up_microseconds, revenue_micros, customer_key, conversation_key,"
    " case_key, queue_key, agent_key, currency_key, channel, direction, outcome, resolution,"
    " flags, attribute_keys)"
    " SELECT interaction_id, revision, arrive_time,"
    " enqueue_time, answer_time, first_response_time, end_time, talk_microseconds,"
    " hold_microseconds, wrap_up_microseconds, revenue_micros, customer_key, conversation_key,"
    " case_key, queue_key, agent_key, currency_key, channel, direction, outcome, resolution,"
    " flags, attribute_keys::integer[]"
    " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
    " $18, $19, $20, $21, $22, $23) AS given(interaction_id, revision, arrive_time,"
    " enqueue_time, answer_time, first_response_time, end_time, talk_microseconds,"
    " hold_microseconds, wrap_up_microseconds, revenue_micros, customer_key, conversation_key,"
    " case_key, queue_key, agent_key, currency_key, channel, direction, outcome, resolution,"
    " flags, attribute_keys)"
    " ON CONFLICT (interaction_id) DO UPDATE SET changed_xid = pg_current_xact_id(),"
    " revision = excluded.revision, arrive_time = excluded.arrive_time,"
    " enqueue_time = excluded.enqueue_time, answer_time = excluded.answer_time,"
    " first_response_time = excluded.first_response_time, end_time = excluded.end_time,"
    " talk_microseconds = excluded.talk_microseconds,"
    " hold_microseconds = excluded.hold_microseconds,"
    " wrap_up_microseconds = excluded.wrap_up_microseconds,"
    " revenue_micros = excluded.revenue_micros, customer_key = excluded.customer_key,"
    " conversation_key = excluded.conversation_key, case_key = excluded.case_key,"
    " queue_key = excluded.queue_key, agent_key = excluded.agent_key,"
    " currency_key = excluded.currency_key, channel = excluded.channel,"
    " direction = excluded.direction, outcome = excluded.outcome,"
    " resolution = excluded.resolution, flags = excluded.flags,"
    " attribute_keys = excluded.attribute_keys"
    " WHERE excluded.revision > stored.revision"
    " OR (excluded.revision = 0 AND stored.revision = 0 AND"
    " (stored.arrive_time, stored.enqueue_time, stored.answer_time, stored.first_response_time,"
    " stored.end_time, stored.talk_microseconds, stored.hold_microseconds,"
    " stored.wrap_up_microseconds, stored.revenue_micros, stored.customer_key,"
    " stored.conversation_key, stored.case_key, stored.queue_key, stored.agent_key,"
    " stored.currency_key, stored.channel, stored.direction, stored.outcome, stored.resolution,"
    " stored.flags, stored.attribute_keys)"
    " IS DISTINCT FROM"
    " (excluded.arrive_time, excluded.enqueue_time, excluded.answer_time,"
    " excluded.first_response_time, excluded.end_time, excluded.talk_microseconds,"
    " excluded.hold_microseconds, excluded.wrap_up_microseconds, excluded.revenue_micros,"
    " excluded.customer_key, excluded.conversation_key, excluded.case_key, excluded.queue_key,"
    " excluded.agent_key, excluded.currency_key, excluded.channel, excluded.direction,"
    " excluded.outcome, excluded.resolution, excluded.flags, excluded.attribute_keys))"
    " RETURNING xmax = 0, CASE WHEN xmax <> 0 THEN interaction_id END"};

// A conversation that is named by its own interaction is the one that it has anyway.
std::string_view ConversationOf(const InteractionRecord& record) {
  return record.conversation_id == record.interaction_id ? std::string_view()
                                                         : record.conversation_id;
}

int16_t FlagsOf(const InteractionRecord& record) {
  return static_cast<int16_t>((record.transferred ? kFlagTransferred : 0) |
                              (record.conversion_eligible ? kFlagConversionEligible : 0) |
                              (record.converted ? kFlagConverted : 0) |
                              (record.upsell_offered ? kFlagUpsellOffered : 0) |
                              (record.upsell_accepted ? kFlagUpsellAccepted : 0));
}

metrics::Direction DirectionOf(const InteractionRecord& record) {
  return record.direction == metrics::Direction::kNone ? metrics::Direction::kInbound
                                                       : record.direction;
}

// One array for each column, in the order of the statement.
struct Columns {
  explicit Columns(size_t count)
      : id(TypeOid::kText, count),
        attributes(TypeOid::kText, count),
        revision(TypeOid::kInt8, count),
        arrive(TypeOid::kTimestamptz, count),
        enqueue(TypeOid::kTimestamptz, count),
        answer(TypeOid::kTimestamptz, count),
        first_response(TypeOid::kTimestamptz, count),
        end(TypeOid::kTimestamptz, count),
        talk(TypeOid::kInt8, count),
        hold(TypeOid::kInt8, count),
        wrap_up(TypeOid::kInt8, count),
        revenue(TypeOid::kInt8, count),
        customer(TypeOid::kInt4, count),
        conversation(TypeOid::kInt4, count),
        case_key(TypeOid::kInt4, count),
        queue(TypeOid::kInt4, count),
        agent(TypeOid::kInt4, count),
        currency(TypeOid::kInt4, count),
        channel(TypeOid::kInt2, count),
        direction(TypeOid::kInt2, count),
        outcome(TypeOid::kInt2, count),
        resolution(TypeOid::kInt2, count),
        flags(TypeOid::kInt2, count) {}

  void Append(const InteractionRecord& record, const BatchNames& names);
  void AppendAttributes(const InteractionRecord& record, const BatchNames& names);
  std::vector<Parameter> Finish();

  ArrayEncoder id, attributes, revision;
  ArrayEncoder arrive, enqueue, answer, first_response, end;
  ArrayEncoder talk, hold, wrap_up, revenue;
  ArrayEncoder customer, conversation, case_key, queue, agent, currency;
  ArrayEncoder channel, direction, outcome, resolution, flags;
};

void Columns::Append(const InteractionRecord& record, const BatchNames& names) {
  id.AppendText(record.interaction_id);
  revision.AppendLong(record.revision);
  arrive.AppendInstant(record.arrive);
  AppendTime(&enqueue, record.enqueue);
  AppendTime(&answer, record.answer);
  AppendTime(&first_response, record.first_response);
  AppendTime(&end, record.end);
  AppendDuration(&talk, record.talk);
  AppendDuration(&hold, record.hold);
  AppendDuration(&wrap_up, record.wrap_up);
  AppendKey(&customer, names.Key(DictionaryKind::kCustomers, record.customer_id));
  AppendKey(&conversation, names.Key(DictionaryKind::kConversations, ConversationOf(record)));
  AppendKey(&case_key, names.Key(DictionaryKind::kCases, record.case_id));
  AppendKey(&queue, names.Key(DictionaryKind::kQueues, record.queue_id));
  AppendKey(&agent, names.Key(DictionaryKind::kAgents, record.agent_id));
  if (record.revenue) {
    revenue.AppendLong(record.revenue->micros);
    AppendKey(&currency, names.Key(DictionaryKind::kCurrencies, record.revenue->currency));
  } else {
    revenue.AppendNull();
    currency.AppendNull();
  }
  channel.AppendShort(static_cast<int16_t>(record.channel));
  direction.AppendShort(static_cast<int16_t>(DirectionOf(record)));
  outcome.AppendShort(static_cast<int16_t>(record.outcome));
  resolution.AppendShort(static_cast<int16_t>(record.resolution));
  flags.AppendShort(FlagsOf(record));
  AppendAttributes(record, names);
}

// An array of arrays would have to be rectangular, so each row's array travels as text.
void Columns::AppendAttributes(const InteractionRecord& record, const BatchNames& names) {
  if (record.attributes.empty()) {
    attributes.AppendNull();
    return;
  }
  std::vector<int32_t> keys;
  keys.reserve(record.attributes.size());
  for (const auto& [name, value] : record.attributes) {
    keys.push_back(names.AttributeKey(name, value));
  }
  attributes.AppendText(IntArrayText(keys));
}

std::vector<Parameter> Columns::Finish() {
  std::vector<Parameter> parameters;
  for (ArrayEncoder* column :
       {&id,           &revision, &arrive,     &enqueue, &answer,    &first_response,
        &end,          &talk,     &hold,       &wrap_up, &revenue,   &customer,
        &conversation, &case_key, &queue,      &agent,   &currency,  &channel,
        &direction,    &outcome,  &resolution, &flags,   &attributes}) {
    parameters.push_back(ArrayParameter(column));
  }
  return parameters;
}

}  // namespace

void AddNames(const InteractionRecord& record, BatchNames* names) {
  names->Add(DictionaryKind::kAgents, record.agent_id);
  names->Add(DictionaryKind::kQueues, record.queue_id);
  names->Add(DictionaryKind::kCustomers, record.customer_id);
  names->Add(DictionaryKind::kConversations, ConversationOf(record));
  names->Add(DictionaryKind::kCases, record.case_id);
  if (record.revenue) names->Add(DictionaryKind::kCurrencies, record.revenue->currency);
  for (const auto& [name, value] : record.attributes) names->AddAttribute(name, value);
}

absl::StatusOr<InteractionUpsert> UpsertInteractions(
    Session* session, std::span<const InteractionRecord* const> records, const BatchNames& names,
    const metrics::CallLimits& limits) {
  Columns columns(records.size());
  for (const InteractionRecord* record : records) columns.Append(*record, names);
  absl::StatusOr<Rows> rows = session->Execute(kUpsertInteractions, columns.Finish(), limits);
  if (!rows.ok()) return rows.status();
  InteractionUpsert upsert;
  for (int i = 0; i < rows->size(); ++i) {
    if (rows->Bool(i, 0)) {
      ++upsert.inserted;
    } else {
      upsert.updated_ids.emplace_back(rows->At(i, 1).Text());
    }
  }
  return upsert;
}

}  // namespace kpid::storage
