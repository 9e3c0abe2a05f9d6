-- ask
SELECT 100 * coalesce(sum(length) FILTER (WHERE busy), 0)
         / sum(length) FILTER (WHERE logged_in) AS value,
       count(DISTINCT activity) FILTER (WHERE logged_in) AS samples
  FROM moments
-- ask basis=scheduled
SELECT 100 * coalesce(sum(length) FILTER (WHERE busy), 0)
         / sum(length) FILTER (WHERE planned IS NOT NULL) AS value,
       count(DISTINCT plan) AS samples
  FROM moments
