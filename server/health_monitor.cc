#include "server/health_monitor.h"

#include <utility>

#include "server/join_text.h"
#include "server/log.h"

namespace kpid::server {
namespace {

// A database that takes longer for a trivial answer is as good as away.
constexpr std::chrono::milliseconds kPingTimeout{1'000};

constexpr const char* kServices[] = {"kpid.v1.IngestService", "kpid.v1.RosterService",
                                     "kpid.v1.TargetService", "kpid.v1.QueryService",
                                     "kpid.v1.MaintenanceService"};

}  // namespace

HealthMonitor::HealthMonitor(grpc::HealthCheckServiceInterface* health, Ping ping, Clock* clock,
                             std::chrono::milliseconds interval)
    : health_(health), ping_(std::move(ping)) {
  // gRPC starts with SERVING, and knows no services until they are named.
  for (const char* service : kServices) health_->SetServingStatus(service, false);
  health_->SetServingStatus(false);
  Probe();
  task_ = std::make_unique<PeriodicTask>(clock, interval, [this] { Probe(); });
}

HealthMonitor::~HealthMonitor() = default;

void HealthMonitor::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  Set(false);
}

void HealthMonitor::Probe() {
  metrics::CallLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kPingTimeout;
  const absl::Status status = ping_(limits);
  std::lock_guard lock(mutex_);
  if (stopped_ || status.ok() == serving_) return;
  Set(status.ok());
  LogLine line(status.ok() ? spdlog::level::info : spdlog::level::err, "health");
  line.Field("status", status.ok() ? "SERVING" : "NOT_SERVING");
  if (!status.ok()) line.Field("error", StdView(status.message()));
  line.Write();
}

void HealthMonitor::Set(bool serving) {
  serving_ = serving;
  health_->SetServingStatus(serving);  // Of all names.
}

}  // namespace kpid::server
