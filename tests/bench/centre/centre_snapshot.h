// The contact centre of the benchmark as facts in memory, without gRPC and PostgreSQL. Codes are
// the numbers in the ids: agent-17 is 17.
#pragma once

#include <memory>

#include "metrics/fact_snapshot.h"
#include "metrics/fact_store.h"
#include "tests/bench/centre/centre_data.h"

namespace kpid::bench {

metrics::InteractionFact ContactFactOf(const CentreData& data, int64_t number);
metrics::SurveyFact SurveyFactOf(const CentreData& data, int64_t number);
metrics::AgentActivityFact StateFactOf(const CentreData& data, int64_t number);
metrics::ScheduledActivityFact PlanFactOf(const CentreData& data, int64_t number);
metrics::TicketFact TicketFactOf(const CentreData& data, int64_t number);

// All of them, named by their ids.
std::shared_ptr<const metrics::FactSnapshot> SnapshotOf(const CentreData& data);

// The same in a store, to which they came in pieces.
void Fill(const CentreData& data, metrics::FactStore* store);

}  // namespace kpid::bench
