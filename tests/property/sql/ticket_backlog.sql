-- ask
-- Of the whole range that of its last day.
SELECT CASE WHEN grouping(day) = 0 THEN count(*) ELSE count(*) FILTER (WHERE is_last) END AS value,
       CASE WHEN grouping(day) = 0 THEN count(*) ELSE count(*) FILTER (WHERE is_last) END
         AS samples
  FROM (SELECT t.queue, team_at(t.agent_key, day_end) AS team, day, day_end = range_end AS is_last
          FROM all_tickets AS t, days, question
          WHERE open_time < day_end
            AND (last_resolve_time < day_end) IS NOT TRUE
            AND (close_time < day_end) IS NOT TRUE) AS open_tickets
