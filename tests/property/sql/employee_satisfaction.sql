-- ask
-- Nothing is told of fewer than five.
SELECT CASE WHEN count(*) >= 5
         THEN 100.0 * count(*) FILTER (WHERE score >= scale_maximum - 1) / count(*) END AS value,
       CASE WHEN count(*) >= 5 THEN count(*) ELSE 0 END AS samples
  FROM answers WHERE kind = 'esat'
