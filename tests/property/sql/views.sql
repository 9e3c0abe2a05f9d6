-- What the statements of this folder read: the stored tables with names, times as seconds, and
-- the question's range. Only tables that clients may read are used.

-- One row: what is asked.
CREATE TABLE question (
  range_start timestamptz NOT NULL,
  range_end timestamptz NOT NULL,
  zone text NOT NULL,        -- Of days.
  now_time timestamptz NOT NULL
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
