-- ask
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'nps'
