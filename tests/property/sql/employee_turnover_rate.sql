-- ask
SELECT 100 * sum(left_else) / nullif(sum(employed) / cell_seconds(day), 0) AS value,
       count(DISTINCT agent) AS samples
  FROM staff
-- ask annualized=true include_transfers=true
-- Days, and this range, are no whole months.
SELECT 100 * sum(left_else + left_by_transfer) / nullif(sum(employed) / cell_seconds(day), 0)
         * (365.25 * 86400 / cell_seconds(day)) AS value,
       count(DISTINCT agent) AS samples
  FROM staff
