-- ask
-- More than one scale has no mean.
SELECT CASE WHEN count(DISTINCT (scale_minimum, scale_maximum)) = 1 THEN avg(score) END AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'csat'
