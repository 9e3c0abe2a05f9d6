-- ask window=24h
SELECT 100.0 * count(*) FILTER (WHERE repeated) / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM (SELECT base.*,
               EXISTS (SELECT FROM contacts AS later
                         WHERE later.customer = base.customer AND later.inbound
                           AND later.conversation <> base.conversation
                           AND (later.arrive, later.row_key) > (base.arrive, base.row_key)
                           AND later.arrive BETWEEN base.ended
                                            AND base.ended + duration(24 * 3600)) AS repeated
          FROM asked AS base, known
          WHERE base.inbound AND base.outcome = 'handled' AND base.customer IS NOT NULL
            AND base.ended + duration(24 * 3600) <= known.until) AS bases
