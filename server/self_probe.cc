#include "server/self_probe.h"

#include <utility>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "server/join_text.h"
#include "server/log.h"

namespace kpid::server {

SelfProbe::SelfProbe(Probe probe, std::function<void()> on_dead, Clock* clock,
                     std::chrono::milliseconds interval)
    : probe_(std::move(probe)), on_dead_(std::move(on_dead)) {
  task_ = std::make_unique<PeriodicTask>(clock, interval, [this] { Run(); });
}

void SelfProbe::Run() {
  if (misses_ >= kMissesMax) return;  // on_dead was called.
  if (probe_()) {
    misses_ = 0;
    return;
  }
  ++misses_;
  LogLine(spdlog::level::err, "self_probe_missed").Field("misses", misses_).Write();
  if (misses_ == kMissesMax) on_dead_();
}

bool AnswersAt(const std::string& address, std::chrono::milliseconds timeout) {
  grpc::ChannelArguments arguments;
  // A connection of its own: an old one would work although the listener is dead.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  grpc::health::v1::HealthCheckResponse response;
  return grpc::health::v1::Health::NewStub(channel)
      ->Check(&context, grpc::health::v1::HealthCheckRequest(), &response)
      .ok();
}

std::string ConnectAddress(std::string_view listen, int port) {
  if (listen.starts_with("unix:")) return std::string(listen);
  std::string_view host = listen.substr(0, listen.rfind(':'));
  if (host == "0.0.0.0" || host == "*") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return JoinText(host, ":", port);
}

}  // namespace kpid::server
