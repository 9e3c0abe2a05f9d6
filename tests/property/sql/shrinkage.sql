-- ask
SELECT 100 * coalesce(sum(length) FILTER (WHERE state IN ('break', 'meal', 'meeting', 'training')),
                      0)
         / sum(length) FILTER (WHERE logged_in) AS value,
       count(DISTINCT activity) FILTER (WHERE logged_in) AS samples
  FROM moments
