-- Every bid with a value from a table beside the stream.
CREATE MATERIALIZED VIEW q13 AS
SELECT b.auction, b.bidder, b.price, b.date_time, s.value
FROM bid AS b
JOIN side_input AS s ON mod(b.auction, 10000) = s.key;
