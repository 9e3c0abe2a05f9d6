#include "tests/bench/centre/kpid_peer.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/centre/centre_ingest.h"

namespace kpid::bench {

KpidPeer::KpidPeer(const std::string& address)
    : stub_(v1::QueryService::NewStub(ConnectTo(address))) {}

absl::StatusOr<TimedAnswer> KpidPeer::Ask(const v1::QueryKpisRequest& request, int runs) {
  if (const auto warm_up = Time(request, 1); !warm_up.ok()) return warm_up.status();
  TimedAnswer timed{AnswerOf(last_), {}};
  absl::StatusOr<Timing> timing = Time(request, runs);
  if (!timing.ok()) return timing.status();
  timed.timing = *std::move(timing);
  return timed;
}

absl::StatusOr<Timing> KpidPeer::Time(const v1::QueryKpisRequest& request, int runs) {
  Timing timing;
  for (int run = 0; run < runs; ++run) {
    grpc::ClientContext context;
    const auto begin = std::chrono::steady_clock::now();
    const grpc::Status status = stub_->QueryKpis(&context, request, &last_);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (!status.ok()) return absl::InternalError(status.error_message());
    timing.milliseconds.push_back(took.count());
  }
  return timing;
}

absl::StatusOr<ClientsTiming> KpidPeer::TimeBusy(const v1::QueryKpisRequest& request, int runs) {
  ClientsTiming busy;
  while (busy.timing.milliseconds.size() < static_cast<size_t>(runs)) {
    grpc::ClientContext context;
    const auto begin = std::chrono::steady_clock::now();
    const grpc::Status status = stub_->QueryKpis(&context, request, &last_);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (status.ok()) {
      busy.timing.milliseconds.push_back(took.count());
    } else if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) {
      return absl::InternalError(status.error_message());
    } else if (++busy.refusals >= kRefusalsMax) {
      return absl::ResourceExhaustedError(status.error_message());
    }
  }
  return busy;
}

class EchoServer::Service final : public v1::QueryService::Service {
 public:
  explicit Service(v1::QueryKpisResponse answer) : answer_(std::move(answer)) {}

  grpc::Status QueryKpis(grpc::ServerContext*, const v1::QueryKpisRequest*,
                         v1::QueryKpisResponse* response) override {
    *response = answer_;
    return grpc::Status::OK;
  }

 private:
  const v1::QueryKpisResponse answer_;
};

EchoServer::EchoServer(v1::QueryKpisResponse answer)
    : service_(std::make_unique<Service>(std::move(answer))) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

EchoServer::~EchoServer() { server_->Shutdown(); }

absl::StatusOr<ClientsTiming> TimeClients(const std::string& address,
                                          const v1::QueryKpisRequest& request, int clients,
                                          int runs) {
  std::vector<absl::StatusOr<ClientsTiming>> parts(static_cast<size_t>(clients), ClientsTiming());
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      KpidPeer peer(address);
      parts[static_cast<size_t>(client)] = peer.TimeBusy(request, runs);
    });
  }
  for (std::thread& thread : threads) thread.join();
  ClientsTiming all;
  for (const absl::StatusOr<ClientsTiming>& part : parts) {
    if (!part.ok()) return part.status();
    const std::vector<double>& times = part->timing.milliseconds;
    all.timing.milliseconds.insert(all.timing.milliseconds.end(), times.begin(), times.end());
    all.refusals += part->refusals;
  }
  return all;
}

}  // namespace kpid::bench
