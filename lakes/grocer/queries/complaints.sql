-- name: Complaints by department
-- description: What letters complain about and praise in each department, beside what it sold. A department's sales are those of the weeks
--   in which somebody wrote, each counted once.
-- database: gold
WITH weeks AS (
  SELECT
    week,
    department,
    sum(matters) AS matters,
    sum(complaints) AS complaints,
    sum(praises) AS praises,
    sum(amount) AS amount,
    -- The same in each topic of a week.
    max(net_sales) AS net_sales
  FROM weekly_feedback
  GROUP BY week, department
)
SELECT
  department,
  sum(matters) AS matters,
  sum(complaints) AS complaints,
  sum(praises) AS praises,
  sum(amount) AS amount,
  sum(net_sales) AS net_sales
FROM weeks
GROUP BY department
ORDER BY complaints DESC, department
