-- ask
SELECT count(*) AS value, count(*) AS samples
  FROM asked WHERE inbound AND outcome = 'abandoned'
-- ask include_before_queue=true
SELECT count(*) AS value, count(*) AS samples
  FROM asked WHERE inbound AND outcome IN ('abandoned', 'abandoned_before_queue')
