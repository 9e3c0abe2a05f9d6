// kpid.v1.RosterService.
#pragma once

#include "absl/status/status.h"
#include "kpid/v1/roster_service.grpc.pb.h"
#include "server/call_guard.h"
#include "storage/roster_store.h"

namespace kpid::server {

using RosterServiceBase = v1::RosterService::WithStreamedUnaryMethod_UpsertAgents<
    v1::RosterService::WithStreamedUnaryMethod_ListAgents<
        v1::RosterService::WithStreamedUnaryMethod_UpsertAgentGroups<
            v1::RosterService::WithStreamedUnaryMethod_ListAgentGroups<
                v1::RosterService::WithStreamedUnaryMethod_UpsertMemberships<
                    v1::RosterService::WithStreamedUnaryMethod_ListMemberships<
                        v1::RosterService::WithStreamedUnaryMethod_UpsertQueues<
                            v1::RosterService::WithStreamedUnaryMethod_ListQueues<
                                v1::RosterService::Service>>>>>>>>;

// Safe for concurrent use.
class RosterService final : public RosterServiceBase {
 public:
  // Both must outlive this.
  RosterService(storage::RosterStore* store, CallGuard* guard) : store_(store), guard_(guard) {}

  // What the methods do, inside the guard.
  absl::Status Upsert(Call& call, const v1::UpsertAgentsRequest& request,
                      v1::UpsertAgentsResponse* response);
  absl::Status Upsert(Call& call, const v1::UpsertAgentGroupsRequest& request,
                      v1::UpsertAgentGroupsResponse* response);
  absl::Status Upsert(Call& call, const v1::UpsertMembershipsRequest& request,
                      v1::UpsertMembershipsResponse* response);
  absl::Status Upsert(Call& call, const v1::UpsertQueuesRequest& request,
                      v1::UpsertQueuesResponse* response);
  absl::Status List(Call& call, const v1::ListAgentsRequest& request,
                    v1::ListAgentsResponse* response);
  absl::Status List(Call& call, const v1::ListAgentGroupsRequest& request,
                    v1::ListAgentGroupsResponse* response);
  absl::Status List(Call& call, const v1::ListMembershipsRequest& request,
                    v1::ListMembershipsResponse* response);
  absl::Status List(Call& call, const v1::ListQueuesRequest& request,
                    v1::ListQueuesResponse* response);

  grpc::Status StreamedUpsertAgents(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::UpsertAgentsRequest, v1::UpsertAgentsResponse>* streamer)
      override;
  grpc::Status StreamedListAgents(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListAgentsRequest, v1::ListAgentsResponse>* streamer) override;
  grpc::Status StreamedUpsertAgentGroups(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::UpsertAgentGroupsRequest, v1::UpsertAgentGroupsResponse>*
          streamer) override;
  grpc::Status StreamedListAgentGroups(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListAgentGroupsRequest, v1::ListAgentGroupsResponse>* streamer)
      override;
  grpc::Status StreamedUpsertMemberships(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::UpsertMembershipsRequest, v1::UpsertMembershipsResponse>*
          streamer) override;
  grpc::Status StreamedListMemberships(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListMembershipsRequest, v1::ListMembershipsResponse>* streamer)
      override;
  grpc::Status StreamedUpsertQueues(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::UpsertQueuesRequest, v1::UpsertQueuesResponse>* streamer)
      override;
  grpc::Status StreamedListQueues(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::ListQueuesRequest, v1::ListQueuesResponse>* streamer) override;

 private:
  storage::RosterStore* const store_;
  CallGuard* const guard_;
};

}  // namespace kpid::server
