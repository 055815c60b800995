-- name: Departments by sales
-- description: The ten departments that brought in the most, and what the store's discounts cost them.
-- database: gold
SELECT
  department,
  sum(transactions) AS transactions,
  sum(units) AS units,
  sum(net_sales) AS net_sales,
  round(100 * (sum(gross_sales) - sum(net_sales)) / sum(gross_sales), 1) AS discount_percent
FROM daily_department_sales
GROUP BY department
HAVING sum(gross_sales) > 0
ORDER BY net_sales DESC
LIMIT 10
