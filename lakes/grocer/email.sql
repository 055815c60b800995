-- An address of a household, which its contract restricts: an analyst may not see it, a privacy officer may.
SELECT email
FROM local_silver.households
ORDER BY email
LIMIT 1
