-- ask
-- More than one currency has no value.
SELECT CASE WHEN count(DISTINCT currency) <= 1
         THEN sum(micros) / 1e6 / nullif(sum(handled), 0) END AS value,
       sum(handled) AS samples
  FROM costs_and_contacts
-- ask currency=EUR
SELECT coalesce(sum(micros) FILTER (WHERE currency = 'EUR'), 0) / 1e6 / nullif(sum(handled), 0)
         AS value,
       sum(handled) AS samples
  FROM costs_and_contacts
-- cells allocate=by_contacts
SELECT level, CASE level WHEN 3 THEN name END AS queue, CASE level WHEN 4 THEN name END AS team,
       CASE level WHEN 4 THEN day END AS day,
       CASE WHEN count(DISTINCT currency) <= 1
         THEN sum(micros) / 1e6 / nullif(sum(handled), 0) END AS value,
       sum(handled) AS samples
  FROM allocated(by_handle_time => false) GROUP BY 1, 2, 3, 4
-- cells allocate=by_contacts currency=EUR
SELECT level, CASE level WHEN 3 THEN name END AS queue, CASE level WHEN 4 THEN name END AS team,
       CASE level WHEN 4 THEN day END AS day,
       coalesce(sum(micros) FILTER (WHERE currency = 'EUR'), 0) / 1e6 / nullif(sum(handled), 0)
         AS value,
       sum(handled) AS samples
  FROM allocated(by_handle_time => false) GROUP BY 1, 2, 3, 4
-- cells allocate=by_handle_time currency=EUR
SELECT level, CASE level WHEN 3 THEN name END AS queue, CASE level WHEN 4 THEN name END AS team,
       CASE level WHEN 4 THEN day END AS day,
       coalesce(sum(micros) FILTER (WHERE currency = 'EUR'), 0) / 1e6 / nullif(sum(handled), 0)
         AS value,
       sum(handled) AS samples
  FROM allocated(by_handle_time => true) GROUP BY 1, 2, 3, 4
