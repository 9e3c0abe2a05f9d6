#include "client/roster_upload.h"

#include <thread>
#include <vector>

#include "client/error_report.h"
#include "client/record_stream.h"
#include "kpid/v1/roster_service.grpc.pb.h"
#include "kpid/v1/target_service.grpc.pb.h"

namespace kpid::client {
namespace {

// What the service takes in one request.
constexpr size_t kBatchMax = 10'000;

// A roster is small: a server that does not take it soon will not.
constexpr int kTriesMax = 8;

// One call, repeated while that may help: upserts are safe to repeat.
template <class Stub, class Request, class Response>
RosterUpload Call(Stub* stub, std::chrono::milliseconds timeout, const Request& request,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  Response* response) {
  const RetryPolicy policy;
  for (int tries = 1;; ++tries) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    response->Clear();
    const grpc::Status status = (stub->*method)(&context, request, response);
    if (status.ok() || !IsWorthRetrying(status) || tries == kTriesMax) {
      return {status, RequestIdOf(context)};
    }
    std::this_thread::sleep_for(RetryDelay(policy, tries, ErrorDetailsOf(status).retry_delay));
  }
}

// Sends items in batches; `belongs` says that an item must not be parted from the one before.
template <class Stub, class Request, class Response, class Item, class Add, class Belongs>
RosterUpload Upload(Stub* stub, std::chrono::milliseconds timeout, const std::vector<Item>& items,
                    Add add, Belongs belongs,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  for (size_t start = 0; start < items.size();) {
    size_t end = std::min(start + kBatchMax, items.size());
    while (end < items.size() && end > start + 1 && belongs(items[end - 1], items[end])) --end;
    Request request;
    for (size_t i = start; i < end; ++i) *add(&request) = items[i];
    Response response;
    const RosterUpload result = Call(stub, timeout, request, method, &response);
    if (!result.status.ok()) return result;
    start = end;
  }
  return {};
}

}  // namespace

RosterUpload UploadScorecards(const v1::UpsertScorecardsRequest& request,
                              const std::shared_ptr<grpc::Channel>& channel,
                              std::chrono::milliseconds timeout,
                              v1::UpsertScorecardsResponse* response) {
  const auto stub = v1::TargetService::NewStub(channel);
  v1::UpsertScorecardsResponse ignored;
  return Call(stub.get(), timeout, request, &v1::TargetService::Stub::UpsertScorecards,
              response == nullptr ? &ignored : response);
}

RosterUpload UploadRoster(const Centre& centre, const std::shared_ptr<grpc::Channel>& channel,
                          std::chrono::milliseconds timeout) {
  using Stub = v1::RosterService::Stub;
  const std::unique_ptr<Stub> stub = v1::RosterService::NewStub(channel);
  const auto alone = [](const auto&, const auto&) { return false; };
  const auto same_agent = [](const v1::Membership& a, const v1::Membership& b) {
    return a.agent_id() == b.agent_id();
  };
  RosterUpload result = Upload(
      stub.get(), timeout, centre.roster_agents,
      [](v1::UpsertAgentsRequest* request) { return request->add_agents(); }, alone,
      &Stub::UpsertAgents);
  if (!result.status.ok()) return result;
  result = Upload(
      stub.get(), timeout, centre.roster_groups,
      [](v1::UpsertAgentGroupsRequest* request) { return request->add_agent_groups(); }, alone,
      &Stub::UpsertAgentGroups);
  if (!result.status.ok()) return result;
  result = Upload(
      stub.get(), timeout, centre.roster_memberships,
      [](v1::UpsertMembershipsRequest* request) { return request->add_memberships(); }, same_agent,
      &Stub::UpsertMemberships);
  if (!result.status.ok()) return result;
  result = Upload(
      stub.get(), timeout, centre.roster_queues,
      [](v1::UpsertQueuesRequest* request) { return request->add_queues(); }, alone,
      &Stub::UpsertQueues);
  if (!result.status.ok() || centre.scorecards.empty()) return result;
  v1::UpsertScorecardsRequest scorecards;
  scorecards.mutable_scorecards()->Assign(centre.scorecards.begin(), centre.scorecards.end());
  return UploadScorecards(scorecards, channel, timeout);
}

}  // namespace kpid::client
