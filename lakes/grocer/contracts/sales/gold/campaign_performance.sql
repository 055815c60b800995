WITH reached AS (
  SELECT c.campaign_id, c.starts_on, c.ends_on, m.household_id
  FROM campaigns AS c
  JOIN campaign_memberships AS m ON m.campaign_id = c.campaign_id
  WHERE m.state = 'enrolled'
),
-- A household's day is in as many campaigns as it was then enrolled in; its lines need to be added up only once.
days AS (
  SELECT household_id, to_date(sold_at) AS day, count(DISTINCT basket_id) AS baskets, sum(sales_value) AS sales
  FROM transactions
  GROUP BY household_id, to_date(sold_at)
),
sold AS (
  SELECT r.campaign_id, sum(d.baskets) AS baskets, sum(d.sales) AS sales
  FROM reached AS r
  JOIN days AS d ON d.household_id = r.household_id AND d.day BETWEEN r.starts_on AND r.ends_on
  GROUP BY r.campaign_id
),
households_reached AS (
  SELECT campaign_id, count(*) AS households
  FROM reached
  GROUP BY campaign_id
),
offered AS (
  SELECT campaign_id, count(*) AS coupons
  FROM coupons
  GROUP BY campaign_id
),
redeemed AS (
  SELECT campaign_id, count(*) AS redemptions, count(DISTINCT household_id) AS households
  FROM redemptions
  GROUP BY campaign_id
)
SELECT
  c.campaign_id,
  c.type,
  c.starts_on,
  c.ends_on,
  coalesce(o.coupons, 0) AS coupons,
  coalesce(h.households, 0) AS households_reached,
  coalesce(r.households, 0) AS redeeming_households,
  coalesce(r.redemptions, 0) AS redemptions,
  coalesce(s.baskets, 0) AS baskets,
  coalesce(s.sales, 0) AS sales
FROM campaigns AS c
LEFT JOIN households_reached AS h ON h.campaign_id = c.campaign_id
LEFT JOIN offered AS o ON o.campaign_id = c.campaign_id
LEFT JOIN redeemed AS r ON r.campaign_id = c.campaign_id
LEFT JOIN sold AS s ON s.campaign_id = c.campaign_id
