#include "tests/property/stored_records.h"

#include <optional>
#include <string>
#include <string_view>
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

// A row, read from the first column to the last.
class RowReader {
 public:
  RowReader(const Rows* rows, int row) : rows_(rows), row_(row) {}

  std::string Text() { return OptionalText().value_or(""); }
  int64_t Long() { return OptionalLong().value(); }
  double Double() { return OptionalDouble().value(); }
  Instant Time() { return OptionalTime().value(); }
  template <typename Enum>
  Enum As() {
    return static_cast<Enum>(Long());
  }

  std::optional<std::string> OptionalText() {
    const storage::FieldView field = rows_->At(row_, column_++);
    if (field.null()) return std::nullopt;
    return std::string(field.Text());
  }
  std::optional<int64_t> OptionalLong() {
    const std::optional<std::string> text = OptionalText();
    if (!text) return std::nullopt;
    return std::stoll(*text);
  }
  std::optional<double> OptionalDouble() {
    const std::optional<std::string> text = OptionalText();
    if (!text) return std::nullopt;
    return std::stod(*text);
  }
  std::optional<Instant> OptionalTime() {
    const std::optional<int64_t> microseconds = OptionalLong();
    if (!microseconds) return std::nullopt;
    return Instant(Duration(*microseconds));
  }
  std::optional<Duration> OptionalDuration() {
    const std::optional<int64_t> microseconds = OptionalLong();
    if (!microseconds) return std::nullopt;
    return Duration(*microseconds);
  }
  std::vector<std::vector<std::string>> Items() {
    std::vector<std::vector<std::string>> items;
    const std::optional<std::string> text = OptionalText();
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
  record.interaction_id = row.Text();
  record.customer_id = row.Text();
  record.conversation_id = row.Text();
  record.case_id = row.Text();
  record.queue_id = row.Text();
  record.agent_id = row.Text();
  record.channel = row.As<metrics::Channel>();
  record.direction = row.As<metrics::Direction>();
  record.outcome = row.As<metrics::Outcome>();
  record.resolution = row.As<metrics::Resolution>();
  const int64_t flags = row.Long();
  record.transferred = (flags & 1) != 0;
  record.conversion_eligible = (flags & 2) != 0;
  record.converted = (flags & 4) != 0;
  record.upsell_offered = (flags & 8) != 0;
  record.upsell_accepted = (flags & 16) != 0;
  record.arrive = row.Time();
  record.enqueue = row.OptionalTime();
  record.answer = row.OptionalTime();
  record.first_response = row.OptionalTime();
  record.end = row.OptionalTime();
  record.talk = row.OptionalDuration();
  record.hold = row.OptionalDuration();
  record.wrap_up = row.OptionalDuration();
  const std::optional<int64_t> revenue = row.OptionalLong();
  const std::string currency = row.Text();
  if (revenue) record.revenue = storage::MoneyAmount{currency, *revenue};
  for (const auto& item : row.Items()) record.attributes.emplace_back(item.at(0), item.at(1));
  return record;
}

storage::SurveyRecord SurveyOf(RowReader row) {
  storage::SurveyRecord record;
  record.response_id = row.Text();
  record.kind = row.As<metrics::SurveyKind>();
  const std::optional<int64_t> score = row.OptionalLong();
  if (score) record.score_thousandths = static_cast<int32_t>(*score);
  record.scale_minimum_thousandths = static_cast<int32_t>(row.Long());
  record.scale_maximum_thousandths = static_cast<int32_t>(row.Long());
  record.invite = row.OptionalTime();
  record.respond = row.OptionalTime();
  record.interaction_id = row.Text();
  record.customer_id = row.Text();
  record.agent_id = row.Text();
  record.queue_id = row.Text();
  record.channel = row.As<metrics::Channel>();
  return record;
}

storage::QualityEvaluationRecord EvaluationOf(RowReader row) {
  storage::QualityEvaluationRecord record;
  record.evaluation_id = row.Text();
  record.interaction_id = row.Text();
  record.agent_id = row.Text();
  record.evaluate = row.Time();
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
  record.activity_id = row.Text();
  record.agent_id = row.Text();
  record.state = row.As<metrics::AgentState>();
  record.start = row.Time();
  record.end = row.OptionalTime();
  return record;
}

storage::ScheduledActivityRecord PlanOf(RowReader row) {
  storage::ScheduledActivityRecord record;
  record.schedule_id = row.Text();
  record.agent_id = row.Text();
  record.state = row.As<metrics::PlannedState>();
  record.start = row.Time();
  record.end = row.Time();
  return record;
}

storage::TicketRecord TicketOf(RowReader row) {
  storage::TicketRecord record;
  record.ticket_id = row.Text();
  record.customer_id = row.Text();
  record.agent_id = row.Text();
  record.queue_id = row.Text();
  record.priority = row.Text();
  record.channel = row.As<metrics::Channel>();
  record.open = row.Time();
  record.first_response = row.OptionalTime();
  record.first_resolve = row.OptionalTime();
  record.last_resolve = row.OptionalTime();
  record.close = row.OptionalTime();
  record.reopen_count = static_cast<int32_t>(row.Long());
  record.reassignment_count = static_cast<int32_t>(row.Long());
  return record;
}

storage::CostRecord CostOf(RowReader row) {
  storage::CostRecord record;
  record.cost_id = row.Text();
  record.category = row.Text();
  record.amount.currency = row.Text();
  record.amount.micros = row.Long();
  record.start = row.Time();
  record.end = row.Time();
  record.queue_id = row.Text();
  record.group_id = row.Text();
  record.channel = row.As<metrics::Channel>();
  return record;
}

storage::AgentRecord AgentOf(RowReader row) {
  storage::AgentRecord record;
  record.agent_id = row.Text();
  record.hire_date = storage::DateOf(row.OptionalText());
  record.leave_date = storage::DateOf(row.OptionalText());
  record.leave_reason = row.Text();
  return record;
}

storage::AgentGroupRecord GroupOf(RowReader row) {
  storage::AgentGroupRecord record;
  record.group_id = row.Text();
  record.name = row.Text();
  record.type = row.Text();
  record.parent_group_id = row.Text();
  return record;
}

storage::MembershipRecord MembershipOf(RowReader row) {
  storage::MembershipRecord record;
  record.agent_id = row.Text();
  record.group_id = row.Text();
  record.start = row.Time();
  record.end = row.OptionalTime();
  return record;
}

storage::TargetRecord TargetOf(RowReader row) {
  storage::TargetRecord record;
  record.target_id = row.Text();
  record.kpi.kpi_id = row.Text();
  record.kpi.statistic = row.Text();
  record.scope = row.As<metrics::TargetScope>();
  record.scope_id = row.Text();
  record.target_value = row.Double();
  record.worst_value = row.OptionalDouble();
  record.best_value = row.OptionalDouble();
  record.band_end_value = row.OptionalDouble();
  record.currency_code = row.Text();
  record.weight_thousandths = row.Long();
  record.start = row.OptionalTime();
  record.end = row.OptionalTime();
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
