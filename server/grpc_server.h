// The gRPC server: services, limits, health, and the order of its shutdown.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/server.h"
#include "metrics/fact_source.h"
#include "server/admission.h"
#include "server/call_guard.h"
#include "server/clock.h"
#include "server/configuration.h"
#include "server/health_monitor.h"
#include "server/ingest_service.h"
#include "server/kpi_watches.h"
#include "server/maintenance_service.h"
#include "server/query_service.h"
#include "server/resident_store.h"
#include "server/roster_service.h"
#include "server/self_probe.h"
#include "server/target_service.h"
#include "storage/roster_store.h"
#include "storage/target_store.h"

namespace kpid::server {

// What the services work with. All must outlive the server.
struct ServerDependencies {
  IngestService::StoreBatch store_batch;
  storage::RosterStore* roster = nullptr;
  storage::TargetStore* targets = nullptr;
  metrics::FactSource* facts = nullptr;  // Of all questions.
  ResidentStore* resident = nullptr;     // What `facts` are from, to report on; null: none is held.
  RecordSearch search;
  HealthMonitor::Ping ping;
  Clock* clock = Clock::System();

  // Called once, from another thread, when the server no longer accepts connections.
  std::function<void()> on_dead;
};

// Safe for concurrent use. Destroying it without Shutdown ends all calls at once.
class GrpcServer {
 public:
  // Starts serving; calls are answered when it returns. FAILED_PRECONDITION when the address
  // cannot be listened on, for example because another process does.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Configuration& configuration,
                                                           ServerDependencies dependencies);
  ~GrpcServer();

  // Where it listens, with the port that was given to port 0: "127.0.0.1:50051".
  const std::string& address() const { return address_; }

  // In order: health says NOT_SERVING; `drain_delay` for balancers to see it; new calls are
  // refused and streams are ended (what they have received is stored and acknowledged); calls
  // at work may go on for `grace`, then they are cancelled. Returns when all have ended; clients
  // that only stay connected are not waited for.
  void Shutdown(milliseconds drain_delay, milliseconds grace);

  // Makes Shutdown, running or to come, skip its waits and cancel calls at work.
  void Hurry();

 private:
  GrpcServer(const Configuration& configuration, ServerDependencies dependencies);
  absl::Status Listen(const Configuration& configuration);

  ServerDependencies dependencies_;
  Admission admission_;
  CallGuard guard_;
  IngestService ingest_service_;
  RosterService roster_service_;
  TargetService target_service_;
  KpiWatches watches_;
  QueryService query_service_;
  MaintenanceService maintenance_service_;
  std::string address_;

  std::mutex mutex_;
  std::condition_variable hurried_;
  bool hurry_ = false;

  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HealthMonitor> health_;
  std::unique_ptr<SelfProbe> self_probe_;
};

}  // namespace kpid::server
