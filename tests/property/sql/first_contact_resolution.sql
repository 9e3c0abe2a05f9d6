-- ask
-- No other inbound contact of the customer, in another conversation, within 48 h of the end.
SELECT 100.0 * count(*) FILTER (WHERE NOT repeated) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM (SELECT base.*,
               EXISTS (SELECT FROM contacts AS later
                         WHERE later.customer = base.customer AND later.inbound
                           AND later.conversation <> base.conversation
                           AND (later.arrive, later.row_key) > (base.arrive, base.row_key)
                           AND later.arrive BETWEEN base.ended
                                            AND base.ended + duration(48 * 3600)) AS repeated
          FROM asked AS base, known
          WHERE base.inbound AND base.outcome = 'handled' AND base.customer IS NOT NULL
            AND base.ended + duration(48 * 3600) <= known.until) AS bases
-- ask window=15m same_queue=true include_immature=true
SELECT 100.0 * count(*) FILTER (WHERE NOT repeated) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM (SELECT base.*,
               EXISTS (SELECT FROM contacts AS later
                         WHERE later.customer = base.customer AND later.inbound
                           AND later.queue IS NOT DISTINCT FROM base.queue
                           AND later.conversation <> base.conversation
                           AND (later.arrive, later.row_key) > (base.arrive, base.row_key)
                           AND later.arrive BETWEEN base.ended
                                            AND base.ended + duration(900)) AS repeated
          FROM asked AS base
          WHERE base.inbound AND base.outcome = 'handled' AND base.customer IS NOT NULL) AS bases
-- ask method=agent_marked window=24h
-- No handled contact before, of the same case, or without a case of the same customer.
SELECT 100.0 * count(*) FILTER (WHERE resolution = 'resolved') / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked
  WHERE outcome = 'handled' AND resolution IN ('resolved', 'unresolved')
    AND NOT EXISTS (SELECT FROM contacts AS earlier
                      WHERE earlier.outcome = 'handled'
                        AND (earlier.arrive, earlier.row_key) < (asked.arrive, asked.row_key)
                        AND earlier.ended + duration(24 * 3600) >= asked.arrive
                        AND CASE WHEN asked.case_id IS NOT NULL
                              THEN earlier.case_id = asked.case_id
                              ELSE earlier.customer = asked.customer END)
-- ask method=survey_confirmed
SELECT 100.0 * count(*) FILTER (WHERE score = 1) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM answers WHERE kind = 'resolution_confirmed'
-- ask method=single_contact_case
-- Cases at their first interaction; those still going on are not judged.
SELECT 100.0 * count(*) FILTER (WHERE contacts_of_case = 1 AND resolution = 'resolved')
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM (SELECT row_key AS of_row,
               rank() OVER (PARTITION BY case_id ORDER BY arrive, row_key) AS place,
               count(*) OVER (PARTITION BY case_id) AS contacts_of_case,
               bool_or(outcome = 'in_progress') OVER (PARTITION BY case_id) AS going_on
          FROM contacts WHERE case_id IS NOT NULL) AS of_case
  JOIN asked ON asked.row_key = of_row
  WHERE place = 1 AND NOT going_on
