#include "server/roster_service.h"

#include <utility>
#include <vector>

#include "server/page_token.h"
#include "server/roster.h"
#include "server/roster_lists.h"

namespace kpid::server {
namespace {

void SetUpsertCounts(const storage::UpsertOutcome& outcome, Call& call, v1::UpsertCounts* counts) {
  counts->set_inserted_count(outcome.inserted);
  counts->set_updated_count(outcome.updated);
  counts->set_unchanged_count(outcome.unchanged);
  call.Count("inserted", outcome.inserted);
  call.Count("updated", outcome.updated);
  call.Count("unchanged", outcome.unchanged);
}

// Converts checked items, stores them, and answers what did not fit as violations.
template <typename Items, typename Convert, typename Store>
absl::Status UpsertItems(Call& call, std::string_view list, const Items& items, Convert convert,
                         Store store, v1::UpsertCounts* counts) {
  std::vector<decltype(convert(items[0]))> records;
  records.reserve(items.size());
  for (const auto& item : items) records.push_back(convert(item));
  absl::StatusOr<storage::UpsertResult> result = store(records);
  if (!result.ok()) return result.status();
  if (!result->problems.empty()) {
    ViolationList violations;
    AddRosterProblems(result->problems, list, &violations);
    return violations.ToStatus();
  }
  SetUpsertCounts(result->outcome, call, counts);
  return absl::OkStatus();
}

// Identity of an entry, as parts of a page token.
std::vector<std::string> PositionOf(const storage::AgentRecord& record) {
  return {record.agent_id};
}
std::vector<std::string> PositionOf(const storage::AgentGroupRecord& record) {
  return {record.group_id};
}
std::vector<std::string> PositionOf(const storage::QueueRecord& record) {
  return {record.queue_id};
}
std::vector<std::string> PositionOf(const storage::MembershipRecord& record) {
  return MembershipPosition(record);
}

// Checks a list request, reads its page and answers it. read(page) -> StatusOr<RosterPage>,
// add(record) puts an entry into the response.
template <typename Request, typename Response, typename Read, typename Add>
absl::Status ListItems(Call& call, const Request& request, size_t position_size, Read read, Add add,
                       Response* response) {
  ViolationList violations;
  const std::vector<std::string> arguments = ListArguments(request, &violations);
  const ListPage page = ReadListPage(request.page_size(), request.page_token(), arguments,
                                     position_size, &violations);
  if (!violations.empty()) return violations.ToStatus();
  auto read_page = read(page);
  if (!read_page.ok()) return read_page.status();
  for (const auto& record : read_page->records) add(record);
  if (read_page->more && !read_page->records.empty()) {
    response->set_next_page_token(MakePageToken(arguments, PositionOf(read_page->records.back())));
  }
  call.Count("entries", static_cast<int64_t>(read_page->records.size()));
  return absl::OkStatus();
}

std::string AfterId(const ListPage& page) {
  return page.position.empty() ? std::string() : page.position[0];
}

constexpr Method RosterMethod(std::string_view name) { return {name, CallClass::kRoster}; }

constexpr Method kUpsertAgents = RosterMethod("kpid.v1.RosterService/UpsertAgents");
constexpr Method kListAgents = RosterMethod("kpid.v1.RosterService/ListAgents");
constexpr Method kUpsertAgentGroups = RosterMethod("kpid.v1.RosterService/UpsertAgentGroups");
constexpr Method kListAgentGroups = RosterMethod("kpid.v1.RosterService/ListAgentGroups");
constexpr Method kUpsertMemberships = RosterMethod("kpid.v1.RosterService/UpsertMemberships");
constexpr Method kListMemberships = RosterMethod("kpid.v1.RosterService/ListMemberships");
constexpr Method kUpsertQueues = RosterMethod("kpid.v1.RosterService/UpsertQueues");
constexpr Method kListQueues = RosterMethod("kpid.v1.RosterService/ListQueues");

}  // namespace

absl::Status RosterService::Upsert(Call& call, const v1::UpsertAgentsRequest& request,
                                   v1::UpsertAgentsResponse* response) {
  ViolationList violations;
  ValidateUpsertAgents(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return UpsertItems(
      call, "agents", request.agents(), ToAgentRecord,
      [&](const auto& records) { return store_->UpsertAgents(records, call.limits()); },
      response->mutable_counts());
}

absl::Status RosterService::Upsert(Call& call, const v1::UpsertAgentGroupsRequest& request,
                                   v1::UpsertAgentGroupsResponse* response) {
  ViolationList violations;
  ValidateUpsertAgentGroups(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return UpsertItems(
      call, "agent_groups", request.agent_groups(), ToAgentGroupRecord,
      [&](const auto& records) { return store_->UpsertAgentGroups(records, call.limits()); },
      response->mutable_counts());
}

absl::Status RosterService::Upsert(Call& call, const v1::UpsertMembershipsRequest& request,
                                   v1::UpsertMembershipsResponse* response) {
  ViolationList violations;
  ValidateUpsertMemberships(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return UpsertItems(
      call, "memberships", request.memberships(), ToMembershipRecord,
      [&](const auto& records) { return store_->UpsertMemberships(records, call.limits()); },
      response->mutable_counts());
}

absl::Status RosterService::Upsert(Call& call, const v1::UpsertQueuesRequest& request,
                                   v1::UpsertQueuesResponse* response) {
  ViolationList violations;
  ValidateUpsertQueues(request, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return UpsertItems(
      call, "queues", request.queues(), ToQueueRecord,
      [&](const auto& records) { return store_->UpsertQueues(records, call.limits()); },
      response->mutable_counts());
}

absl::Status RosterService::List(Call& call, const v1::ListAgentsRequest& request,
                                 v1::ListAgentsResponse* response) {
  return ListItems(
      call, request, /*position_size=*/1,
      [&](const ListPage& page) {
        return store_->ListAgents(AfterId(page), page.size, call.limits());
      },
      [&](const storage::AgentRecord& record) { SetAgent(record, response->add_agents()); },
      response);
}

absl::Status RosterService::List(Call& call, const v1::ListAgentGroupsRequest& request,
                                 v1::ListAgentGroupsResponse* response) {
  return ListItems(
      call, request, /*position_size=*/1,
      [&](const ListPage& page) {
        return store_->ListAgentGroups(AfterId(page), page.size, request.type(), call.limits());
      },
      [&](const storage::AgentGroupRecord& record) {
        SetAgentGroup(record, response->add_agent_groups());
      },
      response);
}

absl::Status RosterService::List(Call& call, const v1::ListMembershipsRequest& request,
                                 v1::ListMembershipsResponse* response) {
  return ListItems(
      call, request, /*position_size=*/3,
      [&](const ListPage& page) {
        return store_->ListMemberships(MembershipAt(page.position), page.size, request.agent_id(),
                                       request.group_id(), call.limits());
      },
      [&](const storage::MembershipRecord& record) {
        SetMembership(record, response->add_memberships());
      },
      response);
}

absl::Status RosterService::List(Call& call, const v1::ListQueuesRequest& request,
                                 v1::ListQueuesResponse* response) {
  return ListItems(
      call, request, /*position_size=*/1,
      [&](const ListPage& page) {
        return store_->ListQueues(AfterId(page), page.size, call.limits());
      },
      [&](const storage::QueueRecord& record) { SetQueue(record, response->add_queues()); },
      response);
}

grpc::Status RosterService::StreamedUpsertAgents(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::UpsertAgentsRequest, v1::UpsertAgentsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kUpsertAgents,
      [this](Call& call, const v1::UpsertAgentsRequest& request,
             v1::UpsertAgentsResponse* response) { return Upsert(call, request, response); });
}

grpc::Status RosterService::StreamedListAgents(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListAgentsRequest, v1::ListAgentsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListAgents,
      [this](Call& call, const v1::ListAgentsRequest& request, v1::ListAgentsResponse* response) {
        return List(call, request, response);
      });
}

grpc::Status RosterService::StreamedUpsertAgentGroups(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::UpsertAgentGroupsRequest, v1::UpsertAgentGroupsResponse>*
        streamer) {
  return guard_->RunUnary(
      context, streamer, kUpsertAgentGroups,
      [this](Call& call, const v1::UpsertAgentGroupsRequest& request,
             v1::UpsertAgentGroupsResponse* response) { return Upsert(call, request, response); });
}

grpc::Status RosterService::StreamedListAgentGroups(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListAgentGroupsRequest, v1::ListAgentGroupsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListAgentGroups,
      [this](Call& call, const v1::ListAgentGroupsRequest& request,
             v1::ListAgentGroupsResponse* response) { return List(call, request, response); });
}

grpc::Status RosterService::StreamedUpsertMemberships(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::UpsertMembershipsRequest, v1::UpsertMembershipsResponse>*
        streamer) {
  return guard_->RunUnary(
      context, streamer, kUpsertMemberships,
      [this](Call& call, const v1::UpsertMembershipsRequest& request,
             v1::UpsertMembershipsResponse* response) { return Upsert(call, request, response); });
}

grpc::Status RosterService::StreamedListMemberships(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListMembershipsRequest, v1::ListMembershipsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListMemberships,
      [this](Call& call, const v1::ListMembershipsRequest& request,
             v1::ListMembershipsResponse* response) { return List(call, request, response); });
}

grpc::Status RosterService::StreamedUpsertQueues(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::UpsertQueuesRequest, v1::UpsertQueuesResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kUpsertQueues,
      [this](Call& call, const v1::UpsertQueuesRequest& request,
             v1::UpsertQueuesResponse* response) { return Upsert(call, request, response); });
}

grpc::Status RosterService::StreamedListQueues(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::ListQueuesRequest, v1::ListQueuesResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kListQueues,
      [this](Call& call, const v1::ListQueuesRequest& request, v1::ListQueuesResponse* response) {
        return List(call, request, response);
      });
}

}  // namespace kpid::server
