// The arrows of what agents did and of what was planned: message -> checked -> storage record.
#pragma once

#include "kpid/v1/agent_activity.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"

namespace kpid::server {

// Adds a violation for everything that agent_activity.proto does not allow.
void ValidateAgentActivity(const v1::AgentActivity& message, const FieldPath& path,
                           ViolationList* violations);
void ValidateScheduledActivity(const v1::ScheduledActivity& message, const FieldPath& path,
                               ViolationList* violations);

// REQUIRES: the function above found nothing.
storage::AgentActivityRecord ToAgentActivityRecord(const v1::AgentActivity& message);
storage::ScheduledActivityRecord ToScheduledActivityRecord(const v1::ScheduledActivity& message);

}  // namespace kpid::server
