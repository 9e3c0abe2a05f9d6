-- ask
SELECT avg(gave_up_after) AS value, count(gave_up_after) AS samples
  FROM asked WHERE inbound AND outcome = 'abandoned'
-- ask include_before_queue=true statistic=minimum
SELECT min(gave_up_after) AS value, count(gave_up_after) AS samples
  FROM asked WHERE inbound AND outcome IN ('abandoned', 'abandoned_before_queue')
