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
