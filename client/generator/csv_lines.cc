#include "client/generator/csv_lines.h"

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/csv_cell.h"
#include "client/field_text.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

constexpr std::string_view kInteractionHeader =
    "interaction_id,customer_id,conversation_id,case_id,channel,direction,queue_id,agent_id,"
    "arrive_time,enqueue_time,answer_time,first_response_time,end_time,talk_duration,"
    "hold_duration,wrap_up_duration,outcome,transferred,resolution,conversion_eligible,converted,"
    "upsell_offered,upsell_accepted,revenue,attributes.topic,attributes.segment\n";
constexpr std::string_view kSurveyHeader =
    "response_id,kind,score,comment,invite_time,respond_time,interaction_id,agent_id\n";
constexpr std::string_view kEvaluationHeader =
    "evaluation_id,interaction_id,agent_id,evaluator_id,evaluate_time,criterion,category,score,"
    "maximum_score,weight,not_applicable,auto_fail\n";
constexpr std::string_view kActivityHeader = "activity_id,agent_id,state,start_time,end_time\n";
constexpr std::string_view kScheduleHeader = "schedule_id,agent_id,state,start_time,end_time\n";
constexpr std::string_view kTicketHeader =
    "ticket_id,customer_id,agent_id,queue_id,channel,priority,open_time,first_response_time,"
    "first_resolve_time,last_resolve_time,close_time,reopen_count,reassignment_count\n";
constexpr std::string_view kCostHeader =
    "cost_id,category,amount,start_time,end_time,queue_id,group_id,channel\n";
constexpr std::string_view kTargetHeader =
    "target_id,kpi_id,parameters,statistic,scope,scope_id,target_value,worst_value,best_value,"
    "band_end_value,currency_code,weight,start_time,end_time\n";

void AppendTwo(int number, std::string* line) {
  line->push_back(static_cast<char>('0' + number / 10));
  line->push_back(static_cast<char>('0' + number % 10));
}

void AppendThree(int number, std::string* line) {
  line->push_back(static_cast<char>('0' + number / 100));
  AppendTwo(number % 100, line);
}

// ",2026-01-31T09:30:00.250Z", or "," when absent.
void AppendTime(bool present, const google::protobuf::Timestamp& time, std::string* line) {
  line->push_back(',');
  if (!present) return;
  const std::chrono::sys_seconds instant{std::chrono::seconds(time.seconds())};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const auto second = static_cast<int>((instant - day).count());
  const int year = static_cast<int>(date.year());
  AppendTwo(year / 100, line);
  AppendTwo(year % 100, line);
  line->push_back('-');
  AppendTwo(static_cast<int>(static_cast<unsigned>(date.month())), line);
  line->push_back('-');
  AppendTwo(static_cast<int>(static_cast<unsigned>(date.day())), line);
  line->push_back('T');
  AppendTwo(second / 3600, line);
  line->push_back(':');
  AppendTwo(second / 60 % 60, line);
  line->push_back(':');
  AppendTwo(second % 60, line);
  line->push_back('.');
  AppendThree(time.nanos() / 1'000'000, line);
  line->push_back('Z');
}

void AppendDuration(bool present, const google::protobuf::Duration& duration, std::string* line) {
  line->push_back(',');
  if (!present) return;
  absl::StrAppend(line, duration.seconds(), ".");
  AppendThree(duration.nanos() / 1'000'000, line);
}

void AppendText(const std::string& text, std::string* line) {
  line->push_back(',');
  AppendCsvCell(text, line);
}

void AppendTruth(bool value, std::string* line) { *line += value ? ",true" : ","; }

// OUTCOME_HANDLED -> ",handled"; nothing for UNSPECIFIED.
template <class Enum>
void AppendEnum(Enum value, const std::string& name, size_t prefix_size, std::string* line) {
  line->push_back(',');
  if (static_cast<int>(value) == 0) return;
  for (const char byte : std::string_view(name).substr(prefix_size)) {
    line->push_back(absl::ascii_tolower(static_cast<unsigned char>(byte)));
  }
}

void AppendChannel(v1::Channel channel, std::string* line) {
  AppendEnum(channel, v1::Channel_Name(channel), sizeof("CHANNEL"), line);
}

