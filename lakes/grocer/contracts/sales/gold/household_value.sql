WITH bought AS (
  SELECT
    household_id,
    min(to_date(sold_at)) AS first_purchase,
    max(to_date(sold_at)) AS last_purchase,
    count(DISTINCT basket_id) AS baskets,
    sum(sales_value) AS spending,
    sum(retail_discount + coupon_discount + coupon_match_discount) AS discounts
  FROM transactions
  GROUP BY household_id
),
enrolled AS (
  SELECT household_id, count(*) AS campaigns
  FROM campaign_memberships
  WHERE state = 'enrolled'
  GROUP BY household_id
),
redeemed AS (
  SELECT household_id, count(*) AS coupons
  FROM redemptions
  GROUP BY household_id
)
SELECT
  b.household_id,
  b.first_purchase,
  b.last_purchase,
  b.baskets,
  b.spending,
  b.discounts,
  coalesce(e.campaigns, 0) AS campaigns,
  coalesce(r.coupons, 0) AS coupons_redeemed,
  coalesce(h.age, 'UNKNOWN') AS age,
  coalesce(h.income, 'UNKNOWN') AS income,
  coalesce(h.composition, 'UNKNOWN') AS composition
FROM bought AS b
LEFT JOIN enrolled AS e ON e.household_id = b.household_id
LEFT JOIN redeemed AS r ON r.household_id = b.household_id
LEFT JOIN households AS h ON h.household_id = b.household_id
