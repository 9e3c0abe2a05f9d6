// A real server on a loopback port for tests, and what callers see of it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "kpid/v1/ingest_service.grpc.pb.h"
#include "kpid/v1/query_service.grpc.pb.h"
#include "kpid/v1/roster_service.grpc.pb.h"
#include "kpid/v1/target_service.grpc.pb.h"
#include "metrics/fact_source.h"
#include "server/grpc_server.h"

namespace kpid::server {

// Facts as a test gives them.
class FakeFacts final : public metrics::FactSource {
 public:
  using Function = std::function<absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>>(
      const metrics::FactDemand&, const metrics::CallLimits&)>;

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override {
    if (function) return function(demand, limits);
    return metrics::FactSnapshot::Builder().Build();
  }

  int64_t EstimateFacts(const metrics::FactDemand& demand) const override {
    return estimate ? estimate(demand) : 0;
  }

  Function function;  // Null: no facts at all.
  std::function<int64_t(const metrics::FactDemand&)> estimate;  // Null: few.
};

inline Configuration TestConfiguration() {
  Configuration configuration;
  configuration.listen = "127.0.0.1:0";
  configuration.self_probe_interval = milliseconds(0);
  configuration.query_threads = 1;
  return configuration;
}

// The server, a channel to it and stubs.
class TestServer {
 public:
  TestServer(const Configuration& configuration, ServerDependencies dependencies) {
    auto started = GrpcServer::Start(configuration, std::move(dependencies));
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(),
                                         arguments);
    ingest = v1::IngestService::NewStub(channel_);
    query = v1::QueryService::NewStub(channel_);
    roster = v1::RosterService::NewStub(channel_);
    target = v1::TargetService::NewStub(channel_);
  }

  GrpcServer& server() { return *server_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  void Stop() { server_.reset(); }

  std::unique_ptr<v1::IngestService::Stub> ingest;
  std::unique_ptr<v1::QueryService::Stub> query;
  std::unique_ptr<v1::RosterService::Stub> roster;
  std::unique_ptr<v1::TargetService::Stub> target;

 private:
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// One question about March 2026.
inline v1::QueryKpisRequest MarchQuestion(const std::string& kpi = "contacts_offered") {
  v1::QueryKpisRequest request;
  request.add_kpis()->set_id(kpi);
  request.mutable_interval()->mutable_start_time()->set_seconds(1'772'323'200);
  request.mutable_interval()->mutable_end_time()->set_seconds(1'775'001'600);
  return request;
}

}  // namespace kpid::server
