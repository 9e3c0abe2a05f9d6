#include "tests/bench/centre/questions.h"

namespace kpid::bench {
namespace {

// One row for each contact, with all that the questions ask: what somebody would build who wants
// SQL to be fast. The gap leads to the customer's next contact that begins after this one's end;
// contacts of a customer overlap so seldom that the next three are enough to look at.
constexpr char kContacts[] = R"(
CREATE TABLE bench.contacts AS
SELECT i.arrive_time AT TIME ZONE 'UTC' AS arrived, i.end_time AT TIME ZONE 'UTC' AS ended,
  substr(a.agent_id, 7)::int AS agent, (substr(a.agent_id, 7)::int - 1) / 20 + 1 AS team,
  substr(q.queue_id, 7)::int AS queue, i.channel, i.outcome = 1 AS handled,
  i.flags & 1 = 1 AS transferred,
  extract(epoch FROM coalesce(i.answer_time, i.end_time) - i.arrive_time)::int AS wait_s,
  CASE WHEN i.outcome = 1 THEN (i.talk_microseconds / 1000000)::int END AS talk_s,
  CASE WHEN i.outcome = 1 THEN (i.hold_microseconds / 1000000)::int END AS hold_s,
  CASE WHEN i.outcome = 1 THEN (i.wrap_up_microseconds / 1000000)::int END AS wrap_up_s,
  CASE WHEN i.outcome = 1 THEN ((i.talk_microseconds + i.hold_microseconds
    + i.wrap_up_microseconds) / 1000000)::int END AS handle_s,
  extract(epoch FROM (CASE WHEN n1 >= i.end_time THEN n1 WHEN n2 >= i.end_time THEN n2
    ELSE n3 END) - i.end_time)::int AS gap_s,
  CASE WHEN s.kind = 1 THEN (s.score_thousandths / 1000)::smallint END AS csat,
  CASE WHEN s.kind = 2 THEN (s.score_thousandths / 1000)::smallint END AS nps
FROM (SELECT *, lead(arrive_time, 1) OVER contacts_of_customer AS n1,
    lead(arrive_time, 2) OVER contacts_of_customer AS n2,
    lead(arrive_time, 3) OVER contacts_of_customer AS n3
  FROM kpid.interactions
  WINDOW contacts_of_customer AS (PARTITION BY customer_key ORDER BY arrive_time, row_key)) i
JOIN kpid.agents a USING (agent_key) JOIN kpid.queues q USING (queue_key)
LEFT JOIN kpid.survey_responses s ON s.interaction_id = i.interaction_id
ORDER BY i.arrive_time)";

constexpr char kStates[] = R"(
CREATE TABLE bench.states AS
SELECT substr(agent_id, 7)::int AS agent, (substr(agent_id, 7)::int - 1) / 20 + 1 AS team, state,
  date_trunc('day', start_time AT TIME ZONE 'UTC') AS day,
  extract(epoch FROM start_time)::bigint AS begin_s,
  extract(epoch FROM end_time)::bigint AS finish_s,
  extract(epoch FROM end_time - start_time)::int AS seconds
FROM kpid.agent_activities JOIN kpid.agents USING (agent_key) ORDER BY start_time)";

constexpr char kPlans[] = R"(
CREATE TABLE bench.plans AS
SELECT substr(schedule_id, 6)::int AS number, substr(agent_id, 7)::int AS agent,
  (substr(agent_id, 7)::int - 1) / 20 + 1 AS team, state,
  date_trunc('day', start_time AT TIME ZONE 'UTC') AS day,
  extract(epoch FROM start_time)::bigint AS begin_s,
  extract(epoch FROM end_time)::bigint AS finish_s,
  extract(epoch FROM end_time - start_time)::int AS seconds
FROM kpid.scheduled_activities JOIN kpid.agents USING (agent_key) ORDER BY start_time)";

constexpr char kTickets[] = R"(
CREATE TABLE bench.tickets AS
SELECT open_time AT TIME ZONE 'UTC' AS opened, last_resolve_time AT TIME ZONE 'UTC' AS finished
FROM kpid.tickets ORDER BY open_time)";

constexpr char kHorizon[] = R"(
CREATE TABLE bench.horizon AS
SELECT max(arrived) - interval '48 hours' AS mature FROM bench.contacts)";

}  // namespace

