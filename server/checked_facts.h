// Facts for a question that names group types.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "metrics/fact_source.h"
#include "server/field_path.h"

namespace kpid::server {

// Gives the facts of another source, once their roster has every group type that the query names;
// otherwise INVALID_ARGUMENT with GROUP_TYPE_UNKNOWN violations (server/dimension.h): nothing is
// computed then. Safe for concurrent use.
class CheckedFacts final : public metrics::FactSource {
 public:
  // All must outlive this. `root`: where in the call's request the query is.
  CheckedFacts(const metrics::Query& query, metrics::FactSource* facts,
               const FieldPath& root = kRequestRoot)
      : query_(query), facts_(facts), root_(root) {}

  absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> Snapshot(
      const metrics::FactDemand& demand, const metrics::CallLimits& limits) override;
  absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> Snapshots(
      std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) override;

 private:
  absl::Status Check(const metrics::FactSnapshot& snapshot) const;

  static inline const FieldPath kRequestRoot = FieldPath::Root();

  const metrics::Query& query_;
  metrics::FactSource* const facts_;
  const FieldPath& root_;
};

}  // namespace kpid::server
