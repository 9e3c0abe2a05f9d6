-- ask
SELECT avg(seconds(responded - arrive)) AS value, count(responded) AS samples
  FROM asked WHERE inbound AND outcome <> 'in_progress'
-- ask statistic=median
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds(responded - arrive)) AS value,
       count(responded) AS samples
  FROM asked WHERE inbound AND outcome <> 'in_progress'
