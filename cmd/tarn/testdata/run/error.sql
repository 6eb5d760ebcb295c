CREATE TABLE t (a int);

INSERT INTO t
VALUES (1);
SELECT a,
       nosuch + 1
FROM t;
SELECT 'never run';
