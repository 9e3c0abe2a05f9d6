-- ask
SELECT 100.0 * count(*) FILTER (WHERE upsell_accepted) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask basis=offered
SELECT 100.0 * count(*) FILTER (WHERE upsell_accepted) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled' AND upsell_offered
