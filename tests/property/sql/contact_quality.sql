-- ask
SELECT 100 * sum(soft_points) FILTER (WHERE soft_maximum > 0) / sum(soft_maximum) AS value,
       count(soft_maximum) AS samples
  FROM evaluations
