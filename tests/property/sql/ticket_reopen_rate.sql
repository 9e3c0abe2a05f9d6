-- ask
SELECT 100.0 * count(*) FILTER (WHERE reopen_count > 0) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM resolved
