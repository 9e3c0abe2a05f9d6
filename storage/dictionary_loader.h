// Reads names and the roster for a snapshot of facts.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/fact_snapshot.h"
#include "metrics/roster.h"
#include "storage/fact_columns.h"
#include "storage/session.h"

namespace kpid::storage {

struct LoadedNames {
  metrics::Dictionaries dictionaries;
  metrics::Roster roster;
  AttributeCodes attributes;
};

// Names of all agents, queues, groups and currencies, and of the attributes with these keys.
absl::StatusOr<LoadedNames> LoadNames(Session* session,
                                      const std::vector<std::string>& attribute_keys,
                                      const metrics::CallLimits& limits);

}  // namespace kpid::storage
