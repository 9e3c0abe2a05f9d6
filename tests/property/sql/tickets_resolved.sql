-- ask
SELECT count(*) AS value, count(*) AS samples FROM resolved
