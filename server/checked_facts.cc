#include "server/checked_facts.h"

#include "server/dimension.h"
#include "server/violation_list.h"

namespace kpid::server {

absl::StatusOr<std::shared_ptr<const metrics::FactSnapshot>> CheckedFacts::Snapshot(
    const metrics::FactDemand& demand, const metrics::CallLimits& limits) {
  auto snapshot = facts_->Snapshot(demand, limits);
  if (!snapshot.ok()) return snapshot;
  ViolationList violations;
  CheckGroupTypes(query_.group_by, query_.filters, (*snapshot)->roster(), root_, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return snapshot;
}

}  // namespace kpid::server
