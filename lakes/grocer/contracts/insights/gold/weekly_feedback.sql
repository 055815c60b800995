WITH told AS (
  SELECT
    to_date(date_trunc('WEEK', happened_on)) AS week,
    coalesce(department, 'UNKNOWN') AS department,
    topic,
    count(*) AS matters,
    count(DISTINCT document_id) AS letters,
    count_if(sentiment = 'negative') AS complaints,
    count_if(sentiment = 'positive') AS praises,
    count_if(wants_reply) AS replies_wanted,
    sum(coalesce(amount, 0)) AS amount
  FROM feedback
  WHERE happened_on IS NOT NULL
  GROUP BY to_date(date_trunc('WEEK', happened_on)), coalesce(department, 'UNKNOWN'), topic
),
sold AS (
  SELECT
    to_date(date_trunc('WEEK', t.sold_at)) AS week,
    coalesce(p.department, 'UNKNOWN') AS department,
    sum(t.sales_value) AS net_sales
  FROM transactions AS t
  LEFT JOIN products AS p ON p.product_id = t.product_id
  GROUP BY to_date(date_trunc('WEEK', t.sold_at)), coalesce(p.department, 'UNKNOWN')
)
SELECT
  told.week,
  told.department,
  told.topic,
  told.matters,
  told.letters,
  told.complaints,
  told.praises,
  told.replies_wanted,
  told.amount,
  sold.net_sales
FROM told
LEFT JOIN sold ON sold.week = told.week AND sold.department = told.department
