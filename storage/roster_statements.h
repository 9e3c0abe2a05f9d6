// SQL of the roster. Values travel as text; times as microseconds since 1970-01-01 UTC.
#pragma once

#include "storage/session.h"

namespace kpid::storage {

// Every change of the roster begins with it and so waits for the one before.
inline constexpr Statement kLockRoster{"lock_roster",
                                       "UPDATE kpid.roster_state SET version = version + 1"};

// Corrects stored agents; a row for each.
inline constexpr Statement kUpdateAgents{
    "update_agents",
    "UPDATE kpid.agents AS stored SET name = given.name, hire_date = given.hire_date,"
    " leave_date = given.leave_date, leave_reason = given.leave_reason"
    " FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[])"
    "  AS given(agent_id, name, hire_date, leave_date, leave_reason)"
    " WHERE stored.agent_id = given.agent_id"
    " AND (stored.name, stored.hire_date, stored.leave_date, stored.leave_reason)"
    " IS DISTINCT FROM (given.name, given.hire_date, given.leave_date, given.leave_reason)"
    " RETURNING 1"};

// Adds agents that are not stored, so that those that are burn no keys; a row for each.
inline constexpr Statement kInsertAgents{
    "insert_agents_of_roster",
    "INSERT INTO kpid.agents AS stored (agent_id, name, hire_date, leave_date, leave_reason)"
    " SELECT agent_id, name, hire_date, leave_date, leave_reason"
    " FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[])"
    "  AS given(agent_id, name, hire_date, leave_date, leave_reason)"
    " WHERE NOT EXISTS (SELECT FROM kpid.agents AS known WHERE known.agent_id = given.agent_id)"
    " ORDER BY agent_id COLLATE \"C\""
    " ON CONFLICT (agent_id) DO UPDATE SET name = excluded.name, hire_date = excluded.hire_date,"
    " leave_date = excluded.leave_date, leave_reason = excluded.leave_reason"
    " RETURNING 1"};

// Corrects stored queues; a row for each.
inline constexpr Statement kUpdateQueues{
    "update_queues",
    "UPDATE kpid.queues AS stored SET name = given.name, channel = given.channel"
    " FROM unnest($1::text[], $2::text[], $3::smallint[]) AS given(queue_id, name, channel)"
    " WHERE stored.queue_id = given.queue_id"
    " AND (stored.name, stored.channel) IS DISTINCT FROM (given.name, given.channel)"
    " RETURNING 1"};

// Adds queues that are not stored; a row for each.
inline constexpr Statement kInsertQueues{
    "insert_queues_of_roster",
    "INSERT INTO kpid.queues AS stored (queue_id, name, channel)"
    " SELECT queue_id, name, channel"
    " FROM unnest($1::text[], $2::text[], $3::smallint[]) AS given(queue_id, name, channel)"
    " WHERE NOT EXISTS (SELECT FROM kpid.queues AS known WHERE known.queue_id = given.queue_id)"
    " ORDER BY queue_id COLLATE \"C\""
    " ON CONFLICT (queue_id) DO UPDATE SET name = excluded.name, channel = excluded.channel"
    " RETURNING 1"};

// All groups and their parents.
inline constexpr Statement kReadGroups{
    "read_groups",
    "SELECT child.group_id, child.type, parent.group_id FROM kpid.agent_groups AS child"
    " LEFT JOIN kpid.agent_groups AS parent ON parent.group_key = child.parent_group_key"};

// Adds groups that are not stored, without parents: those may come in the same batch; a row for
// each.
inline constexpr Statement kInsertGroups{
    "insert_groups",
    "INSERT INTO kpid.agent_groups (group_id, name, type)"
    " SELECT group_id, name, type"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS given(group_id, name, type)"
    " WHERE NOT EXISTS (SELECT FROM kpid.agent_groups AS known"
    "  WHERE known.group_id = given.group_id)"
    " ORDER BY group_id COLLATE \"C\""
    " RETURNING group_id"};

// Corrects stored groups and sets parents; a row for each.
inline constexpr Statement kUpdateGroups{
    "update_groups",
    "UPDATE kpid.agent_groups AS stored SET name = given.name,"
    " parent_group_key = parent.group_key"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS given(group_id, name, parent_group_id)"
    " LEFT JOIN kpid.agent_groups AS parent ON parent.group_id = given.parent_group_id"
    " WHERE stored.group_id = given.group_id"
    " AND (stored.name, stored.parent_group_key)"
    " IS DISTINCT FROM (given.name, parent.group_key)"
    " RETURNING stored.group_id"};

// Adds agents that memberships name.
inline constexpr Statement kInsertMembers{
    "insert_members",
    "INSERT INTO kpid.agents (agent_id) SELECT DISTINCT given.agent_id COLLATE \"C\""
    " FROM unnest($1::text[]) AS given(agent_id)"
    " WHERE NOT EXISTS (SELECT FROM kpid.agents AS known WHERE known.agent_id = given.agent_id)"
    " ORDER BY 1 ON CONFLICT (agent_id) DO NOTHING"};

// All memberships of some agents.
inline constexpr Statement kReadMemberships{
    "read_memberships",
    "SELECT agents.agent_id, agent_groups.group_id,"
    " (extract(epoch FROM start_time) * 1000000)::bigint,"
    " (extract(epoch FROM end_time) * 1000000)::bigint"
    " FROM kpid.memberships JOIN kpid.agents USING (agent_key)"
    " JOIN kpid.agent_groups USING (group_key)"
    " WHERE agents.agent_id = ANY($1::text[])"};

// Inserts memberships or changes their ends; a row for each one written: whether it is new.
inline constexpr Statement kUpsertMemberships{
    "upsert_memberships",
    "INSERT INTO kpid.memberships AS stored (agent_key, group_key, start_time, end_time)"
    " SELECT agent_key, group_key, timestamptz 'epoch' + start_us * interval '1 microsecond',"
    " timestamptz 'epoch' + end_us * interval '1 microsecond'"
    " FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])"
    "  AS given(agent_id, group_id, start_us, end_us)"
    " JOIN kpid.agents USING (agent_id) JOIN kpid.agent_groups USING (group_id)"
    " ON CONFLICT (agent_key, group_key, start_time) DO UPDATE SET end_time = excluded.end_time"
    " WHERE stored.end_time IS DISTINCT FROM excluded.end_time"
    " RETURNING xmax = 0"};

// Agents in the order of their ids, a page.
inline constexpr Statement kListAgents{
    "list_agents",
    "SELECT agent_id, name, hire_date, leave_date, leave_reason FROM kpid.agents"
    " WHERE agent_id > $1 ORDER BY agent_id LIMIT $2::bigint"};

// Groups in the order of their ids, a page.
inline constexpr Statement kListGroups{
    "list_groups",
    "SELECT child.group_id, child.name, child.type, parent.group_id"
    " FROM kpid.agent_groups AS child"
    " LEFT JOIN kpid.agent_groups AS parent ON parent.group_key = child.parent_group_key"
    " WHERE child.group_id > $1 AND ($3 = '' OR child.type = $3)"
    " ORDER BY child.group_id LIMIT $2::bigint"};

// Queues in the order of their ids, a page.
inline constexpr Statement kListQueues{"list_queues",
                                       "SELECT queue_id, name, channel FROM kpid.queues"
                                       " WHERE queue_id > $1 ORDER BY queue_id LIMIT $2::bigint"};

// Memberships in the order of agent, group and start, a page.
inline constexpr Statement kListMemberships{
    "list_memberships",
    "SELECT agents.agent_id, agent_groups.group_id,"
    " (extract(epoch FROM start_time) * 1000000)::bigint,"
    " (extract(epoch FROM end_time) * 1000000)::bigint"
    " FROM kpid.memberships JOIN kpid.agents USING (agent_key)"
    " JOIN kpid.agent_groups USING (group_key)"
    " WHERE (agents.agent_id, agent_groups.group_id, start_time)"
    " > ($1, $2, timestamptz 'epoch' + $3::bigint * interval '1 microsecond')"
    " AND ($5 = '' OR agents.agent_id = $5) AND ($6 = '' OR agent_groups.group_id = $6)"
    " ORDER BY agents.agent_id, agent_groups.group_id, start_time LIMIT $4::bigint"};

}  // namespace kpid::storage
