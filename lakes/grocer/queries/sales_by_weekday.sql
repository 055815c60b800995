-- name: Sales by day of the week
-- description: The average day's sales from Monday (1) to Sunday (7), in UTC. Days on which nothing was sold don't count.
-- database: gold
-- personas: analyst, bi_reader
WITH days AS (
  SELECT day, sum(net_sales) AS net_sales
  FROM daily_department_sales
  GROUP BY day
)
SELECT
  day_of_week(day) AS weekday,
  count(*) AS days,
  round(avg(net_sales), 2) AS net_sales
FROM days
GROUP BY day_of_week(day)
ORDER BY weekday
