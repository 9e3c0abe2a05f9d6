// Facts for one call, which takes its turn among the large questions if it is one.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "metrics/fact_source.h"
#include "server/call_guard.h"

namespace kpid::server {

// Questions that read more facts than that, or whose facts must be loaded, are large: they take
// some 10 ms of all processors, or memory and connections. Others never wait for them.
inline constexpr int64_t kSmallQuestionFactsMax = 1'000'000;

// Gives the facts of another source. Before the first that are many it takes a place of
// CallClass::kLargeQuery, and has it until it is destroyed; RESOURCE_EXHAUSTED (OVERLOADED) where
// there is none in time. For one call: thread-compatible.
class AdmittedFacts final : public metrics::FactSource {
 public:
  // All must outlive this.
  AdmittedFacts(metrics::FactSource* facts, CallGuard* guard, const Call& call)
      : facts_(facts), guard_(guard), call_(call) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override;

  absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> Snapshots(
      std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) override;

  int64_t EstimateFacts(const metrics::FactDemand& demand) const override {
    return facts_->EstimateFacts(demand);
  }

 private:
  // Takes a place if the demands are large together and there is none yet.
  absl::Status Enter(std::span<const metrics::FactDemand> demands);

  metrics::FactSource* const facts_;
  CallGuard* const guard_;
  const Call& call_;
  std::optional<Admission::Place> place_;
};

}  // namespace kpid::server
