// Sends a roster to the server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "client/generator/centre.h"
#include "grpcpp/grpcpp.h"

namespace kpid::client {

// How an upload went; the status and request id of the call that failed.
struct RosterUpload {
  grpc::Status status;
  std::string request_id;
};

// Upserts agents, groups, memberships and queues, in this order, in batches as large as the
// service takes; memberships of one agent stay together. Each call has `timeout`. A server under
// load or restarting is asked again for a while.
RosterUpload UploadRoster(const Centre& centre, const std::shared_ptr<grpc::Channel>& channel,
                          std::chrono::milliseconds timeout);

}  // namespace kpid::client
