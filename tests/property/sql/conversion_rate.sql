-- ask
SELECT 100.0 * count(*) FILTER (WHERE converted) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask basis=eligible
SELECT 100.0 * count(*) FILTER (WHERE converted) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled' AND conversion_eligible