void AppendNumber(int64_t number, std::string* line) {
  line->push_back(',');
  if (number != 0) absl::StrAppend(line, number);
}

// ",12.50 EUR", or "," when absent. REQUIRES: not negative, whole cents.
void AppendMoney(bool present, const v1::Money& money, std::string* line) {
  line->push_back(',');
  if (!present) return;
  absl::StrAppend(line, money.units(), ".");
  AppendTwo(money.nanos() / 10'000'000, line);
  absl::StrAppend(line, " ", money.currency_code());
}

const std::string& Attribute(const v1::Interaction& interaction, const char* key) {
  static const std::string absent;
  const auto found = interaction.attributes().find(key);
  return found == interaction.attributes().end() ? absent : found->second;
}

std::string DateText(const v1::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

void AppendLine(const v1::Interaction& interaction, std::string* lines) {
  AppendCsvCell(interaction.interaction_id(), lines);
  AppendText(interaction.customer_id(), lines);
  AppendText(interaction.conversation_id(), lines);
  AppendText(interaction.case_id(), lines);
  AppendChannel(interaction.channel(), lines);
  AppendEnum(interaction.direction(), v1::Direction_Name(interaction.direction()),
             sizeof("DIRECTION"), lines);
  AppendText(interaction.queue_id(), lines);
  AppendText(interaction.agent_id(), lines);
  AppendTime(interaction.has_arrive_time(), interaction.arrive_time(), lines);
  AppendTime(interaction.has_enqueue_time(), interaction.enqueue_time(), lines);
  AppendTime(interaction.has_answer_time(), interaction.answer_time(), lines);
  AppendTime(interaction.has_first_response_time(), interaction.first_response_time(), lines);
  AppendTime(interaction.has_end_time(), interaction.end_time(), lines);
  AppendDuration(interaction.has_talk_duration(), interaction.talk_duration(), lines);
  AppendDuration(interaction.has_hold_duration(), interaction.hold_duration(), lines);
  AppendDuration(interaction.has_wrap_up_duration(), interaction.wrap_up_duration(), lines);
  AppendEnum(interaction.outcome(), v1::Outcome_Name(interaction.outcome()), sizeof("OUTCOME"),
             lines);
  AppendTruth(interaction.transferred(), lines);
  AppendEnum(interaction.resolution(), v1::Resolution_Name(interaction.resolution()),
             sizeof("RESOLUTION"), lines);
  AppendTruth(interaction.conversion_eligible(), lines);
  AppendTruth(interaction.converted(), lines);
  AppendTruth(interaction.upsell_offered(), lines);
  AppendTruth(interaction.upsell_accepted(), lines);
  AppendMoney(interaction.has_revenue(), interaction.revenue(), lines);
  AppendText(Attribute(interaction, "topic"), lines);
  AppendText(Attribute(interaction, "segment"), lines);
  lines->push_back('\n');
}

void AppendLine(const v1::SurveyResponse& survey, std::string* lines) {
  AppendCsvCell(survey.response_id(), lines);
  AppendEnum(survey.kind(), v1::SurveyKind_Name(survey.kind()), sizeof("SURVEY_KIND"), lines);
  lines->push_back(',');
  if (survey.has_score()) *lines += ShortestNumber(survey.score());
  AppendText(survey.comment(), lines);
  AppendTime(survey.has_invite_time(), survey.invite_time(), lines);
  AppendTime(survey.has_respond_time(), survey.respond_time(), lines);
  AppendText(survey.interaction_id(), lines);
  AppendText(survey.agent_id(), lines);
  lines->push_back('\n');
}

void AppendLine(const v1::QualityEvaluation& evaluation, std::string* lines) {
  for (const v1::QualityItem& item : evaluation.items()) {
    AppendCsvCell(evaluation.evaluation_id(), lines);
    AppendText(evaluation.interaction_id(), lines);
    AppendText(evaluation.agent_id(), lines);
    AppendText(evaluation.evaluator_id(), lines);
    AppendTime(true, evaluation.evaluate_time(), lines);
    AppendText(item.criterion(), lines);
    AppendText(item.category(), lines);
    absl::StrAppend(lines, ",", ShortestNumber(item.score()), ",",
                    ShortestNumber(item.maximum_score()), ",");
    if (item.has_weight()) *lines += ShortestNumber(item.weight());
    AppendTruth(item.not_applicable(), lines);
    AppendTruth(item.auto_fail(), lines);
    lines->push_back('\n');
  }
}

void AppendLine(const v1::AgentActivity& activity, std::string* lines) {
  AppendCsvCell(activity.activity_id(), lines);
  AppendText(activity.agent_id(), lines);
  AppendEnum(activity.state(), v1::AgentState_Name(activity.state()), sizeof("AGENT_STATE"), lines);
  AppendTime(true, activity.start_time(), lines);
  AppendTime(activity.has_end_time(), activity.end_time(), lines);
  lines->push_back('\n');
}

void AppendLine(const v1::ScheduledActivity& schedule, std::string* lines) {
  AppendCsvCell(schedule.schedule_id(), lines);
  AppendText(schedule.agent_id(), lines);
  AppendEnum(schedule.state(), v1::PlannedState_Name(schedule.state()), sizeof("PLANNED_STATE"),
             lines);
  AppendTime(true, schedule.start_time(), lines);
  AppendTime(true, schedule.end_time(), lines);
  lines->push_back('\n');
}

void AppendLine(const v1::Ticket& ticket, std::string* lines) {
  AppendCsvCell(ticket.ticket_id(), lines);
  AppendText(ticket.customer_id(), lines);
  AppendText(ticket.agent_id(), lines);
  AppendText(ticket.queue_id(), lines);
  AppendChannel(ticket.channel(), lines);
  AppendText(ticket.priority(), lines);
  AppendTime(true, ticket.open_time(), lines);
  AppendTime(ticket.has_first_response_time(), ticket.first_response_time(), lines);
  AppendTime(ticket.has_first_resolve_time(), ticket.first_resolve_time(), lines);
  AppendTime(ticket.has_last_resolve_time(), ticket.last_resolve_time(), lines);
  AppendTime(ticket.has_close_time(), ticket.close_time(), lines);
  AppendNumber(ticket.reopen_count(), lines);
  AppendNumber(ticket.reassignment_count(), lines);
  lines->push_back('\n');
}

void AppendLine(const v1::Cost& cost, std::string* lines) {
  AppendCsvCell(cost.cost_id(), lines);
  AppendText(cost.category(), lines);
  AppendMoney(true, cost.amount(), lines);
  AppendTime(true, cost.interval().start_time(), lines);
  AppendTime(true, cost.interval().end_time(), lines);
  AppendText(cost.queue_id(), lines);
  AppendText(cost.group_id(), lines);
  AppendChannel(cost.channel(), lines);
  lines->push_back('\n');
}

// ",12.5", or "," when absent.
void AppendDouble(bool present, double number, std::string* line) {
  line->push_back(',');
  if (present) *line += ShortestNumber(number);
}

void AppendLine(const v1::Target& target, std::string* lines) {
  AppendCsvCell(target.target_id(), lines);
  AppendText(target.kpi_id(), lines);
  AppendText(ParametersText(target.parameters()), lines);
  AppendText(target.statistic(), lines);
  AppendEnum(target.scope(), v1::TargetScope_Name(target.scope()), sizeof("TARGET_SCOPE"), lines);
  AppendText(target.scope_id(), lines);
  AppendDouble(true, target.target_value(), lines);
  AppendDouble(target.has_worst_value(), target.worst_value(), lines);
  AppendDouble(target.has_best_value(), target.best_value(), lines);
  AppendDouble(target.has_band_end_value(), target.band_end_value(), lines);
  AppendText(target.currency_code(), lines);
  AppendDouble(target.has_weight(), target.weight(), lines);
  AppendTime(target.has_start_time(), target.start_time(), lines);
  AppendTime(target.has_end_time(), target.end_time(), lines);
  lines->push_back('\n');
}

}  // namespace

