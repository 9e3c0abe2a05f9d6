-- ask
SELECT avg(hold) AS value, count(*) AS samples
  FROM asked WHERE outcome = 'handled'
