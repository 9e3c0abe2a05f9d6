-- cells
SELECT level, queue, team, day,
       100.0 * count(*) FILTER (WHERE met) / nullif(count(met), 0) AS value,
       count(met) AS samples
  FROM judged GROUP BY level, queue, team, day
-- cells weighted=true
SELECT level, queue, team, day,
       100.0 * coalesce(sum(weight_thousandths) FILTER (WHERE met), 0)
         / sum(weight_thousandths) FILTER (WHERE met IS NOT NULL) AS value,
       count(met) AS samples
  FROM judged GROUP BY level, queue, team, day
