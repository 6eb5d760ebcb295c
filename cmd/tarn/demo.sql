CREATE SOURCE person (
  id bigint, name text, email_address text, city text, state text, date_time timestamptz
) WITH (connector = 'kafka', topic = 'person') FORMAT PLAIN ENCODE JSON;

CREATE SOURCE auction (
  id bigint, item_name text, initial_bid bigint, reserve bigint,
  date_time timestamptz, expires timestamptz, seller bigint, category bigint
) WITH (connector = 'kafka', topic = 'auction') FORMAT PLAIN ENCODE JSON;

CREATE SOURCE bid (
  auction bigint, bidder bigint, price bigint, channel text, date_time timestamptz
) WITH (connector = 'kafka', topic = 'bid') FORMAT PLAIN ENCODE JSON;

-- How much has happened.
CREATE MATERIALIZED VIEW totals AS
  SELECT count(*) AS bids, count(DISTINCT auction) AS auctions, count(DISTINCT bidder) AS bidders, max(price) AS highest
  FROM bid;

-- What each auction has brought so far; auctions without a bid included.
CREATE MATERIALIZED VIEW auctions AS
  SELECT a.id, a.item_name, a.category, a.seller, count(b.auction) AS bids, max(b.price) AS price
  FROM auction a LEFT JOIN bid b ON b.auction = a.id
  GROUP BY a.id, a.item_name, a.category, a.seller;

-- The ten items that most is bid on.
CREATE MATERIALIZED VIEW hot_items AS
  SELECT id, item_name, bids, price FROM auctions ORDER BY bids DESC, id LIMIT 10;

-- Average and highest price by category.
CREATE MATERIALIZED VIEW category_prices AS
  SELECT category, count(*) AS auctions, round(avg(price), 2) AS average, max(price) AS highest
  FROM auctions WHERE bids > 0 GROUP BY category;

-- Who sells, where from, and what it brought.
CREATE MATERIALIZED VIEW sellers AS
  SELECT p.id, p.name, p.city, count(*) AS auctions, sum(a.price) AS turnover
  FROM auctions a JOIN person p ON p.id = a.seller
  GROUP BY p.id, p.name, p.city;
