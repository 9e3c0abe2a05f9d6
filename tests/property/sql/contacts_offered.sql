-- ask
SELECT count(*) AS value, count(*) AS samples
  FROM asked WHERE inbound AND outcome <> 'abandoned_before_queue'
-- ask include_before_queue=true include_flow_outs=false
SELECT count(*) AS value, count(*) AS samples
  FROM asked WHERE inbound AND outcome <> 'flowed_out'
