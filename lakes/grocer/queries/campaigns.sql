-- name: Campaigns by take-up
-- description: The campaigns that most of the households which they reached took up, and what those bought meanwhile.
-- database: gold
SELECT
  campaign_id,
  type,
  starts_on,
  ends_on,
  households_reached,
  redeeming_households,
  round(100.0 * redeeming_households / households_reached, 1) AS redeeming_percent,
  redemptions,
  sales
FROM campaign_performance
WHERE households_reached > 0
ORDER BY redeeming_percent DESC, campaign_id
LIMIT 10
