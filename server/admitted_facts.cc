#include "server/admitted_facts.h"

#include <utility>

namespace kpid::server {

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> AdmittedFacts::Snapshot(
    const metrics::FactDemand& demand, const metrics::CallLimits& limits) {
  if (!place_ && facts_->EstimateFacts(demand) > kSmallQuestionFactsMax) {
    auto place = guard_->EnterLargeQuery(call_);
    if (!place.ok()) return place.status();
    place_ = *std::move(place);
  }
  return facts_->Snapshot(demand, limits);
}

}  // namespace kpid::server