// The expression statistics let the planner see how few groups there are; without them it takes
// serial plans four times as slow.
std::vector<std::string> WideTableStatements() {
  return {"CREATE SCHEMA bench",
          kContacts,
          kStates,
          kPlans,
          kTickets,
          kHorizon,
          "CREATE INDEX ON bench.contacts (agent, arrived)",
          "CREATE INDEX ON bench.contacts (arrived)",
          "CREATE INDEX ON bench.states (day)",
          "CREATE INDEX ON bench.plans (day)",
          "CREATE STATISTICS bench.by_day (ndistinct) ON team,"
          " (extract(epoch FROM date_trunc('day', arrived))::bigint) FROM bench.contacts",
          "CREATE STATISTICS bench.by_month (ndistinct) ON team,"
          " (extract(epoch FROM date_trunc('month', arrived))::bigint) FROM bench.contacts",
          "VACUUM ANALYZE bench.contacts",
          "VACUUM ANALYZE bench.states",
          "VACUUM ANALYZE bench.plans",
          "VACUUM ANALYZE bench.tickets",
          "ANALYZE bench.horizon",
          "VACUUM ANALYZE kpid.interactions",
          "VACUUM ANALYZE kpid.survey_responses"};
}

std::vector<std::string> PostgresSettings() {
  return {"SET search_path = bench",
          "SET jit = off",
          "SET work_mem = '256MB'",
          "SET max_parallel_workers_per_gather = 3",
          "SET parallel_tuple_cost = 0.01",
          "SET parallel_setup_cost = 200",
          "SET timezone = 'UTC'"};
}

std::vector<ExportedTable> ExportedTables() {
  return {{"contacts",
           "SELECT arrived, ended, agent, team, queue, channel, handled::int AS handled,"
           " transferred::int AS transferred, wait_s, talk_s, hold_s, wrap_up_s, handle_s, gap_s,"
           " csat, nps FROM bench.contacts ORDER BY arrived",
           "arrived TIME, ended TIME, agent SMALL, team SMALL, queue SMALL, channel SMALL,"
           " handled FLAG, transferred FLAG, wait_s WHOLE, talk_s WHOLE?, hold_s WHOLE?,"
           " wrap_up_s WHOLE?, handle_s WHOLE?, gap_s WHOLE?, csat SMALL?, nps SMALL?"},
          {"states", "SELECT * FROM bench.states ORDER BY day",
           "agent SMALL, team SMALL, state SMALL, day TIME, begin_s LONG, finish_s LONG,"
           " seconds WHOLE"},
          {"plans", "SELECT * FROM bench.plans ORDER BY day",
           "number WHOLE, agent SMALL, team SMALL, state SMALL, day TIME, begin_s LONG,"
           " finish_s LONG, seconds WHOLE"},
          {"tickets", "SELECT * FROM bench.tickets ORDER BY opened", "opened TIME, finished TIME?"},
          {"horizon", "SELECT date_trunc('second', mature) AS mature FROM bench.horizon",
           "mature TIME"}};
}

// FCR at the moment of the question, from the raw tables: what one would write first.
std::string RawWindowSql() {
  return R"(
WITH contacts AS (
  SELECT i.*, lead(i.arrive_time) OVER (PARTITION BY i.customer_key
    ORDER BY i.arrive_time, i.row_key) AS next_arrive
  FROM kpid.interactions i
  WHERE i.arrive_time >= timestamptz '2025-06-01 00:00:00+00'
    AND i.arrive_time < timestamptz '2025-07-03 02:00:00+00')
SELECT g.group_key, date_trunc('day', c.arrive_time AT TIME ZONE 'UTC'), count(*),
  count(*) FILTER (WHERE c.outcome = 1),
  sum(c.talk_microseconds + c.hold_microseconds + c.wrap_up_microseconds)
    FILTER (WHERE c.outcome = 1),
  count(*) FILTER (WHERE c.outcome = 1 AND c.answer_time - c.arrive_time <= interval '20 seconds'),
  count(*) FILTER (WHERE c.outcome = 1
    AND (c.next_arrive IS NULL OR c.next_arrive - c.end_time > interval '48 hours')),
  count(*) FILTER (WHERE s.kind = 1 AND s.score_thousandths >= 4000),
  count(*) FILTER (WHERE s.kind = 2 AND s.score_thousandths >= 9000)
FROM contacts c
JOIN kpid.memberships m ON m.agent_key = c.agent_key AND m.start_time <= c.arrive_time
  AND (m.end_time IS NULL OR m.end_time > c.arrive_time)
JOIN kpid.agent_groups g USING (group_key)
LEFT JOIN kpid.survey_responses s ON s.interaction_id = c.interaction_id
WHERE c.arrive_time < timestamptz '2025-07-01 00:00:00+00' GROUP BY 1, 2)";
}

}  // namespace kpid::bench
