#include "server/admitted_facts.h"

#include <utility>

namespace kpid::server {

absl::Status AdmittedFacts::Enter(std::span<const metrics::FactDemand> demands) {
  if (place_) return absl::OkStatus();
  int64_t small = kSmallQuestionFactsMax;
  for (const metrics::FactDemand& demand : demands) {
    const int64_t facts = facts_->EstimateFacts(demand);
    if (facts <= small) {
      small -= facts;
      continue;
    }
    auto place = guard_->EnterLargeQuery(call_);
    if (!place.ok()) return place.status();
    place_ = *std::move(place);
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> AdmittedFacts::Snapshot(
    const metrics::FactDemand& demand, const metrics::CallLimits& limits) {
  if (absl::Status status = Enter({&demand, 1}); !status.ok()) return status;
  return facts_->Snapshot(demand, limits);
}

absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> AdmittedFacts::Snapshots(
    std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) {
  if (absl::Status status = Enter(demands); !status.ok()) return status;
  return facts_->Snapshots(demands, limits);
}

}  // namespace kpid::server
