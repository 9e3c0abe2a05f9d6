// The arrows of the roster: upsert requests -> checked -> storage records, and back for lists.
#pragma once

#include <string_view>
#include <vector>

#include "kpid/v1/roster_service.pb.h"
#include "server/field_path.h"
#include "server/violation_list.h"
#include "storage/records.h"
#include "storage/roster_store.h"

namespace kpid::server {

// Longest reason for leaving, in bytes.
inline constexpr size_t kLeaveReasonBytesMax = 64;

// Add a violation for everything that roster_service.proto does not allow, also for identities
// given twice. Whether records fit what is stored, RosterStore says.
void ValidateUpsertAgents(const v1::UpsertAgentsRequest& request, ViolationList* violations);
void ValidateUpsertAgentGroups(const v1::UpsertAgentGroupsRequest& request,
                               ViolationList* violations);
void ValidateUpsertMemberships(const v1::UpsertMembershipsRequest& request,
                               ViolationList* violations);
void ValidateUpsertQueues(const v1::UpsertQueuesRequest& request, ViolationList* violations);

// REQUIRES: the validator found nothing.
storage::AgentRecord ToAgentRecord(const v1::Agent& message);
storage::AgentGroupRecord ToAgentGroupRecord(const v1::AgentGroup& message);
storage::MembershipRecord ToMembershipRecord(const v1::Membership& message);
storage::QueueRecord ToQueueRecord(const v1::Queue& message);

void SetAgent(const storage::AgentRecord& record, v1::Agent* message);
void SetAgentGroup(const storage::AgentGroupRecord& record, v1::AgentGroup* message);
void SetMembership(const storage::MembershipRecord& record, v1::Membership* message);
void SetQueue(const storage::QueueRecord& record, v1::Queue* message);

// What RosterStore found wrong, as violations of the items of `list`, for example `memberships`.
void AddRosterProblems(const std::vector<storage::RosterProblem>& problems, std::string_view list,
                       ViolationList* violations);

}  // namespace kpid::server
