#include "server/agent_activity.h"

#include "server/field_checks.h"
#include "server/time_conversion.h"

namespace kpid::server {
namespace {

static_assert(static_cast<int>(metrics::AgentState::kOffline) == v1::AGENT_STATE_OFFLINE);
static_assert(v1::AgentState_MAX == v1::AGENT_STATE_OFFLINE);
static_assert(static_cast<int>(metrics::PlannedState::kTraining) == v1::PLANNED_STATE_TRAINING);
static_assert(v1::PlannedState_MAX == v1::PLANNED_STATE_TRAINING);

// The span of either message; whether it may be open.
template <typename Message>
void ValidateSpan(const Message& message, Presence end_presence, const FieldChecks& checks) {
  const auto start = checks.Time("start_time", message.has_start_time(), message.start_time(),
                                 Presence::kRequired);
  const auto end =
      checks.Time("end_time", message.has_end_time(), message.end_time(), end_presence);
  checks.Order("start_time", start, "end_time", end);
}

}  // namespace

void ValidateAgentActivity(const v1::AgentActivity& message, const FieldPath& path,
                           ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("activity_id", message.activity_id(), Presence::kRequired);
  checks.Id("agent_id", message.agent_id(), Presence::kRequired);
  checks.Enum("state", message.state(), v1::AgentState_IsValid(message.state()),
              Presence::kRequired);
  ValidateSpan(message, Presence::kOptional, checks);
  checks.Revision("revision", message.revision());
}

void ValidateScheduledActivity(const v1::ScheduledActivity& message, const FieldPath& path,
                               ViolationList* violations) {
  const FieldChecks checks(path, violations);
  checks.Id("schedule_id", message.schedule_id(), Presence::kRequired);
  checks.Id("agent_id", message.agent_id(), Presence::kRequired);
  checks.Enum("state", message.state(), v1::PlannedState_IsValid(message.state()),
              Presence::kRequired);
  ValidateSpan(message, Presence::kRequired, checks);
  checks.Revision("revision", message.revision());
}

storage::AgentActivityRecord ToAgentActivityRecord(const v1::AgentActivity& message) {
  storage::AgentActivityRecord record;
  record.activity_id = message.activity_id();
  record.agent_id = message.agent_id();
  record.state = static_cast<metrics::AgentState>(message.state());
  record.start = ToInstant(message.start_time());
  if (message.has_end_time()) record.end = ToInstant(message.end_time());
  record.revision = message.revision();
  return record;
}

storage::ScheduledActivityRecord ToScheduledActivityRecord(const v1::ScheduledActivity& message) {
  storage::ScheduledActivityRecord record;
  record.schedule_id = message.schedule_id();
  record.agent_id = message.agent_id();
  record.state = static_cast<metrics::PlannedState>(message.state());
  record.start = ToInstant(message.start_time());
  record.end = ToInstant(message.end_time());
  record.revision = message.revision();
  return record;
}

}  // namespace kpid::server
