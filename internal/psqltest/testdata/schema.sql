CREATE TABLE customers (
  id bigint PRIMARY KEY, name text NOT NULL, email varchar(80), balance numeric(12,2) DEFAULT 0, active boolean DEFAULT true,
  created timestamptz, tags text[], doc jsonb
);
CREATE TABLE regions (code char(3), sub int, name text, PRIMARY KEY (code, sub));
CREATE TABLE kinds (
  i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text, v varchar(10), c char(4), b bytea, ok bool, d date, tm time,
  ts timestamp, tz timestamptz, iv interval, u uuid, j json, jb jsonb, ia int[], ta text[]
);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, amount numeric(10,2), placed timestamp);
CREATE TABLE "Odd Name" ("A b" int, "select" text);
CREATE SOURCE clicks (user_id bigint, url text, at timestamptz) WITH (connector = 'kafka', topic = 'clicks') FORMAT PLAIN ENCODE JSON;
CREATE VIEW rich AS SELECT id, name, balance FROM customers WHERE balance > 10;
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(amount) AS total, count(*) AS n FROM orders GROUP BY customer_id;
CREATE MATERIALIZED VIEW big AS SELECT o.id, c.name, o.amount FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.amount > 100;
INSERT INTO customers (id, name, email, balance, created, tags, doc) VALUES
  (1, 'ann', 'a@x', 5.5, '2026-01-02 03:04:05+00', '{a,"b c"}', '{"k": 1}'), (2, 'bob', NULL, 20, NULL, NULL, NULL);
INSERT INTO regions VALUES ('de', 1, 'north'), ('de', 2, 'south');
INSERT INTO orders VALUES (1, 1, 10.5, '2026-01-02 10:00'), (2, 1, 200, '2026-01-03 10:00'), (3, 2, 150.25, NULL);
INSERT INTO kinds VALUES (
  -1, 2, 3, 1.5, 0.1, 12.340, 'text', 'varchar', 'ch', '\x00ff', true, '2026-01-02', '03:04:05.6', '2026-01-02 03:04:05', '2026-01-02 03:04:05+00',
  '1 year 2 days 03:04:05', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" : 1}', '{"b": [1, null]}', '{1,NULL,3}', '{x,"y z"}'
);
INSERT INTO kinds (i4) VALUES (NULL);
