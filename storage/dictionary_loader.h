// Reads names and the roster for a snapshot of facts.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/fact_source.h"
#include "metrics/roster.h"
#include "storage/fact_columns.h"
#include "storage/session.h"

namespace kpid::storage {

struct LoadedNames {
  metrics::Dictionaries dictionaries;
  metrics::Roster roster;
  AttributeCodes attributes;
  std::vector<metrics::EmploymentFact> employments;
};

// Names of all agents, queues, groups and currencies, and what else the demand needs:
// attributes, priorities, quality categories, employments.
absl::StatusOr<LoadedNames> LoadNames(Session* session, const metrics::FactDemand& demand,
                                      const metrics::CallLimits& limits);

}  // namespace kpid::storage
