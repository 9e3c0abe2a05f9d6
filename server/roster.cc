#include "server/roster.h"

#include <chrono>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "server/field_checks.h"
#include "server/join_text.h"
#include "server/reasons.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

constexpr int kYearMin = 1970;
constexpr int kYearMax = 2199;

std::chrono::year_month_day ToYearMonthDay(const v1::Date& date) {
  return std::chrono::year(date.year()) / std::chrono::month(date.month()) /
         std::chrono::day(date.day());
}

bool CheckDate(std::string_view field, const v1::Date& date, const FieldChecks& checks) {
  if (date.year() < kYearMin || date.year() > kYearMax) {
    checks.Add(field, reason::kTimeOutOfRange, "year must be 1970 to 2199");
    return false;
  }
  if (date.month() < 1 || date.month() > 12 || date.day() < 1 || date.day() > 31 ||
      !ToYearMonthDay(date).ok()) {
    checks.Add(field, reason::kFieldMalformed, "is not a day of the calendar");
    return false;
  }
  return true;
}

metrics::CivilDay ToCivilDay(const v1::Date& date) {
  return {date.year(), date.month(), date.day()};
}

void SetDate(const metrics::CivilDay& day, v1::Date* date) {
  date->set_year(day.year);
  date->set_month(day.month);
  date->set_day(day.day);
}

void ValidateAgent(const v1::Agent& agent, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("agent_id", agent.agent_id(), Presence::kRequired);
  checks.Text("name", agent.name(), kDisplayNameBytesMax);
  const bool hire_ok = agent.has_hire_date() && CheckDate("hire_date", agent.hire_date(), checks);
  const bool leave_ok =
      agent.has_leave_date() && CheckDate("leave_date", agent.leave_date(), checks);
  if (hire_ok && leave_ok &&
      ToYearMonthDay(agent.leave_date()) <= ToYearMonthDay(agent.hire_date())) {
    checks.Add("leave_date", reason::kTimeOrder, "must be after hire_date");
  }
  checks.Text("leave_reason", agent.leave_reason(), kLeaveReasonBytesMax);
  if (!agent.leave_reason().empty() && !agent.has_leave_date()) {
    checks.Add("leave_reason", reason::kFieldContradicts, "needs leave_date");
  }
}

void ValidateAgentGroup(const v1::AgentGroup& group, const FieldPath& path,
                        ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("group_id", group.group_id(), Presence::kRequired);
  checks.Text("name", group.name(), kDisplayNameBytesMax);
  if (group.type().empty()) {
    checks.Add("type", reason::kFieldRequired, "is required, for example team");
  } else if (!IsName(group.type(), /*dot_allowed=*/false)) {
    checks.Add("type", reason::kFieldMalformed,
               "must be 1 to 64 bytes of [a-z0-9_-] starting with a letter");
  }
  checks.Id("parent_group_id", group.parent_group_id(), Presence::kOptional);
  if (!group.group_id().empty() && group.parent_group_id() == group.group_id()) {
    checks.Add("parent_group_id", "GROUP_CIRCLE", "must not be the group itself");
  }
}

void ValidateMembership(const v1::Membership& membership, const FieldPath& path,
                        ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("agent_id", membership.agent_id(), Presence::kRequired);
  checks.Id("group_id", membership.group_id(), Presence::kRequired);
  const auto start = checks.Time("start_time", membership.has_start_time(), membership.start_time(),
                                 Presence::kRequired);
  const auto end = checks.Time("end_time", membership.has_end_time(), membership.end_time(),
                               Presence::kOptional);
  checks.Order("start_time", start, "end_time", end);
}

void ValidateQueue(const v1::Queue& queue, const FieldPath& path, ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("queue_id", queue.queue_id(), Presence::kRequired);
  checks.Text("name", queue.name(), kDisplayNameBytesMax);
  checks.Enum("channel", queue.channel(), v1::Channel_IsValid(queue.channel()),
              Presence::kOptional);
}

// One batch: its size, each item, and that each identity comes once. identity(item) may refer to
// the item; id_field is where a second one is reported.
template <typename Items, typename Validate, typename Identity>
void ValidateBatch(std::string_view list, const Items& items, std::string_view id_field,
                   ViolationList* violations, Validate validate, Identity identity) {
  const FieldPath root = FieldPath::Root();
  if (!CheckBatchSize(root.Field(list), items.size(), violations)) return;
  absl::flat_hash_map<decltype(identity(items[0])), int> seen;
  seen.reserve(items.size());
  for (int i = 0; i < items.size(); ++i) {
    const FieldPath path = root.Element(list, i);
    const int64_t found_before = violations->found();
    validate(items[i], path, violations);
    if (violations->found() != found_before) continue;  // Two without an id are no duplicates.
    const auto [first, is_new] = seen.emplace(identity(items[i]), i);
    if (!is_new) {
      violations->Add(path.Field(id_field), reason::kDuplicateItem,
                      JoinText("is that of item ", first->second, " too"));
    }
  }
}

}  // namespace

