#include "tests/bench/centre/centre_ingest.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <semaphore>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kpid/v1/roster_service.grpc.pb.h"

namespace kpid::bench {
namespace {

constexpr int64_t kRecordsPerMessage = 5'000;

// Messages under way: enough that the server never waits for the client.
constexpr int kInFlightMax = 8;

absl::Status ToStatus(const grpc::Status& status, const char* what) {
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, ": ", status.error_message()));
}

using Stream = grpc::ClientReaderWriter<v1::StreamRecordsRequest, v1::StreamRecordsResponse>;

// Writes every `streams`-th block of records, beginning with block `first`.
void WriteBlocks(Stream* stream, const CentreData& data, CentreKind kind, int first, int streams,
                 std::counting_semaphore<>* places) {
  const int64_t count = data.Count(kind);
  int64_t sequence = 0;
  v1::StreamRecordsRequest request;
  for (int64_t block = first; block * kRecordsPerMessage < count; block += streams) {
    request.Clear();
    request.set_sequence(++sequence);
    const int64_t end = std::min(count, (block + 1) * kRecordsPerMessage);
    for (int64_t number = block * kRecordsPerMessage; number < end; ++number) {
      data.Fill(kind, number, request.add_records());
    }
    places->acquire();
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
}

absl::StatusOr<int64_t> SendPart(const std::string& address, const CentreData& data,
                                 CentreKind kind, int first, int streams) {
  const auto stub = v1::IngestService::NewStub(ConnectTo(address));
  grpc::ClientContext context;
  const std::unique_ptr<Stream> stream = stub->StreamRecords(&context);
  std::counting_semaphore<> places(kInFlightMax);
  std::thread writer(WriteBlocks, stream.get(), std::cref(data), kind, first, streams, &places);
  v1::StreamRecordsResponse response;
  int64_t acknowledged = 0;
  int64_t inserted = 0;
  while (stream->Read(&response)) {
    inserted += response.counts().inserted_count();
    places.release(response.acknowledged_sequence() - acknowledged);
    acknowledged = response.acknowledged_sequence();
  }
  places.release(kInFlightMax);  // A broken stream: the writer sees it at its next message.
  writer.join();
  if (absl::Status status = ToStatus(stream->Finish(), "StreamRecords"); !status.ok()) {
    return status;
  }
  return inserted;
}

}  // namespace

std::shared_ptr<grpc::Channel> ConnectTo(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

absl::Status SendRoster(const std::string& address, const CentreData& data) {
  const auto stub = v1::RosterService::NewStub(ConnectTo(address));
  v1::UpsertAgentsRequest agents;
  for (v1::Agent& agent : data.Agents()) agents.add_agents()->Swap(&agent);
  v1::UpsertAgentGroupsRequest groups;
  for (v1::AgentGroup& group : data.Teams()) groups.add_agent_groups()->Swap(&group);
  v1::UpsertMembershipsRequest memberships;
  for (v1::Membership& membership : data.Memberships()) {
    memberships.add_memberships()->Swap(&membership);
  }
  v1::UpsertAgentsResponse agents_answer;
  v1::UpsertAgentGroupsResponse groups_answer;
  v1::UpsertMembershipsResponse memberships_answer;
  grpc::ClientContext first, second, third;
  absl::Status status = ToStatus(stub->UpsertAgents(&first, agents, &agents_answer), "agents");
  if (status.ok()) {
    status = ToStatus(stub->UpsertAgentGroups(&second, groups, &groups_answer), "teams");
  }
  if (status.ok()) {
    status =
        ToStatus(stub->UpsertMemberships(&third, memberships, &memberships_answer), "memberships");
  }
  return status;
}

absl::StatusOr<double> SendRecords(const std::string& address, const CentreData& data,
                                   CentreKind kind, int streams) {
  std::vector<absl::StatusOr<int64_t>> inserted(static_cast<size_t>(streams), 0);
  std::vector<std::thread> threads;
  const auto begin = std::chrono::steady_clock::now();
  for (int first = 0; first < streams; ++first) {
    threads.emplace_back([&, first] {
      inserted[static_cast<size_t>(first)] = SendPart(address, data, kind, first, streams);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  int64_t sum = 0;
  for (const absl::StatusOr<int64_t>& part : inserted) {
    if (!part.ok()) return part.status();
    sum += *part;
  }
  if (sum != data.Count(kind)) {
    return absl::InternalError(absl::StrCat("sent ", data.Count(kind), ", inserted ", sum));
  }
  return static_cast<double>(sum) / took.count();
}

}  // namespace kpid::bench
