-- ask
SELECT 100.0 * count(*) FILTER (WHERE outcome = 'handled' AND answered_after <= 20)
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE inbound AND outcome NOT IN ('abandoned_before_queue', 'in_progress')
-- ask threshold=60s abandoned_as=ignore
SELECT 100.0 * count(*) FILTER (WHERE outcome = 'handled' AND answered_after <= 60)
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked
  WHERE inbound AND outcome NOT IN ('abandoned_before_queue', 'in_progress')
    AND (outcome = 'abandoned' AND gave_up_after <= 60) IS NOT TRUE
-- ask threshold=5s abandoned_as=positive include_before_queue=true include_flow_outs=false
SELECT 100.0 * count(*) FILTER (WHERE CASE outcome
                                        WHEN 'handled' THEN answered_after <= 5
                                        WHEN 'abandoned' THEN gave_up_after <= 5
                                        WHEN 'abandoned_before_queue' THEN gave_up_after <= 5
                                      END)
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE inbound AND outcome NOT IN ('flowed_out', 'in_progress')
