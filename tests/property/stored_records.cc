#include "tests/property/stored_records.h"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/roster_text.h"

namespace kpid::proof {
namespace {

using metrics::Duration;
using metrics::Instant;
using storage::Rows;
using storage::Session;
using storage::Statement;

// Between the items of a text that holds several, and between the parts of an item.
constexpr char kItemEnd = '\x02';
constexpr char kPartEnd = '\x01';

constexpr Statement kBegin{"read_begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Statement kEnd{"read_end", "COMMIT"};

// In what follows a name in brackets is a time, read as microseconds since 1970; names that are
// null are read as "".
constexpr std::string_view kInteractions =
    "SELECT interaction_id, customer_id, conversation_id, case_id, queue_id, agent_id, i.channel,"
    " direction, outcome, resolution, flags, [arrive_time], [enqueue_time], [answer_time],"
    " [first_response_time], [end_time], talk_microseconds, hold_microseconds,"
    " wrap_up_microseconds, revenue_micros, currency_code,"
    " (SELECT string_agg(p.name || E'\\x01' || p.value, E'\\x02' ORDER BY p.name)"
    "  FROM kpid.attributes AS p WHERE attribute_key = ANY (attribute_keys))"
    " FROM kpid.interactions AS i LEFT JOIN kpid.customers USING (customer_key)"
    " LEFT JOIN kpid.conversations USING (conversation_key) LEFT JOIN kpid.cases USING (case_key)"
    " LEFT JOIN kpid.queues USING (queue_key) LEFT JOIN kpid.agents USING (agent_key)"
    " LEFT JOIN kpid.currencies USING (currency_key) ORDER BY i.row_key";

constexpr std::string_view kSurveys =
    "SELECT response_id, kind, score_thousandths, scale_minimum_thousandths,"
    " scale_maximum_thousandths, [invite_time], [respond_time], interaction_id, customer_id,"
    " agent_id, queue_id, given_channel"
    " FROM kpid.survey_responses LEFT JOIN kpid.customers ON customer_key = given_customer_key"
    " LEFT JOIN kpid.agents ON agent_key = given_agent_key"
    " LEFT JOIN kpid.queues ON queue_key = given_queue_key ORDER BY row_key";

constexpr std::string_view kEvaluations =
    "SELECT evaluation_id, interaction_id, agent_id, [evaluate_time],"
    " (SELECT string_agg(concat_ws(E'\\x01', coalesce(category, ''), score, maximum, weight, flag),"
    "  E'\\x02' ORDER BY place)"
    "  FROM unnest(item_category_keys, item_scores_thousandths, item_maximums_thousandths,"
    "   item_weights_thousandths, item_flags)"
    "   WITH ORDINALITY AS item (category_key, score, maximum, weight, flag, place)"
    "  LEFT JOIN kpid.quality_categories ON quality_category_key = category_key)"
    " FROM kpid.quality_evaluations LEFT JOIN kpid.agents USING (agent_key) ORDER BY row_key";

constexpr std::string_view kActivities =
    "SELECT activity_id, agent_id, state, [start_time], [end_time]"
    " FROM kpid.agent_activities LEFT JOIN kpid.agents USING (agent_key) ORDER BY row_key";

constexpr std::string_view kPlans =
    "SELECT schedule_id, agent_id, state, [start_time], [end_time]"
    " FROM kpid.scheduled_activities LEFT JOIN kpid.agents USING (agent_key) ORDER BY row_key";

constexpr std::string_view kTickets =
    "SELECT ticket_id, customer_id, agent_id, queue_id, priority, t.channel, [open_time],"
    " [first_response_time], [first_resolve_time], [last_resolve_time], [close_time],"
    " reopen_count, reassignment_count"
    " FROM kpid.tickets AS t LEFT JOIN kpid.customers USING (customer_key)"
    " LEFT JOIN kpid.agents USING (agent_key) LEFT JOIN kpid.queues USING (queue_key)"
    " LEFT JOIN kpid.priorities USING (priority_key) ORDER BY t.row_key";

constexpr std::string_view kCosts =
    "SELECT cost_id, category, currency_code, amount_micros, [start_time], [end_time], queue_id,"
    " group_id, c.channel"
    " FROM kpid.costs AS c LEFT JOIN kpid.currencies USING (currency_key)"
    " LEFT JOIN kpid.queues USING (queue_key) LEFT JOIN kpid.agent_groups USING (group_key)"
    " ORDER BY c.row_key";

constexpr std::string_view kAgents =
    "SELECT agent_id, hire_date, leave_date, leave_reason FROM kpid.agents"
    " WHERE hire_date IS NOT NULL OR leave_date IS NOT NULL ORDER BY agent_key";

constexpr std::string_view kGroups =
    "SELECT g.group_id, g.name, g.type, parent.group_id FROM kpid.agent_groups AS g"
    " LEFT JOIN kpid.agent_groups AS parent ON parent.group_key = g.parent_group_key"
    " ORDER BY g.group_key";

constexpr std::string_view kMemberships =
    "SELECT agent_id, group_id, [start_time], [end_time] FROM kpid.memberships"
    " JOIN kpid.agents USING (agent_key) JOIN kpid.agent_groups USING (group_key)"
    " ORDER BY agent_key, group_key, start_time";

constexpr std::string_view kTargets =
    "SELECT target_id, kpi_id, statistic, scope, scope_id, target_value, worst_value, best_value,"
    " band_end_value, currency_code, weight_thousandths, [start_time], [end_time],"
    " (SELECT string_agg(key || E'\\x01' || value, E'\\x02') FROM jsonb_each_text(parameters))"
    " FROM kpid.targets ORDER BY target_id";

std::string WithTimes(std::string_view sql) {
  std::string text;
  for (const char c : sql) {
    if (c == '[') {
      absl::StrAppend(&text, "(extract(epoch FROM ");
    } else if (c == ']') {
      absl::StrAppend(&text, ") * 1000000)::bigint");
    } else {
      text += c;
    }
  }
  return text;
}

template <typename Value>
constexpr bool kIsOptional = false;
template <typename Value>
constexpr bool kIsOptional<std::optional<Value>> = true;

// A column as text, absent where it is null: that is "" as a text, and else goes into optional
// values only.
template <typename Value>
Value ValueOf(const std::optional<std::string>& text) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return text.value_or("");
  } else if constexpr (kIsOptional<Value>) {
    return text ? Value(ValueOf<typename Value::value_type>(text)) : std::nullopt;
  } else if constexpr (std::is_same_v<Value, double>) {
    return std::stod(text.value());
  } else if constexpr (std::is_same_v<Value, Instant>) {
    return Instant(ValueOf<Duration>(text));
  } else {
    return static_cast<Value>(std::stoll(text.value()));
  }
}

// A row, read from the first column to the last.
class RowReader {
 public:
  RowReader(const Rows* rows, int row) : rows_(rows), row_(row) {}

