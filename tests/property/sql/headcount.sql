-- ask
SELECT sum(employed) / cell_seconds(day) AS value, count(DISTINCT agent) AS samples FROM staff
