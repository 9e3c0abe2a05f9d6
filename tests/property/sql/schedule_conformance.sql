-- ask
SELECT 100 * coalesce(sum(length) FILTER (WHERE works), 0)
         / sum(length) FILTER (WHERE planned = 'work') AS value,
       count(DISTINCT plan) FILTER (WHERE planned = 'work') AS samples
  FROM moments
