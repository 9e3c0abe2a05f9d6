-- ask
SELECT avg(answered_after) AS value, count(answered_after) AS samples
  FROM asked WHERE inbound AND outcome = 'handled'
-- ask statistic=p90
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY answered_after) AS value,
       count(answered_after) AS samples
  FROM asked WHERE inbound AND outcome = 'handled'
-- ask statistic=standard_deviation
SELECT stddev_samp(answered_after) AS value, count(answered_after) AS samples
  FROM asked WHERE inbound AND outcome = 'handled'
