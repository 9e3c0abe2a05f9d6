#include "client/generator/csv_sink.h"

#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/csv_cell.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

constexpr size_t kLinesBytesMax = 1 << 20;  // Written in pieces of about this size.

constexpr std::string_view kInteractionHeader =
    "interaction_id,customer_id,conversation_id,case_id,channel,direction,queue_id,agent_id,"
    "arrive_time,enqueue_time,answer_time,first_response_time,end_time,talk_duration,"
    "hold_duration,wrap_up_duration,outcome,transferred,resolution,conversion_eligible,converted,"
    "upsell_offered,upsell_accepted,revenue,attributes.topic,attributes.segment\n";
constexpr std::string_view kSurveyHeader =
    "response_id,kind,score,comment,invite_time,respond_time,interaction_id\n";

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
void AppendEnum(Enum value, const std::string& (*name)(Enum), size_t prefix_size,
                std::string* line) {
  line->push_back(',');
  if (static_cast<int>(value) == 0) return;
  for (const char byte : name(value).substr(prefix_size)) {
    line->push_back(absl::ascii_tolower(static_cast<unsigned char>(byte)));
  }
}

template <class Enum>
const std::string& NameOf(Enum value);
template <>
const std::string& NameOf(v1::Channel value) {
  return v1::Channel_Name(value);
}
template <>
const std::string& NameOf(v1::Direction value) {
  return v1::Direction_Name(value);
}
template <>
const std::string& NameOf(v1::Outcome value) {
  return v1::Outcome_Name(value);
}
template <>
const std::string& NameOf(v1::Resolution value) {
  return v1::Resolution_Name(value);
}

const std::string& Attribute(const v1::Interaction& interaction, const char* key) {
  static const std::string absent;
  const auto found = interaction.attributes().find(key);
  return found == interaction.attributes().end() ? absent : found->second;
}

std::string DateText(const v1::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace

void AppendInteractionLine(const v1::Interaction& interaction, std::string* lines) {
  AppendCsvCell(interaction.interaction_id(), lines);
  AppendText(interaction.customer_id(), lines);
  AppendText(interaction.conversation_id(), lines);
  AppendText(interaction.case_id(), lines);
  AppendEnum(interaction.channel(), NameOf<v1::Channel>, sizeof("CHANNEL"), lines);
  AppendEnum(interaction.direction(), NameOf<v1::Direction>, sizeof("DIRECTION"), lines);
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
  AppendEnum(interaction.outcome(), NameOf<v1::Outcome>, sizeof("OUTCOME"), lines);
  AppendTruth(interaction.transferred(), lines);
  AppendEnum(interaction.resolution(), NameOf<v1::Resolution>, sizeof("RESOLUTION"), lines);
  AppendTruth(interaction.conversion_eligible(), lines);
  AppendTruth(interaction.converted(), lines);
  AppendTruth(interaction.upsell_offered(), lines);
  AppendTruth(interaction.upsell_accepted(), lines);
  lines->push_back(',');
  if (interaction.has_revenue()) {
    const v1::Money& revenue = interaction.revenue();
    absl::StrAppend(lines, revenue.units(), ".");
    AppendTwo(revenue.nanos() / 10'000'000, lines);
    absl::StrAppend(lines, " ", revenue.currency_code());
  }
  AppendText(Attribute(interaction, "topic"), lines);
  AppendText(Attribute(interaction, "segment"), lines);
  lines->push_back('\n');
}

void AppendSurveyLine(const v1::SurveyResponse& survey, std::string* lines) {
  AppendCsvCell(survey.response_id(), lines);
  AppendEnum(survey.kind(), v1::SurveyKind_Name<v1::SurveyKind>, sizeof("SURVEY_KIND"), lines);
  lines->push_back(',');
  if (survey.has_score()) *lines += ShortestNumber(survey.score());
  AppendText(survey.comment(), lines);
  AppendTime(survey.has_invite_time(), survey.invite_time(), lines);
  AppendTime(survey.has_respond_time(), survey.respond_time(), lines);
  AppendText(survey.interaction_id(), lines);
  lines->push_back('\n');
}

CsvSink::CsvSink(const std::string& folder)
    : interactions_(folder + "/interactions.csv", std::ios::binary | std::ios::trunc),
      surveys_(folder + "/surveys.csv", std::ios::binary | std::ios::trunc),
      interaction_lines_(kInteractionHeader),
      survey_lines_(kSurveyHeader) {}

v1::Interaction* CsvSink::AddInteraction() {
  WriteInteraction();
  return &interaction_;
}

v1::SurveyResponse* CsvSink::AddSurvey() {
  WriteSurvey();
  return &survey_;
}

// Nothing is held yet, or any more, when the id is empty.
void CsvSink::WriteInteraction() {
  if (interaction_.interaction_id().empty()) return;
  AppendInteractionLine(interaction_, &interaction_lines_);
  interaction_.Clear();
  if (interaction_lines_.size() < kLinesBytesMax) return;
  interactions_ << interaction_lines_;
  interaction_lines_.clear();
}

void CsvSink::WriteSurvey() {
  if (survey_.response_id().empty()) return;
  AppendSurveyLine(survey_, &survey_lines_);
  survey_.Clear();
  if (survey_lines_.size() < kLinesBytesMax) return;
  surveys_ << survey_lines_;
  survey_lines_.clear();
}

absl::Status CsvSink::Close() {
  WriteInteraction();
  WriteSurvey();
  interactions_ << interaction_lines_;
  surveys_ << survey_lines_;
  interactions_.close();
  surveys_.close();
  if (interactions_ && surveys_) return absl::OkStatus();
  return absl::UnavailableError("cannot write interactions.csv and surveys.csv");
}

absl::Status WriteRosterCsv(const Centre& centre, const std::string& folder) {
  std::string agents = "agent_id,name,hire_date,leave_date,leave_reason\n";
  for (const v1::Agent& agent : centre.roster_agents) {
    absl::StrAppend(&agents, agent.agent_id(), ",", agent.name(), ",", DateText(agent.hire_date()),
                    ",", agent.has_leave_date() ? DateText(agent.leave_date()) : "", ",",
                    agent.leave_reason(), "\n");
  }
  std::string groups = "group_id,name,type,parent_group_id\n";
  for (const v1::AgentGroup& group : centre.roster_groups) {
    absl::StrAppend(&groups, group.group_id(), ",", group.name(), ",", group.type(), ",",
                    group.parent_group_id(), "\n");
  }
  std::string memberships = "agent_id,group_id,start_time,end_time\n";
  for (const v1::Membership& membership : centre.roster_memberships) {
    absl::StrAppend(&memberships, membership.agent_id(), ",", membership.group_id());
    AppendTime(true, membership.start_time(), &memberships);
    AppendTime(membership.has_end_time(), membership.end_time(), &memberships);
    memberships.push_back('\n');
  }
  std::string queues = "queue_id,name,channel\n";
  for (const v1::Queue& queue : centre.roster_queues) {
    absl::StrAppend(&queues, queue.queue_id(), ",", queue.name());
    AppendEnum(queue.channel(), NameOf<v1::Channel>, sizeof("CHANNEL"), &queues);
    queues.push_back('\n');
  }
  absl::Status status = WriteFile(folder + "/agents.csv", agents);
  status.Update(WriteFile(folder + "/agent_groups.csv", groups));
  status.Update(WriteFile(folder + "/memberships.csv", memberships));
  status.Update(WriteFile(folder + "/queues.csv", queues));
  return status;
}

}  // namespace kpid::client
