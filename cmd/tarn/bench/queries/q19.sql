-- Each auction's ten highest bids, with their rank.
CREATE MATERIALIZED VIEW q19 AS
SELECT *
FROM (
  SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number
  FROM bid
) AS b
WHERE rank_number <= 10;
