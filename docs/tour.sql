-- The tour of the README over tables alone: tarn run docs/tour.sql
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, city text);
INSERT INTO customers VALUES (1, 'Ada', 'Bern'), (2, 'Ben', 'Basel'), (3, 'Cleo', 'Bern');
CREATE TABLE orders (id bigint PRIMARY KEY, customer int, amount numeric(10,2));

-- A join, an outer join with an aggregate, and a top-k over the second.
CREATE MATERIALIZED VIEW named_orders AS
  SELECT o.id, c.name, o.amount FROM orders o JOIN customers c ON c.id = o.customer;
CREATE MATERIALIZED VIEW spending AS
  SELECT c.id, c.name, count(o.id) AS orders, coalesce(sum(o.amount), 0) AS spent
  FROM customers c LEFT JOIN orders o ON o.customer = c.id
  GROUP BY c.id, c.name;
CREATE MATERIALIZED VIEW best_customers AS
  SELECT name, spent FROM spending ORDER BY spent DESC, name LIMIT 2;

-- The views follow every change.
INSERT INTO orders VALUES (1, 1, 10.50), (2, 2, 7), (3, 1, 4.50);
SELECT * FROM named_orders ORDER BY id;
SELECT * FROM spending ORDER BY id;
UPDATE orders SET amount = 30 WHERE id = 2;
DELETE FROM orders WHERE id = 1;
SELECT * FROM best_customers ORDER BY spent DESC;

-- Wrong input keeps one row out of a view, and is kept itself.
CREATE MATERIALIZED VIEW shares AS SELECT id, 100 / (id - 2) AS share FROM customers;
SELECT * FROM shares ORDER BY id;
SELECT object, "row", code, error FROM tarn.errors;
DELETE FROM customers WHERE id = 2;
SELECT count(*) FROM tarn.errors;

-- How a view is kept.
EXPLAIN SELECT city, count(*) FROM customers GROUP BY city;
