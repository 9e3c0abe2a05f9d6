-- ask
SELECT 100.0 * count(*) FILTER (WHERE transferred) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled'
