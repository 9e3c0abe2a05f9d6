-- ask
SELECT avg(response) AS value, count(response) AS samples FROM opened
-- ask statistic=median
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY response) AS value, count(response) AS samples
  FROM opened
