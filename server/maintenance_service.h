// kpid.v1.MaintenanceService.
#pragma once

#include "absl/status/status.h"
#include "kpid/v1/maintenance_service.grpc.pb.h"
#include "server/call_guard.h"
#include "server/clock.h"
#include "server/resident_store.h"

namespace kpid::server {

using MaintenanceServiceBase =
    v1::MaintenanceService::WithStreamedUnaryMethod_VerifyFacts<v1::MaintenanceService::Service>;

// Safe for concurrent use. Its calls compete with questions for admission.
class MaintenanceService final : public MaintenanceServiceBase {
 public:
  // All must outlive this; `resident` is null when no facts are held.
  MaintenanceService(ResidentStore* resident, Clock* clock, CallGuard* guard)
      : resident_(resident), clock_(clock), guard_(guard) {}

  // What the method does, inside the guard.
  absl::Status Verify(Call& call, const v1::VerifyFactsRequest& request,
                      v1::VerifyFactsResponse* response);

  grpc::Status StreamedVerifyFacts(
      grpc::ServerContext* context,
      grpc::ServerUnaryStreamer<v1::VerifyFactsRequest, v1::VerifyFactsResponse>* streamer)
      override;

 private:
  ResidentStore* const resident_;
  Clock* const clock_;
  CallGuard* const guard_;
};

}  // namespace kpid::server
