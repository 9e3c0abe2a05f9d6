-- ask
SELECT avg(talk + hold + wrap_up) AS value, count(talk) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask statistic=p95
SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY talk + hold + wrap_up) AS value,
       count(talk) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask statistic=standard_deviation
SELECT stddev_samp(talk + hold + wrap_up) AS value, count(talk) AS samples
  FROM asked WHERE outcome = 'handled'
