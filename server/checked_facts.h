// Facts for a question that names group types.
#pragma once

#include <memory>

#include "metrics/fact_source.h"

namespace kpid::server {

// Gives the facts of another source, once their roster has every group type that the query names;
// otherwise INVALID_ARGUMENT with GROUP_TYPE_UNKNOWN violations (server/dimension.h): nothing is
// computed then. Safe for concurrent use.
class CheckedFacts final : public metrics::FactSource {
 public:
  // Both must outlive this.
  CheckedFacts(const metrics::Query& query, metrics::FactSource* facts)
      : query_(query), facts_(facts) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override;

 private:
  const metrics::Query& query_;
  metrics::FactSource* const facts_;
};

}  // namespace kpid::server
