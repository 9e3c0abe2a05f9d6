#include "server/grpc_server.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "server/join_text.h"
#include "server/log.h"

namespace kpid::server {
namespace {

// Largest request headers, in bytes: gRPC's own default, named because errors of ours must fit
// the same limit at the client.
constexpr int kMetadataBytesMax = 8 << 10;

// How long the connections of a server without calls have to go. gRPC closes them once their
// clients have answered a ping, or after 20 s: idle clients may not look at their connections for
// longer than a container has to stop.
constexpr milliseconds kFarewell{1'000};

// How long the self-probe waits for an answer.
constexpr milliseconds kSelfProbeTimeout{2'000};

Admission::Bounds BoundsOf(const Configuration& c) {
  const auto bounds = [&](int64_t running_max) {
    return AdmissionBounds{static_cast<int>(running_max), static_cast<int>(c.call_waiters),
                           c.call_wait};
  };
  Admission::Bounds all;
  all[static_cast<size_t>(CallClass::kIngest)] = bounds(c.ingest_calls);
  all[static_cast<size_t>(CallClass::kQuery)] = bounds(c.query_calls);
  AdmissionBounds& large = all[static_cast<size_t>(CallClass::kLargeQuery)];
  large = bounds(std::min(c.large_query_calls, c.query_calls));
  // Those that wait hold a place among all queries: a quarter is left to small ones.
  const auto large_max = static_cast<int>(c.query_calls - c.query_calls / 4);
  large.waiting_max = std::clamp(large_max - large.running_max, 0, large.waiting_max);
  all[static_cast<size_t>(CallClass::kRoster)] = bounds(c.roster_calls);
  // A stream lives long: waiting for one to end makes no sense.
  all[static_cast<size_t>(CallClass::kStream)] = {static_cast<int>(c.streams), 0, milliseconds(0)};
  all[static_cast<size_t>(CallClass::kWatch)] = {static_cast<int>(c.watchers_max), 0,
                                                 milliseconds(0)};
  return all;
}

CallGuardOptions GuardOptionsOf(const Configuration& c) {
  CallGuardOptions options;
  options.deadline_max = c.deadline_max;
  options.slow_call = c.slow_call;
  options.send_bytes_max = c.send_bytes_max;
  return options;
}

// Watches must not take all processors from queries.
KpiWatchesOptions WatchOptionsOf(const Configuration& c) {
  KpiWatchesOptions options;
  options.watch.threads_max = c.QueryThreads();
  options.watch.bytes_max = std::min<int64_t>(kWatchAnswerBytesMax, c.send_bytes_max);
  options.board.threads = std::max(2, c.QueryThreads() / 2);
  options.board.loading_max = options.board.threads / 2;
  options.board.compute_max = c.deadline_max;
  return options;
}

int ToArgument(milliseconds value) {
  return static_cast<int>(std::min<int64_t>(value.count(), INT_MAX));
}

void SetArguments(const Configuration& c, grpc::ServerBuilder* builder) {
  grpc::ResourceQuota quota("kpid");
  quota.SetMaxThreads(static_cast<int>(c.threads));
  quota.Resize(static_cast<size_t>(c.memory_max));
  builder->SetResourceQuota(quota);
  builder->SetMaxReceiveMessageSize(static_cast<int>(c.receive_bytes_max));
  builder->SetMaxSendMessageSize(static_cast<int>(c.send_bytes_max));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(c.calls_per_connection));
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  // Two servers must not share a port unnoticed.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              ToArgument(c.handshake_timeout));
  if (c.connection_idle > milliseconds(0)) {
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, ToArgument(c.connection_idle));
  }
  if (c.connection_age > milliseconds(0)) {
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, ToArgument(c.connection_age));
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                                ToArgument(c.connection_age_grace));
  }
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, ToArgument(c.keepalive_interval));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ToArgument(c.keepalive_timeout));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              ToArgument(c.client_ping_interval));
}

// Linking reflection gives it to every server of the process; this takes it from one.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins,
                  [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

// Why an address cannot be listened on: gRPC says it in its log only.
std::string WhyNotListening(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos || listen.starts_with("unix:")) return "";
  std::string host = listen.substr(0, colon);
  if (host.starts_with("[") && host.ends_with("]")) host = host.substr(1, host.size() - 2);
  const std::string port = listen.substr(colon + 1);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return gai_strerror(error);
  }
  std::string why;
  const int socket_fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (socket_fd < 0 || bind(socket_fd, found->ai_addr, found->ai_addrlen) != 0) {
    why = std::strerror(errno);
  }
  if (socket_fd >= 0) close(socket_fd);
  freeaddrinfo(found);
  return why;
}

