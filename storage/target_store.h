// Targets and scorecards, for those who manage them. Safe for concurrent use.
//
// Targets are written by RecordStore, as they are records.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "metrics/call_limits.h"
#include "metrics/scorecard.h"
#include "storage/database.h"
#include "storage/records.h"
#include "storage/roster_store.h"

namespace kpid::storage {

// The definition in a record. FAILED_PRECONDITION, reason KPI_UNKNOWN, metadata kpi_id, when this
// version does not know one of its KPIs (or a parameter of it): without that its total would be
// of something else.
absl::StatusOr<metrics::ScorecardDefinition> ToScorecardDefinition(const ScorecardRecord& record);

class TargetStore {
 public:
  // `database` must outlive the store.
  explicit TargetStore(Database* database) : database_(database) {}

  // Ordered by id (bytewise); entries with id > after. kpi_id (of the catalogue) empty: all.
  absl::StatusOr<RosterPage<TargetRecord>> ListTargets(const std::string& after, int limit,
                                                       const std::string& kpi_id,
                                                       const metrics::CallLimits& limits);

  // Stores all in one transaction, or none; a stored one is replaced as a whole. Ids are unique
  // within a batch (the server checks).
  absl::StatusOr<UpsertOutcome> UpsertScorecards(std::span<const ScorecardRecord> records,
                                                 const metrics::CallLimits& limits);

  // Ordered by id (bytewise); entries with id > after. Without the one that is built in.
  absl::StatusOr<RosterPage<ScorecardRecord>> ListScorecards(const std::string& after, int limit,
                                                             const metrics::CallLimits& limits);

  // The stored one of an id; nullopt when there is none.
  absl::StatusOr<std::optional<ScorecardRecord>> GetScorecard(const std::string& scorecard_id,
                                                              const metrics::CallLimits& limits);

 private:
  Database* database_;
};

}  // namespace kpid::storage
