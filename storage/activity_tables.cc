#include "storage/record_tables.h"

namespace kpid::storage {
namespace {

using Activity = AgentActivityRecord;
using Schedule = ScheduledActivityRecord;

constexpr RecordColumn<Activity> kActivityColumns[] = {
    ValueColumn<&Activity::activity_id>("activity_id", ColumnRole::kIdentity),
    ValueColumn<&Activity::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Activity::start>("start_time"),
    ValueColumn<&Activity::end>("end_time"),
    KeyColumn<&Activity::agent_id, DictionaryKind::kAgents>("agent_key"),
    ValueColumn<&Activity::state>("state"),
};

constexpr RecordColumn<Schedule> kScheduleColumns[] = {
    ValueColumn<&Schedule::schedule_id>("schedule_id", ColumnRole::kIdentity),
    ValueColumn<&Schedule::revision>("revision", ColumnRole::kRevision),
    ValueColumn<&Schedule::start>("start_time"),
    ValueColumn<&Schedule::end>("end_time"),
    KeyColumn<&Schedule::agent_id, DictionaryKind::kAgents>("agent_key"),
    ValueColumn<&Schedule::state>("state"),
};

}  // namespace

constinit const RecordTable<AgentActivityRecord> kAgentActivityTable{
    "agent_activities", &Activity::activity_id, kActivityColumns};

constinit const RecordTable<ScheduledActivityRecord> kScheduledActivityTable{
    "scheduled_activities", &Schedule::schedule_id, kScheduleColumns};

}  // namespace kpid::storage
