// The same facts for every demand.
#pragma once

#include <memory>
#include <utility>

#include "metrics/fact_source.h"

namespace kpid::proof {

class FixedFacts final : public metrics::FactSource {
 public:
  explicit FixedFacts(std::shared_ptr<const metrics::FactSnapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand&, const metrics::CallLimits&) override {
    return snapshot_;
  }

 private:
  std::shared_ptr<const metrics::FactSnapshot> snapshot_;
};

}  // namespace kpid::proof
