-- ask
SELECT avg(score) AS value, count(*) AS samples
  FROM answers WHERE kind = 'ces'
-- ask method=low_effort low_effort_from=4
SELECT 100.0 * count(*) FILTER (WHERE score >= 4) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'ces'
