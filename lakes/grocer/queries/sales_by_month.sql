-- name: Sales by month
-- description: What the stores received in each month, and how many of the shelf prices' dollars they gave away.
-- database: gold
-- personas: analyst, bi_reader
SELECT
  date_trunc('month', day) AS month,
  sum(net_sales) AS net_sales,
  sum(gross_sales) - sum(net_sales) AS discounts
FROM daily_department_sales
GROUP BY date_trunc('month', day)
ORDER BY month
