// Sends a roster to the server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "client/generator/centre.h"
#include "grpcpp/grpcpp.h"
#include "kpid/v1/target_service.pb.h"

namespace kpid::client {

// How an upload went; the status and request id of the call that failed.
struct RosterUpload {
  grpc::Status status;
  std::string request_id;
};

// Upserts agents, groups, memberships, queues and scorecards, in this order, in batches as large
// as the services take; memberships of one agent stay together. Each call has `timeout`. A server
// under load or restarting is asked again for a while.
RosterUpload UploadRoster(const Centre& centre, const std::shared_ptr<grpc::Channel>& channel,
                          std::chrono::milliseconds timeout);

// Upserts scorecards, all or nothing, with the same patience. *response may be null.
RosterUpload UploadScorecards(const v1::UpsertScorecardsRequest& request,
                              const std::shared_ptr<grpc::Channel>& channel,
                              std::chrono::milliseconds timeout,
                              v1::UpsertScorecardsResponse* response = nullptr);

}  // namespace kpid::client
