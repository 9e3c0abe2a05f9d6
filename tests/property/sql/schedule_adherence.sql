-- ask
SELECT 100 * coalesce(sum(length) FILTER (WHERE CASE planned WHEN 'work' THEN works
                                                  ELSE state = planned END), 0)
         / sum(length) AS value,
       count(DISTINCT plan) AS samples
  FROM moments WHERE planned IS NOT NULL
-- ask tolerance=15m
-- Deviations that follow each other without a gap are one: gaps and islands.
SELECT 100 * coalesce(sum(length) FILTER (WHERE matches OR deviation <= 900), 0)
         / sum(length) AS value,
       count(DISTINCT plan) AS samples
  FROM (SELECT judged.*, team_at(agent_key, start) AS team, NULL::text AS queue,
               day_of(start) AS day,
               sum(length) OVER (PARTITION BY agent_key, matches, island) AS deviation
          FROM (SELECT steps.*, sum(begins::int) OVER (PARTITION BY agent_key ORDER BY start)
                         AS island
                  FROM (SELECT m.*,
                               lag(until) OVER by_time IS DISTINCT FROM start
                                 OR lag(matches) OVER by_time <> matches AS begins
                          FROM (SELECT *, coalesce(CASE planned
                                                     WHEN 'work' THEN state IN ('available',
                                                                                'handling',
                                                                                'wrap_up')
                                                     ELSE state = planned END, false) AS matches
                                  FROM all_moments WHERE planned IS NOT NULL) AS m
                          WINDOW by_time AS (PARTITION BY agent_key ORDER BY start)) AS steps
               ) AS judged) AS whole, question
  WHERE range_start <= start AND start < range_end
