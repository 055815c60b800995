-- name: Households by age group
-- description: What the households of an age group spend in a year, and how they take to campaigns; of those who told their age.
-- database: gold
SELECT
  age,
  count(*) AS households,
  round(avg(spending), 2) AS average_spending,
  round(avg(baskets), 1) AS average_baskets,
  sum(coupons_redeemed) AS coupons_redeemed
FROM household_value
WHERE age <> 'UNKNOWN'
GROUP BY age
ORDER BY age
