-- ask
SELECT sum(handled) / (nullif(sum(length), 0) / 3600) AS value, sum(handled) AS samples
  FROM (SELECT queue, team, day, 0 AS handled, length FROM moments WHERE logged_in
        UNION ALL
        SELECT queue, team, day, 1, 0 FROM asked WHERE outcome = 'handled') AS both_kinds
