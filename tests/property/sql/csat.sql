-- ask
SELECT 100.0 * count(*) FILTER (WHERE score >= scale_maximum - 1) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'csat'
-- ask satisfied_from=3.5
SELECT 100.0 * count(*) FILTER (WHERE score >= 3.5) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'csat'
