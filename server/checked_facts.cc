#include "server/checked_facts.h"

#include "server/dimension.h"
#include "server/violation_list.h"

namespace kpid::server {

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> CheckedFacts::Snapshot(
    const metrics::FactDemand& demand, const metrics::CallLimits& limits) {
  auto snapshot = facts_->Snapshot(demand, limits);
  if (!snapshot.ok()) return snapshot;
  if (absl::Status status = Check(**snapshot); !status.ok()) return status;
  return snapshot;
}

absl::StatusOr<std::vector<std::shared_ptr<const metrics::FactSnapshot>>> CheckedFacts::Snapshots(
    std::span<const metrics::FactDemand> demands, const metrics::CallLimits& limits) {
  auto snapshots = facts_->Snapshots(demands, limits);
  if (!snapshots.ok()) return snapshots;
  for (const auto& snapshot : *snapshots) {
    if (absl::Status status = Check(*snapshot); !status.ok()) return status;
  }
  return snapshots;
}

absl::Status CheckedFacts::Check(const metrics::FactSnapshot& snapshot) const {
  ViolationList violations;
  CheckGroupTypes(query_.group_by, query_.filters, snapshot.roster(), root_, &violations);
  return violations.empty() ? absl::OkStatus() : violations.ToStatus();
}

}  // namespace kpid::server
