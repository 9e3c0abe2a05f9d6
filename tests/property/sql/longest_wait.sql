-- ask
SELECT max(CASE outcome WHEN 'handled' THEN answered_after ELSE gave_up_after END) AS value,
       count(CASE outcome WHEN 'handled' THEN answered_after ELSE gave_up_after END) AS samples
  FROM asked WHERE inbound AND outcome IN ('handled', 'abandoned')
-- ask include_before_queue=true
SELECT max(CASE outcome WHEN 'handled' THEN answered_after ELSE gave_up_after END) AS value,
       count(CASE outcome WHEN 'handled' THEN answered_after ELSE gave_up_after END) AS samples
  FROM asked
  WHERE inbound AND outcome IN ('handled', 'abandoned', 'abandoned_before_queue')
