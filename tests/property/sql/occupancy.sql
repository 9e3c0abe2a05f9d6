-- ask
SELECT 100 * coalesce(sum(length) FILTER (WHERE busy), 0)
         / sum(length) FILTER (WHERE works) AS value,
       count(DISTINCT activity) FILTER (WHERE works) AS samples
  FROM moments
