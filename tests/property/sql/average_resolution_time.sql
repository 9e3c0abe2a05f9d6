-- ask
SELECT avg(took) AS value, count(*) AS samples FROM resolved
-- ask resolve=first
SELECT avg(took) AS value, count(*) AS samples FROM first_resolved
-- ask statistic=p90
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY took) AS value, count(*) AS samples
  FROM resolved
