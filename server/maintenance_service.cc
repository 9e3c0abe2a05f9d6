#include "server/maintenance_service.h"

#include <chrono>
#include <string>

#include "metrics/error_reason.h"
#include "server/reasons.h"
#include "server/time_conversion.h"
#include "storage/fact_feed.h"

namespace kpid::server {
namespace {

constexpr Method kVerifyFacts = {"kpid.v1.MaintenanceService/VerifyFacts", CallClass::kQuery};

}  // namespace

absl::Status MaintenanceService::Verify(Call& call, const v1::VerifyFactsRequest& /*request*/,
                                        v1::VerifyFactsResponse* response) {
  if (resident_ == nullptr) {
    return metrics::ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                                    "this server holds no facts: resident is false",
                                    {reason::kResidentOff, {}});
  }
  const Clock::TimePoint start = clock_->Now();
  const auto differences = resident_->Verify(call.limits());
  if (!differences.ok()) return differences.status();
  for (const VerifiedDifference& found : *differences) {
    v1::FactDifference* message = response->add_differences();
    message->set_table(found.difference.table);
    if (found.difference.day) message->set_day(storage::DayText(*found.difference.day));
    message->set_found(found.difference.found);
    message->set_expected(found.difference.expected);
    message->set_repaired(found.repaired);
  }
  response->set_fact_count(resident_->Report().size.facts);
  SetDuration(std::chrono::duration_cast<metrics::Duration>(clock_->Now() - start),
              response->mutable_compute_duration());
  call.Count("differences", response->differences_size());
  return absl::OkStatus();
}

grpc::Status MaintenanceService::StreamedVerifyFacts(
    grpc::ServerContext* context,
    grpc::ServerUnaryStreamer<v1::VerifyFactsRequest, v1::VerifyFactsResponse>* streamer) {
  return guard_->RunUnary(
      context, streamer, kVerifyFacts,
      [this](Call& call, const v1::VerifyFactsRequest& request, v1::VerifyFactsResponse* response) {
        return Verify(call, request, response);
      });
}

}  // namespace kpid::server
