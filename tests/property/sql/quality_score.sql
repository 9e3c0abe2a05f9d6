-- ask
SELECT 100 * sum(points) / sum(maximum) AS value, count(maximum) AS samples FROM evaluations