std::string_view HeaderLine(RecordKind kind) {
  switch (kind) {
    case RecordKind::kInteractions:
      return kInteractionHeader;
    case RecordKind::kSurveys:
      return kSurveyHeader;
    case RecordKind::kQualityEvaluations:
      return kEvaluationHeader;
    case RecordKind::kAgentActivities:
      return kActivityHeader;
    case RecordKind::kScheduledActivities:
      return kScheduleHeader;
    case RecordKind::kTickets:
      return kTicketHeader;
    case RecordKind::kCosts:
      return kCostHeader;
    case RecordKind::kTargets:
      return kTargetHeader;
  }
  return {};
}

RecordKind KindOf(const v1::StreamRecord& record) {
  // The members of the oneof and RecordKind have the same order.
  static_assert(static_cast<int>(RecordKind::kInteractions) + 1 == v1::StreamRecord::kInteraction);
  static_assert(static_cast<int>(RecordKind::kTargets) + 1 == v1::StreamRecord::kTarget);
  return static_cast<RecordKind>(record.record_case() - 1);
}

void AppendRecordLines(const v1::StreamRecord& record, std::string* lines) {
  switch (record.record_case()) {
    case v1::StreamRecord::kInteraction:
      return AppendLine(record.interaction(), lines);
    case v1::StreamRecord::kSurveyResponse:
      return AppendLine(record.survey_response(), lines);
    case v1::StreamRecord::kQualityEvaluation:
      return AppendLine(record.quality_evaluation(), lines);
    case v1::StreamRecord::kAgentActivity:
      return AppendLine(record.agent_activity(), lines);
    case v1::StreamRecord::kScheduledActivity:
      return AppendLine(record.scheduled_activity(), lines);
    case v1::StreamRecord::kTicket:
      return AppendLine(record.ticket(), lines);
    case v1::StreamRecord::kCost:
      return AppendLine(record.cost(), lines);
    case v1::StreamRecord::kTarget:
      return AppendLine(record.target(), lines);
    case v1::StreamRecord::RECORD_NOT_SET:
      return;
  }
}

