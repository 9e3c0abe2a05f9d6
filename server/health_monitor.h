// Keeps the health service (grpc.health.v1) true: SERVING only while the database answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "grpcpp/health_check_service_interface.h"
#include "metrics/call_limits.h"
#include "server/clock.h"
#include "server/periodic_task.h"

namespace kpid::server {

class HealthMonitor {
 public:
  // Asks the database; OK when it answers.
  using Ping = std::function<absl::Status(const metrics::CallLimits&)>;

  // Asks once, then every interval. `health` and `clock` must outlive this. Health is that of
  // the whole server (empty name) and of every service of kpid.
  HealthMonitor(grpc::HealthCheckServiceInterface* health, Ping ping, Clock* clock,
                std::chrono::milliseconds interval);

  // Stops asking.
  ~HealthMonitor();

  // NOT_SERVING from now on.
  void Stop();

  // Asks now. Called by the thread, and by tests.
  void Probe();

 private:
  void Set(bool serving);

  grpc::HealthCheckServiceInterface* const health_;
  const Ping ping_;
  std::mutex mutex_;
  bool stopped_ = false;
  bool serving_ = false;
  std::unique_ptr<PeriodicTask> task_;  // Last: it uses the members above.
};

}  // namespace kpid::server
