SELECT
  to_date(t.sold_at) AS day,
  coalesce(p.department, 'UNKNOWN') AS department,
  count(*) AS transactions,
  count(DISTINCT t.basket_id) AS baskets,
  count(DISTINCT t.household_id) AS households,
  sum(t.quantity) AS units,
  sum(t.sales_value + t.retail_discount + t.coupon_match_discount) AS gross_sales,
  sum(t.sales_value) AS net_sales
FROM transactions AS t
LEFT JOIN products AS p ON p.product_id = t.product_id
GROUP BY to_date(t.sold_at), coalesce(p.department, 'UNKNOWN')
