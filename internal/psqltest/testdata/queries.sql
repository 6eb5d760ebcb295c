SELECT * FROM customers ORDER BY id;
SELECT * FROM totals ORDER BY customer_id;
SELECT * FROM regions ORDER BY code, sub LIMIT 1 OFFSET 1;
TABLE "Odd Name";
VALUES (1, 'a'), (2, 'b');
SELECT;
\x
SELECT * FROM kinds ORDER BY i2;
\x
\pset null (null)
SELECT id, email, created FROM customers ORDER BY id;
\pset null ''
SELECT * FROM customers \gdesc
SELECT * FROM kinds \gdesc
SELECT 1, 'x', NULL, now(), array[1,2], 1.5, '1 day'::interval \gdesc
BEGIN \gdesc
SELECT name AS who FROM customers WHERE id = 1 \gset
\echo :who
SELECT 'x' AS a, 'y' AS b, 3 AS c UNION ALL SELECT 'x', 'z', 4 ORDER BY 1, 2 \crosstabview
SELECT 'SELECT ' || id || ' AS generated' FROM customers ORDER BY id \gexec
SELECT 1 \; SELECT 2 \; SELECT 3;
\timing on
SELECT 1;
\timing off
\echo :ROW_COUNT :ERROR
SHOW search_path;
SHOW transaction isolation level;
SET timezone = 'Europe/Berlin'; SELECT created FROM customers WHERE id = 1; SHOW timezone; RESET timezone;
\a
\t
SELECT id, name FROM customers ORDER BY id;
\a
\t
SHOW SOURCES;
