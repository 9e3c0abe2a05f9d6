-- What the statements of this folder read: the stored tables with names, times as seconds, and
-- the question's range. Only tables that clients may read are used.

-- One row: what is asked.
CREATE TABLE question (
  range_start timestamptz NOT NULL,
  range_end timestamptz NOT NULL,
  zone text NOT NULL,        -- Of days.
  now_time timestamptz NOT NULL,
  watermark timestamptz NOT NULL  -- Until when activities without end last.
);

CREATE FUNCTION seconds(length interval) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT extract(epoch FROM length)
$$;

CREATE FUNCTION duration(length_seconds integer) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT make_interval(secs => length_seconds)
$$;

-- The agent's team at an instant: a membership in a team wins, then the nearest team above the
-- agent's groups, by their type, then key.
CREATE FUNCTION team_at(agent integer, instant timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  WITH RECURSIVE line AS (
    SELECT g.type AS own_type, g.group_key AS own_key, 0 AS height,
           g.group_id, g.type, g.parent_group_key
      FROM kpid.memberships AS m JOIN kpid.agent_groups AS g USING (group_key)
      WHERE m.agent_key = agent AND m.start_time <= instant
        AND (m.end_time IS NULL OR instant < m.end_time)
    UNION ALL
    SELECT line.own_type, line.own_key, line.height + 1, p.group_id, p.type, p.parent_group_key
      FROM line JOIN kpid.agent_groups AS p ON p.group_key = line.parent_group_key
  )
  SELECT group_id FROM line WHERE type = 'team'
    ORDER BY height > 0, own_type, own_key, height LIMIT 1
$$;

CREATE FUNCTION day_of(instant timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (instant AT TIME ZONE zone)::date FROM question
$$;

-- All interactions.
CREATE VIEW contacts AS
  SELECT i.row_key, c.customer_id AS customer, s.case_id,
         coalesce(v.conversation_id, i.interaction_id) AS conversation,
         q.queue_id AS queue, a.agent_id AS agent,
         team_at(i.agent_key, i.arrive_time) AS team, day_of(i.arrive_time) AS day,
         i.direction = 1 AS inbound,
         (ARRAY['handled', 'abandoned', 'abandoned_before_queue', 'callback_requested',
                'flowed_out', 'in_progress'])[i.outcome] AS outcome,
         (ARRAY['resolved', 'unresolved', 'unknown'])[i.resolution] AS resolution,
         (i.flags & 1) > 0 AS transferred,
         (i.flags & 2) > 0 AS conversion_eligible,
         (i.flags & 4) > 0 AS converted,
         (i.flags & 8) > 0 AS upsell_offered,
         (i.flags & 16) > 0 AS upsell_accepted,
         i.arrive_time AS arrive,
         coalesce(i.end_time, i.answer_time, i.arrive_time) AS ended,
         coalesce(i.first_response_time, i.answer_time) AS responded,
         seconds(i.answer_time - coalesce(i.enqueue_time, i.arrive_time)) AS answered_after,
         seconds(i.end_time - coalesce(i.enqueue_time, i.arrive_time)) AS gave_up_after,
         CASE WHEN i.talk_microseconds IS NOT NULL THEN i.talk_microseconds / 1e6
              WHEN i.answer_time IS NOT NULL AND i.end_time IS NOT NULL
                THEN greatest(0, seconds(i.end_time - i.answer_time)
                                 - coalesce(i.hold_microseconds, 0) / 1e6)
         END AS talk,
         coalesce(i.hold_microseconds, 0) / 1e6 AS hold,
         coalesce(i.wrap_up_microseconds, 0) / 1e6 AS wrap_up,
         coalesce(i.revenue_micros, 0) / 1e6 AS revenue, m.currency_code AS currency
    FROM kpid.interactions AS i
    LEFT JOIN kpid.customers AS c USING (customer_key)
    LEFT JOIN kpid.conversations AS v USING (conversation_key)
    LEFT JOIN kpid.cases AS s USING (case_key)
    LEFT JOIN kpid.queues AS q USING (queue_key)
    LEFT JOIN kpid.agents AS a USING (agent_key)
    LEFT JOIN kpid.currencies AS m USING (currency_key);

-- Those that arrive in the range.
CREATE VIEW asked AS
  SELECT contacts.* FROM contacts, question WHERE range_start <= arrive AND arrive < range_end;

-- Until when what happened is known: the latest arrive stored, or now if that is earlier.
CREATE VIEW known AS
  SELECT least(max(arrive), (SELECT now_time FROM question)) AS until FROM contacts;

-- Surveys, with the dimensions of their interaction where that is stored.
CREATE VIEW surveys AS
  SELECT (ARRAY['csat', 'nps', 'ces', 'resolution_confirmed', 'esat'])[s.kind] AS kind,
         s.score_thousandths / 1e3 AS score,
         s.scale_minimum_thousandths / 1e3 AS scale_minimum,
         s.scale_maximum_thousandths / 1e3 AS scale_maximum,
         coalesce(s.invite_time, s.respond_time) AS invited, s.respond_time AS responded,
         CASE WHEN i.interaction_id IS NULL THEN s.given_agent_key ELSE i.agent_key END
           AS agent_key,
         CASE WHEN i.interaction_id IS NULL THEN s.given_queue_key ELSE i.queue_key END
           AS queue_key
    FROM kpid.survey_responses AS s
    LEFT JOIN kpid.interactions AS i USING (interaction_id);

-- Surveys answered in the range.
CREATE VIEW answers AS
  SELECT surveys.*, queue_id AS queue, team_at(agent_key, responded) AS team,
         day_of(responded) AS day
    FROM surveys CROSS JOIN question LEFT JOIN kpid.queues USING (queue_key)
    WHERE range_start <= responded AND responded < range_end;

-- Surveys sent in the range.
CREATE VIEW invitations AS
  SELECT surveys.*, queue_id AS queue, team_at(agent_key, invited) AS team,
         day_of(invited) AS day
    FROM surveys CROSS JOIN question LEFT JOIN kpid.queues USING (queue_key)
    WHERE range_start <= invited AND invited < range_end;

CREATE FUNCTION day_start(day date) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT day::timestamp AT TIME ZONE zone FROM question
$$;

-- The days of the range, as parts of it.
CREATE MATERIALIZED VIEW days AS
  SELECT day, greatest(day_start(day), range_start) AS day_start,
         least(day_start(day + 1), range_end) AS day_end
    FROM question,
         LATERAL (SELECT day_of(range_start) + number AS day
                    FROM generate_series(0, 4000) AS number
                    WHERE day_start(day_of(range_start) + number) < range_end
                      AND number <= day_of(range_end) - day_of(range_start)) AS all_days
WITH NO DATA;

-- Length in seconds of a day, or, of null, of the whole range.
CREATE FUNCTION cell_seconds(of_day date) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN of_day IS NULL THEN (SELECT seconds(range_end - range_start) FROM question)
              ELSE (SELECT seconds(day_end - days.day_start) FROM days WHERE day = of_day) END
$$;

-- Tickets with names.
CREATE VIEW all_tickets AS
  SELECT t.*, q.queue_id AS queue, seconds(first_response_time - open_time) AS response
    FROM kpid.tickets AS t LEFT JOIN kpid.queues AS q USING (queue_key);

CREATE VIEW opened AS
  SELECT all_tickets.*, team_at(agent_key, open_time) AS team, day_of(open_time) AS day
    FROM all_tickets, question WHERE range_start <= open_time AND open_time < range_end;

CREATE VIEW resolved AS
  SELECT all_tickets.*, team_at(agent_key, last_resolve_time) AS team,
         day_of(last_resolve_time) AS day, seconds(last_resolve_time - open_time) AS took
    FROM all_tickets, question
    WHERE range_start <= last_resolve_time AND last_resolve_time < range_end;

-- As resolved, for the first time, or else the last.
CREATE VIEW first_resolved AS
  SELECT all_tickets.*, team_at(agent_key, resolve_time) AS team, day_of(resolve_time) AS day,
         seconds(resolve_time - open_time) AS took
    FROM all_tickets CROSS JOIN question,
         LATERAL (SELECT coalesce(first_resolve_time, last_resolve_time) AS resolve_time) AS r
    WHERE range_start <= resolve_time AND resolve_time < range_end;

-- Evaluations in the range with their points, of all categories and of the default ones.
CREATE VIEW evaluations AS
  SELECT q.queue_id AS queue, team_at(e.agent_key, evaluate_time) AS team,
         day_of(evaluate_time) AS day, items.*
    FROM kpid.quality_evaluations AS e CROSS JOIN question
    LEFT JOIN kpid.interactions AS i USING (interaction_id)
    LEFT JOIN kpid.queues AS q ON q.queue_key = i.queue_key
    CROSS JOIN LATERAL (
      SELECT CASE WHEN bool_or(failed) THEN 0 ELSE sum(weight * score) END AS points,
             sum(weight * maximum) AS maximum,
             CASE WHEN bool_or(failed) THEN 0 ELSE sum(weight * score) FILTER (WHERE soft) END
               AS soft_points,
             sum(weight * maximum) FILTER (WHERE soft) AS soft_maximum
        FROM (SELECT s::numeric AS score, m::numeric AS maximum, w::numeric AS weight,
                     (f & 2) > 0 AS failed,
                     coalesce(c.category IN ('communication', 'empathy', 'clarity'), false) AS soft
                FROM unnest(item_scores_thousandths, item_maximums_thousandths,
                            item_weights_thousandths, item_flags, item_category_keys)
                       AS item (s, m, w, f, k)
                LEFT JOIN kpid.quality_categories AS c ON c.quality_category_key = k
                WHERE (f & 1) = 0) AS applicable) AS items
    WHERE range_start <= evaluate_time AND evaluate_time < range_end;

-- When agents were employed; all others always.
CREATE VIEW employed AS
  SELECT agent_key, agent_id AS agent,
         tstzrange(day_start(hire_date), day_start(leave_date)) AS employed_in,
         hire_date IS NOT NULL OR leave_date IS NOT NULL AS dated
    FROM kpid.agents WHERE hire_date <= leave_date IS NOT FALSE;

-- Instants at which anything about an agent changes.
CREATE VIEW cuts AS
  SELECT agent_key, cut
    FROM (SELECT agent_key, start_time FROM kpid.agent_activities
          UNION SELECT agent_key, end_time FROM kpid.agent_activities
          UNION SELECT agent_key, start_time FROM kpid.scheduled_activities
          UNION SELECT agent_key, end_time FROM kpid.scheduled_activities
          UNION SELECT agent_key, start_time FROM kpid.memberships
          UNION SELECT agent_key, end_time FROM kpid.memberships
          UNION SELECT agent_key, lower(employed_in) FROM employed
          UNION SELECT agent_key, upper(employed_in) FROM employed
          UNION SELECT agent_key, watermark FROM kpid.agents, question
          UNION SELECT agent_key, day_start FROM kpid.agents, days
          UNION SELECT agent_key, range_end FROM kpid.agents, question) AS changes (agent_key, cut)
    WHERE cut IS NOT NULL;

-- Spans of an agent's time in which nothing changes, with the state and the plan that count.
-- Queues have none.
CREATE MATERIALIZED VIEW all_moments AS
  SELECT a.agent_key, a.agent, span.start, span.until, seconds(span.until - span.start) AS length,
         v.row_key AS activity,
         (ARRAY['available', 'handling', 'wrap_up', 'break', 'meal', 'meeting', 'training',
                'other_productive', 'offline'])[v.state] AS state,
         p.row_key AS plan,
         (ARRAY['work', 'break', 'meal', 'meeting', 'training'])[p.state] AS planned,
         span.start <@ a.employed_in AS employed, a.dated
    FROM (SELECT agent_key, cut AS start,
                 lead(cut) OVER (PARTITION BY agent_key ORDER BY cut) AS until FROM cuts) AS span
    CROSS JOIN question
    JOIN employed AS a USING (agent_key)
    LEFT JOIN LATERAL (
      SELECT * FROM kpid.agent_activities AS v
        WHERE v.agent_key = a.agent_key AND v.start_time <= span.start
          AND span.start < coalesce(v.end_time, watermark)
        ORDER BY v.start_time DESC, v.row_key DESC LIMIT 1) AS v ON true
    LEFT JOIN LATERAL (
      SELECT * FROM kpid.scheduled_activities AS p
        WHERE p.agent_key = a.agent_key AND p.start_time <= span.start AND span.start < p.end_time
          AND span.start <@ a.employed_in
        ORDER BY p.start_time DESC, p.row_key DESC LIMIT 1) AS p ON true
    WHERE span.until IS NOT NULL
WITH NO DATA;

-- Those in the range.
CREATE MATERIALIZED VIEW moments AS
  SELECT m.*, NULL::text AS queue, team_at(agent_key, start) AS team, day_of(start) AS day,
         state IN ('available', 'handling', 'wrap_up') AS works,
         state IN ('handling', 'wrap_up') AS busy,
         state <> 'offline' AS logged_in
    FROM all_moments AS m, question WHERE range_start <= start AND start < range_end
WITH NO DATA;

-- Costs day by day, in whole millionths; a cost of a group is its team's, or that above it.
CREATE FUNCTION cost_before(amount bigint, start_time timestamptz, end_time timestamptz,
                            instant timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN instant <= start_time THEN 0 WHEN instant >= end_time THEN amount
              ELSE floor(amount * (seconds(instant - start_time) * 1000000)
                         / (seconds(end_time - start_time) * 1000000)) END
$$;

CREATE FUNCTION team_of_group(of_group integer) RETURNS text LANGUAGE sql STABLE AS $$
  WITH RECURSIVE line AS (
    SELECT 0 AS height, group_id, type, parent_group_key
      FROM kpid.agent_groups WHERE group_key = of_group
    UNION ALL
    SELECT line.height + 1, p.group_id, p.type, p.parent_group_key
      FROM line JOIN kpid.agent_groups AS p ON p.group_key = line.parent_group_key
  )
  SELECT group_id FROM line WHERE type = 'team' ORDER BY height LIMIT 1
$$;

CREATE VIEW cost_parts AS
  SELECT queue_id AS queue, team_of_group(group_key) AS team, day, currency_code AS currency,
         cost_before(amount_micros, start_time, end_time, day_end)
           - cost_before(amount_micros, start_time, end_time, day_start) AS micros,
         0 AS handled
    FROM kpid.costs
    JOIN days ON start_time < day_end AND end_time > day_start
    JOIN kpid.currencies USING (currency_key) LEFT JOIN kpid.queues USING (queue_key);

-- Costs, and the handled contacts that they are for.
CREATE VIEW costs_and_contacts AS
  SELECT * FROM cost_parts
  UNION ALL
  SELECT queue, team, day, NULL, 0, 1 FROM asked WHERE outcome = 'handled';

-- Employed time in the range, and those who left in it.
CREATE VIEW staff AS
  SELECT NULL::text AS queue, team, day, agent, length AS employed, 0 AS left_by_transfer,
         0 AS left_else
    FROM moments WHERE employed AND dated
  UNION ALL
  SELECT NULL, team_at(agent_key, day_start(leave_date) - interval '1 microsecond'), leave_date,
         NULL, 0, (leave_reason = 'transfer')::int, (leave_reason <> 'transfer')::int
    FROM kpid.agents, question
    WHERE range_start <= day_start(leave_date) AND day_start(leave_date) < range_end;

-- Costs spread day by day, by total (7), queue (3), and team and day (4): a cost that names no
-- queue (or team) goes to those that handled contacts on that day, by their contacts or their
-- handle time, and stays where it is when none did.
CREATE FUNCTION allocated(by_handle_time boolean)
  RETURNS TABLE (level integer, name text, day date, currency text, micros numeric,
                 handled bigint) LANGUAGE sql STABLE AS $$
  WITH contacts_of AS (
    SELECT cell.level, cell.name, asked.day, count(*) AS handled,
           CASE WHEN by_handle_time THEN coalesce(sum(talk + hold + wrap_up), 0)
                ELSE count(*) END AS weight
      FROM asked, LATERAL (VALUES (7, NULL), (3, queue), (4, team)) AS cell (level, name)
      WHERE outcome = 'handled' GROUP BY cell.level, cell.name, asked.day
  ), share_of AS (
    SELECT *, weight / sum(weight) OVER (PARTITION BY contacts_of.level, contacts_of.day) AS share
      FROM contacts_of WHERE weight > 0
  )
  SELECT cell.level, CASE WHEN s.share IS NULL THEN cell.name ELSE s.name END, c.day, c.currency,
         c.micros * coalesce(s.share, 1), 0
    FROM cost_parts AS c
    CROSS JOIN LATERAL (VALUES (7, NULL), (3, c.queue), (4, c.team)) AS cell (level, name)
    LEFT JOIN share_of AS s
      ON cell.name IS NULL AND cell.level <> 7 AND s.level = cell.level AND s.day = c.day
  UNION ALL
  SELECT contacts_of.level, contacts_of.name, contacts_of.day, NULL, 0, contacts_of.handled
    FROM contacts_of
$$;

-- KPIs that have targets; what the statements of this folder give for them, by cell.
CREATE TABLE goal_kpis (
  kpi_id text NOT NULL,
  parameters jsonb NOT NULL,
  statistic text NOT NULL,
  better text NOT NULL,       -- up, down or band.
  is_count boolean NOT NULL,  -- Of nothing it is 0.
  has_queues boolean NOT NULL
);
CREATE TABLE measured (
  kpi_id text NOT NULL,
  parameters jsonb NOT NULL,
  statistic text NOT NULL,
  level integer NOT NULL,
  queue text,
  team text,
  day date,
  value double precision
);

-- How far a group is above another: 0 is the group itself; null when it is not above it.
CREATE FUNCTION height_above(above text, of_group text) RETURNS integer LANGUAGE sql STABLE AS $$
  WITH RECURSIVE line AS (
    SELECT 0 AS height, group_id, parent_group_key FROM kpid.agent_groups WHERE group_id = of_group
    UNION ALL
    SELECT line.height + 1, p.group_id, p.parent_group_key
      FROM line JOIN kpid.agent_groups AS p ON p.group_key = line.parent_group_key
  )
  SELECT height FROM line WHERE group_id = above
$$;

-- Every cell with the instant by which its targets are chosen. What has no queue, or no team, is
-- nobody's and has none.
CREATE VIEW goal_cells AS
  SELECT 7 AS level, NULL AS queue, NULL AS team, NULL::date AS day, range_start AS instant
    FROM question
  UNION ALL
  SELECT DISTINCT 3, queue, NULL, NULL::date, range_start
    FROM measured, question WHERE level = 3 AND queue IS NOT NULL
  UNION ALL
  SELECT 4, NULL, team, days.day, day_start
    FROM (SELECT DISTINCT team FROM measured WHERE level = 4 AND team IS NOT NULL) AS teams, days;

-- The target in force for each cell and KPI, and whether it is met; null: there is no value.
CREATE VIEW judged AS
  SELECT chosen.level, chosen.queue, chosen.team, chosen.day, weight_thousandths,
         CASE better WHEN 'up' THEN v.value >= target_value
                     WHEN 'down' THEN v.value <= target_value
                     ELSE v.value BETWEEN target_value AND band_end_value END AS met
    FROM (SELECT DISTINCT ON (c.level, c.queue, c.team, c.day, k.kpi_id, k.parameters, k.statistic)
                 c.*, k.better, k.is_count, t.*
            FROM goal_cells AS c
            JOIN goal_kpis AS k ON c.level <> 3 OR k.has_queues
            JOIN kpid.targets AS t USING (kpi_id, parameters, statistic)
            WHERE (start_time <= instant) IS NOT FALSE AND (instant < end_time) IS NOT FALSE
              AND (scope = 1 OR scope = 4 AND scope_id = c.queue
                   OR scope = 2 AND height_above(scope_id, c.team) IS NOT NULL)
            ORDER BY c.level, c.queue, c.team, c.day, k.kpi_id, k.parameters, k.statistic,
                     scope = 4 DESC, scope = 2 DESC, height_above(scope_id, c.team),
                     start_time DESC NULLS LAST, target_id DESC) AS chosen
    LEFT JOIN measured AS m
      ON (m.kpi_id, m.parameters, m.statistic, m.level)
           = (chosen.kpi_id, chosen.parameters, chosen.statistic, chosen.level)
     AND (m.queue, m.team, m.day) IS NOT DISTINCT FROM (chosen.queue, chosen.team, chosen.day)
    CROSS JOIN LATERAL (SELECT coalesce(m.value, CASE WHEN is_count THEN 0 END) AS value) AS v
    -- One in another currency is not the matter of the value.
    WHERE currency_code = coalesce(chosen.parameters ->> 'currency', '');