void ValidateUpsertAgents(const v1::UpsertAgentsRequest& request, ViolationList* violations) {
  ValidateBatch("agents", request.agents(), "agent_id", violations, ValidateAgent,
                [](const v1::Agent& agent) { return std::string_view(agent.agent_id()); });
}

void ValidateUpsertAgentGroups(const v1::UpsertAgentGroupsRequest& request,
                               ViolationList* violations) {
  ValidateBatch("agent_groups", request.agent_groups(), "group_id", violations, ValidateAgentGroup,
                [](const v1::AgentGroup& group) { return std::string_view(group.group_id()); });
}

void ValidateUpsertMemberships(const v1::UpsertMembershipsRequest& request,
                               ViolationList* violations) {
  // Starts to the microsecond, as they are stored.
  ValidateBatch("memberships", request.memberships(), "start_time", violations, ValidateMembership,
                [](const v1::Membership& membership) {
                  return std::make_tuple(std::string_view(membership.agent_id()),
                                         std::string_view(membership.group_id()),
                                         membership.start_time().seconds(),
                                         membership.start_time().nanos() / 1'000);
                });
}

void ValidateUpsertQueues(const v1::UpsertQueuesRequest& request, ViolationList* violations) {
  ValidateBatch("queues", request.queues(), "queue_id", violations, ValidateQueue,
                [](const v1::Queue& queue) { return std::string_view(queue.queue_id()); });
}

storage::AgentRecord ToAgentRecord(const v1::Agent& message) {
  storage::AgentRecord record;
  record.agent_id = message.agent_id();
  record.name = message.name();
  if (message.has_hire_date()) record.hire_date = ToCivilDay(message.hire_date());
  if (message.has_leave_date()) record.leave_date = ToCivilDay(message.leave_date());
  record.leave_reason = message.leave_reason();
  return record;
}

storage::AgentGroupRecord ToAgentGroupRecord(const v1::AgentGroup& message) {
  return {message.group_id(), message.name(), message.type(), message.parent_group_id()};
}

storage::MembershipRecord ToMembershipRecord(const v1::Membership& message) {
  storage::MembershipRecord record;
  record.agent_id = message.agent_id();
  record.group_id = message.group_id();
  record.start = ToInstant(message.start_time());
  if (message.has_end_time()) record.end = ToInstant(message.end_time());
  return record;
}

storage::QueueRecord ToQueueRecord(const v1::Queue& message) {
  return {message.queue_id(), message.name(), static_cast<metrics::Channel>(message.channel())};
}

void SetAgent(const storage::AgentRecord& record, v1::Agent* message) {
  message->set_agent_id(record.agent_id);
  message->set_name(record.name);
  if (record.hire_date) SetDate(*record.hire_date, message->mutable_hire_date());
  if (record.leave_date) SetDate(*record.leave_date, message->mutable_leave_date());
  message->set_leave_reason(record.leave_reason);
}

void SetAgentGroup(const storage::AgentGroupRecord& record, v1::AgentGroup* message) {
  message->set_group_id(record.group_id);
  message->set_name(record.name);
  message->set_type(record.type);
  message->set_parent_group_id(record.parent_group_id);
}

void SetMembership(const storage::MembershipRecord& record, v1::Membership* message) {
  message->set_agent_id(record.agent_id);
  message->set_group_id(record.group_id);
  SetTimestamp(record.start, message->mutable_start_time());
  if (record.end) SetTimestamp(*record.end, message->mutable_end_time());
}

void SetQueue(const storage::QueueRecord& record, v1::Queue* message) {
  message->set_queue_id(record.queue_id);
  message->set_name(record.name);
  message->set_channel(static_cast<v1::Channel>(record.channel));
}

void AddRosterProblems(const std::vector<storage::RosterProblem>& problems, std::string_view list,
                       ViolationList* violations) {
  const FieldPath root = FieldPath::Root();
  for (const storage::RosterProblem& problem : problems) {
    const FieldPath item = root.Element(list, problem.index);
    if (problem.field.empty()) {
      violations->Add(item, problem.reason, problem.description);
    } else {
      violations->Add(item.Field(problem.field), problem.reason, problem.description);
    }
  }
}

}  // namespace kpid::server
