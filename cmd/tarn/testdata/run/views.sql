-- Tables, views over them, and what follows from changes.
CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE IF NOT EXISTS users (id int);
INSERT INTO users VALUES (1, 'Ada'), (2, 'Ben'), (3, 'Zoë');
CREATE TABLE payments (id int PRIMARY KEY, who int, amount numeric(10,2), note text);
INSERT INTO payments VALUES (1, 1, 10.5, 'a;b'), (2, 1, 4.5, NULL), (3, 2, 7, 'two
lines');

CREATE MATERIALIZED VIEW totals AS
  SELECT u.name, count(p.id) AS payments, sum(p.amount) AS total
  FROM users u LEFT JOIN payments p ON p.who = u.id
  GROUP BY u.name;
SELECT * FROM totals ORDER BY name;
UPDATE payments SET amount = amount * 2 WHERE who = 1;
DELETE FROM payments WHERE id = 3;
SELECT * FROM totals ORDER BY name;
SELECT 'several' AS one; SELECT 'statements' AS two, true AS a, NULL AS b;
SELECT note FROM payments WHERE id = 1;
SELECT * FROM users WHERE false;
SHOW MATERIALIZED VIEWS;
BEGIN;
INSERT INTO users VALUES (4, 'Dan');
ROLLBACK;
SELECT count(*) FROM users;
DROP TABLE users CASCADE;