std::string AgentLines(const Centre& centre) {
  std::string agents = "agent_id,name,hire_date,leave_date,leave_reason\n";
  for (const v1::Agent& agent : centre.roster_agents) {
    absl::StrAppend(&agents, agent.agent_id(), ",", agent.name(), ",", DateText(agent.hire_date()),
                    ",", agent.has_leave_date() ? DateText(agent.leave_date()) : "", ",",
                    agent.leave_reason(), "\n");
  }
  return agents;
}

std::string AgentGroupLines(const Centre& centre) {
  std::string groups = "group_id,name,type,parent_group_id\n";
  for (const v1::AgentGroup& group : centre.roster_groups) {
    absl::StrAppend(&groups, group.group_id(), ",", group.name(), ",", group.type(), ",",
                    group.parent_group_id(), "\n");
  }
  return groups;
}

std::string MembershipLines(const Centre& centre) {
  std::string memberships = "agent_id,group_id,start_time,end_time\n";
  for (const v1::Membership& membership : centre.roster_memberships) {
    absl::StrAppend(&memberships, membership.agent_id(), ",", membership.group_id());
    AppendTime(true, membership.start_time(), &memberships);
    AppendTime(membership.has_end_time(), membership.end_time(), &memberships);
    memberships.push_back('\n');
  }
  return memberships;
}

std::string QueueLines(const Centre& centre) {
  std::string queues = "queue_id,name,channel\n";
  for (const v1::Queue& queue : centre.roster_queues) {
    absl::StrAppend(&queues, queue.queue_id(), ",", queue.name());
    AppendChannel(queue.channel(), &queues);
    queues.push_back('\n');
  }
  return queues;
}

std::string ScorecardLines(const Centre& centre) {
  std::string lines = "scorecard_id,name,kpi_id,parameters,statistic,area,weight\n";
  for (const v1::Scorecard& scorecard : centre.scorecards) {
    for (const v1::ScorecardEntry& entry : scorecard.entries()) {
      AppendCsvCell(scorecard.scorecard_id(), &lines);
      AppendText(scorecard.name(), &lines);
      AppendText(entry.kpi_id(), &lines);
      AppendText(ParametersText(entry.parameters()), &lines);
      AppendText(entry.statistic(), &lines);
      AppendEnum(entry.area(), v1::ScorecardArea_Name(entry.area()), sizeof("SCORECARD_AREA"),
                 &lines);
      AppendDouble(entry.has_weight(), entry.weight(), &lines);
      lines.push_back('\n');
    }
  }
  return lines;
}

}  // namespace kpid::client
