-- ask
SELECT avg(talk) AS value, count(talk) AS samples
  FROM asked WHERE outcome = 'handled'
-- ask statistic=maximum
SELECT max(talk) AS value, count(talk) AS samples
  FROM asked WHERE outcome = 'handled'
