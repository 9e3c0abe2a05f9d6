-- ask
SELECT 100.0 * count(*) FILTER (WHERE outcome = 'abandoned') / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked WHERE inbound AND outcome NOT IN ('abandoned_before_queue', 'in_progress')
-- ask short_abandon=20s include_before_queue=true
SELECT 100.0 * count(*) FILTER (WHERE outcome IN ('abandoned', 'abandoned_before_queue'))
         / nullif(count(*), 0) AS value,
       count(*) AS samples
  FROM asked
  WHERE inbound AND outcome <> 'in_progress'
    AND (outcome IN ('abandoned', 'abandoned_before_queue') AND gave_up_after <= 20) IS NOT TRUE
