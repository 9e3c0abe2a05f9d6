-- ask
SELECT 100.0 * count(responded) / nullif(count(*), 0) AS value, count(*) AS samples
  FROM invitations WHERE kind <> 'esat'
-- ask kind=nps
SELECT 100.0 * count(responded) / nullif(count(*), 0) AS value, count(*) AS samples
  FROM invitations WHERE kind = 'nps'