// Without a store nothing is stored.
FindScorecard FindIn(storage::TargetStore* targets) {
  return [targets](const std::string& scorecard_id, const metrics::CallLimits& limits)
             -> absl::StatusOr<std::optional<storage::ScorecardRecord>> {
    if (targets == nullptr) return std::nullopt;
    return targets->GetScorecard(scorecard_id, limits);
  };
}

}  // namespace

GrpcServer::GrpcServer(const Configuration& configuration, ServerDependencies dependencies)
    : dependencies_(std::move(dependencies)),
      admission_(BoundsOf(configuration), dependencies_.clock),
      guard_(GuardOptionsOf(configuration), &admission_, dependencies_.clock, RandomRequestId),
      ingest_service_(dependencies_.store_batch, &guard_),
      roster_service_(dependencies_.roster, &guard_),
      target_service_(dependencies_.store_batch, dependencies_.targets, &guard_),
      watches_(WatchOptionsOf(configuration), dependencies_.facts, dependencies_.resident,
               dependencies_.clock, &guard_),
      query_service_({configuration.QueryThreads()}, dependencies_.facts,
                     FindIn(dependencies_.targets), dependencies_.search, dependencies_.clock,
                     &guard_, dependencies_.resident, &watches_),
      maintenance_service_(dependencies_.resident, dependencies_.clock, &guard_) {}

absl::Status GrpcServer::Listen(const Configuration& configuration) {
  // Also makes the linker keep the health service's descriptor, which reflection shows.
  grpc::health::v1::HealthCheckRequest::descriptor();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  CallsInFlight::FollowBlockingHandlers();
  grpc::ServerBuilder builder;
  if (!configuration.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  SetArguments(configuration, &builder);
  int port = 0;
  builder.AddListeningPort(configuration.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&ingest_service_);
  builder.RegisterService(&roster_service_);
  builder.RegisterService(&target_service_);
  builder.RegisterService(&query_service_);
  builder.RegisterService(&maintenance_service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    const std::string why = WhyNotListening(configuration.listen);
    return absl::FailedPreconditionError(
        JoinText("cannot listen on ", configuration.listen, why.empty() ? "" : ": ", why));
  }
  address_ =
      configuration.listen.starts_with("unix:")
          ? configuration.listen
          : JoinText(configuration.listen.substr(0, configuration.listen.rfind(':')), ":", port);
  health_ = std::make_unique<HealthMonitor>(server_->GetHealthCheckService(), dependencies_.ping,
                                            dependencies_.clock, configuration.health_interval);
  if (configuration.self_probe_interval > milliseconds(0) && dependencies_.on_dead) {
    const std::string connect = ConnectAddress(configuration.listen, port);
    self_probe_ = std::make_unique<SelfProbe>(
        [connect] { return AnswersAt(connect, kSelfProbeTimeout); }, dependencies_.on_dead,
        dependencies_.clock, configuration.self_probe_interval);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Configuration& configuration,
                                                              ServerDependencies dependencies) {
  std::unique_ptr<GrpcServer> server(new GrpcServer(configuration, std::move(dependencies)));
  if (absl::Status status = server->Listen(configuration); !status.ok()) return status;
  return server;
}

GrpcServer::~GrpcServer() {
  Hurry();
  Shutdown(milliseconds(0), milliseconds(0));
}

void GrpcServer::Shutdown(milliseconds drain_delay, milliseconds grace) {
  if (server_ == nullptr) return;
  if (health_ != nullptr) health_->Stop();
  self_probe_.reset();  // It would take what follows for a fault.
  {
    std::unique_lock lock(mutex_);
    hurried_.wait_for(lock, drain_delay, [this] { return hurry_; });
    if (hurry_) grace = milliseconds(0);
  }
  guard_.Drain();
  ingest_service_.Drain();
  watches_.Drain();
  guard_.AwaitEnds(grace);
  server_->Shutdown(std::chrono::system_clock::now() + std::min(grace, kFarewell));
  server_->Wait();
  health_.reset();
  server_.reset();
}

void GrpcServer::Hurry() {
  {
    std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  hurried_.notify_all();
  guard_.Abandon();
}

}  // namespace kpid::server
