-- ask
-- More than one currency has no value.
SELECT CASE WHEN count(DISTINCT currency) <= 1 THEN avg(revenue) END AS value,
       count(*) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask currency=EUR
SELECT avg(CASE currency WHEN 'EUR' THEN revenue ELSE 0 END) AS value, count(*) AS samples
  FROM asked WHERE outcome = 'handled'
