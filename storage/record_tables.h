// The tables of records.
#pragma once

#include "storage/record_table.h"
#include "storage/records.h"

namespace kpid::storage {

extern const RecordTable<InteractionRecord> kInteractionTable;  // Returns ids that were updated.
extern const RecordTable<AgentActivityRecord> kAgentActivityTable;
extern const RecordTable<ScheduledActivityRecord> kScheduledActivityTable;
extern const RecordTable<TicketRecord> kTicketTable;
extern const RecordTable<CostRecord> kCostTable;
extern const RecordTable<TargetRecord> kTargetTable;

// Stamped; return the interactions of those that were written without a stamp.
extern const RecordTable<SurveyRecord> kSurveyTable;
extern const RecordTable<QualityEvaluationRecord> kQualityEvaluationTable;

}  // namespace kpid::storage
