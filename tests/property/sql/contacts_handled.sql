-- ask
SELECT count(*) AS value, count(*) AS samples
  FROM asked WHERE outcome = 'handled'
