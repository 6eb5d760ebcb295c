SELECT nope FROM customers;
SELECT nam FROM customers;
SELECT * FROM nosuch;
SELEC 1;
SELECT 1 +;
SELECT 1/0;
SELECT * FROM customers
  WHERE name = 'x'
    AND nope = 1;
SELECT * FROM customers WHERE name = 3;
SELECT foo(1);
SELECT 'abc'::int;
SELECT 'ä€', nope;
SELECT id,;
INSERT INTO customers (id) VALUES (9);
INSERT INTO customers (id, name) VALUES (1, 'x');
INSERT INTO customers (id, name) VALUES ('zz', 'x');
INSERT INTO customers (id, balance) VALUES (9, 1e20);
INSERT INTO nosuch VALUES (1);
INSERT INTO totals VALUES (1);
UPDATE customers SET nope = 1;
DELETE FROM rich;
DROP TABLE nosuch;
DROP TABLE orders;
SET nope = 1;
SHOW nope;
SELECT $1;
SELECT 'customers'::regtype;
SELECT 'nosuch'::regclass;
\set VERBOSITY verbose
SELECT nope FROM customers;
INSERT INTO customers (id, name) VALUES (1, 'x');
\set VERBOSITY terse
SELECT nope FROM customers;
\set VERBOSITY sqlstate
SELECT nope FROM customers;
\echo :SQLSTATE :LAST_ERROR_MESSAGE
\set VERBOSITY default
\errverbose
\set SHOW_CONTEXT always
SELECT name FROM customers GROUP BY id;
SELECT pg_cancel_backend(999999), pg_terminate_backend(999999);
