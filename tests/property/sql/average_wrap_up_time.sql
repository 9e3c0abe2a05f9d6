-- ask
SELECT avg(wrap_up) AS value, count(*) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask statistic=p10
SELECT percentile_disc(0.1) WITHIN GROUP (ORDER BY wrap_up) AS value, count(*) AS samples
  FROM asked WHERE outcome = 'handled'