  template <typename Value>
  Value Next() {
    const storage::FieldView field = rows_->At(row_, column_++);
    return ValueOf<Value>(field.null() ? std::nullopt : std::optional(std::string(field.Text())));
  }

  // Reads as many columns as there are fields.
  template <typename... Fields>
  void Into(Fields*... fields) {
    ((*fields = Next<Fields>()), ...);
  }

  std::vector<std::vector<std::string>> Items() {
    std::vector<std::vector<std::string>> items;
    const auto text = Next<std::optional<std::string>>();
    if (!text) return items;
    for (const std::string& item : std::vector<std::string>(absl::StrSplit(*text, kItemEnd))) {
      items.push_back(absl::StrSplit(item, kPartEnd));
    }
    return items;
  }

 private:
  const Rows* const rows_;
  const int row_;
  int column_ = 0;
};

storage::InteractionRecord InteractionOf(RowReader row) {
  storage::InteractionRecord record;
  row.Into(&record.interaction_id, &record.customer_id, &record.conversation_id, &record.case_id,
           &record.queue_id, &record.agent_id, &record.channel, &record.direction, &record.outcome,
           &record.resolution);
  const auto flags = row.Next<int64_t>();
  record.transferred = (flags & 1) != 0;
  record.conversion_eligible = (flags & 2) != 0;
  record.converted = (flags & 4) != 0;
  record.upsell_offered = (flags & 8) != 0;
  record.upsell_accepted = (flags & 16) != 0;
  row.Into(&record.arrive, &record.enqueue, &record.answer, &record.first_response, &record.end,
           &record.talk, &record.hold, &record.wrap_up);
  const auto revenue = row.Next<std::optional<int64_t>>();
  const auto currency = row.Next<std::string>();
  if (revenue) record.revenue = storage::MoneyAmount{currency, *revenue};
  for (const auto& item : row.Items()) record.attributes.emplace_back(item.at(0), item.at(1));
  return record;
}

storage::SurveyRecord SurveyOf(RowReader row) {
  storage::SurveyRecord record;
  row.Into(&record.response_id, &record.kind, &record.score_thousandths,
           &record.scale_minimum_thousandths, &record.scale_maximum_thousandths, &record.invite,
           &record.respond, &record.interaction_id, &record.customer_id, &record.agent_id,
           &record.queue_id, &record.channel);
  return record;
}

storage::QualityEvaluationRecord EvaluationOf(RowReader row) {
  storage::QualityEvaluationRecord record;
  row.Into(&record.evaluation_id, &record.interaction_id, &record.agent_id, &record.evaluate);
  for (const auto& parts : row.Items()) {
    storage::QualityItemRecord& item = record.items.emplace_back();
    item.category = parts.at(0);
    item.score_thousandths = std::stoll(parts.at(1));
    item.maximum_thousandths = std::stoll(parts.at(2));
    item.weight_thousandths = std::stoll(parts.at(3));
    const int64_t flags = std::stoll(parts.at(4));
    item.not_applicable = (flags & 1) != 0;
    item.auto_fail = (flags & 2) != 0;
  }
  return record;
}

storage::AgentActivityRecord ActivityOf(RowReader row) {
  storage::AgentActivityRecord record;
  row.Into(&record.activity_id, &record.agent_id, &record.state, &record.start, &record.end);
  return record;
}

storage::ScheduledActivityRecord PlanOf(RowReader row) {
  storage::ScheduledActivityRecord record;
  row.Into(&record.schedule_id, &record.agent_id, &record.state, &record.start, &record.end);
  return record;
}

storage::TicketRecord TicketOf(RowReader row) {
  storage::TicketRecord record;
  row.Into(&record.ticket_id, &record.customer_id, &record.agent_id, &record.queue_id,
           &record.priority, &record.channel, &record.open, &record.first_response,
           &record.first_resolve, &record.last_resolve, &record.close, &record.reopen_count,
           &record.reassignment_count);
  return record;
}

storage::CostRecord CostOf(RowReader row) {
  storage::CostRecord record;
  row.Into(&record.cost_id, &record.category, &record.amount.currency, &record.amount.micros,
           &record.start, &record.end, &record.queue_id, &record.group_id, &record.channel);
  return record;
}

storage::AgentRecord AgentOf(RowReader row) {
  storage::AgentRecord record;
  record.agent_id = row.Next<std::string>();
  record.hire_date = storage::DateOf(row.Next<std::optional<std::string>>());
  record.leave_date = storage::DateOf(row.Next<std::optional<std::string>>());
  record.leave_reason = row.Next<std::string>();
  return record;
}

storage::AgentGroupRecord GroupOf(RowReader row) {
  storage::AgentGroupRecord record;
  row.Into(&record.group_id, &record.name, &record.type, &record.parent_group_id);
  return record;
}

storage::MembershipRecord MembershipOf(RowReader row) {
  storage::MembershipRecord record;
  row.Into(&record.agent_id, &record.group_id, &record.start, &record.end);
  return record;
}

storage::TargetRecord TargetOf(RowReader row) {
  storage::TargetRecord record;
  row.Into(&record.target_id, &record.kpi.kpi_id, &record.kpi.statistic, &record.scope,
           &record.scope_id, &record.target_value, &record.worst_value, &record.best_value,
           &record.band_end_value, &record.currency_code, &record.weight_thousandths, &record.start,
           &record.end);
  for (const auto& item : row.Items()) record.kpi.parameters[item.at(0)] = item.at(1);
  return record;
}

template <typename Record>
absl::Status Read(Session* session, std::string_view sql, Record (*record_of)(RowReader),
                  std::vector<Record>* records) {
  const std::string text = WithTimes(sql);
  const absl::StatusOr<Rows> rows = session->ExecuteScript({"read_records", text}, {});
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->size(); ++i) records->push_back(record_of(RowReader(&*rows, i)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Records> ReadRecordsWithin(storage::Session* session) {
  Records records;
  absl::Status status;
  const auto read = [&](std::string_view sql, auto record_of, auto* list) {
    if (status.ok()) status = Read(session, sql, record_of, list);
  };
  read(kInteractions, InteractionOf, &records.interactions);
  read(kSurveys, SurveyOf, &records.surveys);
  read(kEvaluations, EvaluationOf, &records.evaluations);
  read(kActivities, ActivityOf, &records.activities);
  read(kPlans, PlanOf, &records.plans);
  read(kTickets, TicketOf, &records.tickets);
  read(kCosts, CostOf, &records.costs);
  read(kAgents, AgentOf, &records.agents);
  read(kGroups, GroupOf, &records.groups);
  read(kMemberships, MembershipOf, &records.memberships);
  read(kTargets, TargetOf, &records.targets);
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<Records> ReadRecords(storage::Session* session) {
  absl::Status status = session->ExecuteScript(kBegin, {}).status();
  if (!status.ok()) return status;
  absl::StatusOr<Records> records = ReadRecordsWithin(session);
  if (!records.ok()) return records;
  status = session->ExecuteScript(kEnd, {}).status();
  if (!status.ok()) return status;
  return records;
}

}  // namespace kpid::proof
