// Reads targets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/target.h"
#include "storage/records.h"
#include "storage/session.h"

namespace kpid::storage {

// Most targets that may hold at some time: every question reads all of them, which bounds that at
// about 100 MB and a second. A centre of 1,000 agents with a target of each for 20 KPIs has 20,000.
inline constexpr int kTargetsMax = 100'000;

// The targets of a committed state.
struct LoadedTargets {
  metrics::TargetSet targets;
  int64_t skipped = 0;  // What ToTarget does not know.
};

// The target in a record; nullopt when this version cannot judge by it: it does not know the KPI,
// a parameter or the statistic, or the record was written past its checks.
std::optional<metrics::Target> ToTarget(const TargetRecord& record);

// Reads all targets but void ones. RESOURCE_EXHAUSTED, reason TOO_MANY_TARGETS, when there are
// more than kTargetsMax, which RecordStore does not let happen.
absl::StatusOr<LoadedTargets> LoadTargets(Session* session, const metrics::CallLimits& limits);

// Targets with id > after, by id, at most `limit`; kpi_id empty: of all KPIs.
absl::StatusOr<std::vector<TargetRecord>> ReadTargets(Session* session, const std::string& after,
                                                      int limit, const std::string& kpi_id,
                                                      const metrics::CallLimits& limits);

// RESOURCE_EXHAUSTED, reason TOO_MANY_TARGETS, when there are more than kTargetsMax. Of several
// transactions that ask, each waits for the end of the one before and sees what it wrote.
// REQUIRES: a transaction, READ COMMITTED, that locks no row afterwards.
absl::Status CheckTargetCount(Session* session, const metrics::CallLimits& limits);

}  // namespace kpid::storage
