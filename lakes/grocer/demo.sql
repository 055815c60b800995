-- The departments that brought in the most, and what discounts cost them.
SELECT
  department,
  sum(transactions) AS transactions,
  sum(units) AS units,
  sum(net_sales) AS net_sales,
  round(100 * (sum(gross_sales) - sum(net_sales)) / sum(gross_sales), 1) AS discount_percent
FROM local_gold.daily_department_sales
GROUP BY department
HAVING sum(gross_sales) > 0
ORDER BY net_sales DESC
LIMIT 10
