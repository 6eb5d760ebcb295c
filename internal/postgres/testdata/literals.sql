-- strings
SELECT 'abc';
SELECT '';
SELECT 'it''s';
SELECT 'a' 'b';
SELECT 'a'
'b' AS joined;
SELECT 'a' -- with a comment between
'b'
  'c' AS joined;
SELECT 'a\nb';
SELECT E'a\nb';
SELECT E'tab\there', E'back\\slash', E'quote\'s', E'octal \101', E'hex \x41', E'u \u0041 \U00000042';
SELECT E'\q';
SELECT E'\u00';
SELECT E'\u0000';
SELECT E'\x00';
SELECT E'\000';
SELECT E'\ud83d\ude00';
SELECT E'\ud83d';
SELECT E'\ud83dx';
SELECT E'\ude00';
SELECT E'a' 'b';
SELECT E'a'
'\tb' AS both_escaped;
SELECT 'a'
E'b';
SELECT U&'d\0061t\+000061';
SELECT U&'d!0061t!+000061' UESCAPE '!';
SELECT U&'\\ backslash';
SELECT U&'\006';
SELECT U&'\d83d\de00';
SELECT U&'\d83d';
SELECT U&'x' UESCAPE 'a';
SELECT U&'x' UESCAPE '+';
SELECT U&'x' UESCAPE '''';
SELECT U&'x' UESCAPE '!!';
SELECT $$dollar$$, $tag$with $$ inside$tag$, $a$it's$a$;
SELECT $$a
b$$ AS two_lines;
SELECT $1;
SELECT N'national';
SELECT B'1010', X'1F', B'', b'0';
SELECT B'102';
SELECT X'1G';
SELECT pg_typeof('a'), pg_typeof(B'1'), pg_typeof(NULL), pg_typeof('a'::text);
SELECT 'ünïcödé', '日本語', '😀', 'e' || U&'\0301';
-- numbers
SELECT 0, 1, 42, 007;
SELECT 2147483647, pg_typeof(2147483647);
SELECT 2147483648, pg_typeof(2147483648);
SELECT 9223372036854775807, pg_typeof(9223372036854775807);
SELECT 9223372036854775808, pg_typeof(9223372036854775808);
SELECT -2147483648, pg_typeof(-2147483648);
SELECT -9223372036854775808, pg_typeof(-9223372036854775808);
SELECT 1., .5, 1.50, 0.0, 00.10;
SELECT 1e3, 1E3, 1e+3, 1.5e-3, .5e1, 1.e2;
SELECT pg_typeof(1e3), pg_typeof(1.0), pg_typeof(.5);
SELECT 1e400 > 1e399;
SELECT 1e-400 > 0;
SELECT 1abc;
SELECT 1e;
SELECT 1e+;
SELECT 1.5abc;
SELECT 0x1F;
SELECT 1_000;
SELECT 1..2;
SELECT 1.2.3;
SELECT 123456789012345678901234567890123456789012345678901234567890.12345678901234567890;
SELECT - 1, + 1, - -1, -(-1), +-+1;
SELECT --1
2 AS two;
-- constants by name
SELECT true, false, TRUE, FALSE, NULL, null;
SELECT 't'::bool, 'yes'::bool, 'on'::bool, '1'::bool, ' true '::bool, 'TR'::bool, 'n'::bool, 'of'::bool, 'fal'::bool;
SELECT 'o'::bool;
SELECT ''::bool;
SELECT 'truee'::bool;
SELECT bool 't', boolean 'f';
SELECT unknown;
-- typed literals
SELECT int '42', int4 '42', integer '42', bigint '42', smallint '42', float8 '1.5', real '1.5', numeric '1.50', decimal '1.5';
SELECT int 'x';
SELECT date '2024-02-29', time '12:34:56', timestamp '2024-02-29 12:34:56', interval '1 day 2 hours';
SELECT date '2023-02-29';
SELECT timestamp with time zone '2024-02-29 12:34:56+02', time without time zone '01:02', time with time zone '01:02+01';
SELECT interval '1' year, interval '2' month, interval '3' day, interval '4' hour, interval '5' minute, interval '6' second;
SELECT interval '1-2' year to month, interval '1 02:03:04' day to second, interval '02:03' hour to minute, interval '02:03' minute to second;
SELECT interval(2) '1.23456 seconds', interval '1.23456' second(3);
SELECT interval '1 day' hour;
SELECT text 'a', varchar 'b', varchar(2) 'bcd', char 'xyz', char(2) 'xyz', "char" 'xyz', bpchar 'xyz  ', name 'n';
SELECT character varying 'a', character(3) 'a', national character 'ab';
SELECT numeric(4,1) '3.14159';
SELECT json '{"a": 1}', jsonb '{"b": 1, "a": 2}';
SELECT uuid 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11';
SELECT bytea '\xDEADbeef', bytea 'abc\\\001';
SELECT int[] '{1,2,3}';
SELECT double precision '1e10', dec '7';
SELECT nosuchtype 'a';
SELECT int4(3) '1';
-- identifiers
SELECT 1 AS lower, 1 AS UPPER, 1 AS "UPPER", 1 AS "with space", 1 AS "with""quote";
SELECT 1 AS "";
SELECT 1 AS "unterminated;
";
SELECT 1 AS U&"d\0061t\+000061", 2 AS U&"d!0061t" UESCAPE '!';
SELECT 1 AS a$1, 2 AS _x, 3 AS ä, 4 AS Ä;
SELECT 1 AS abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789ABCDEF;
SELECT 1 "quoted", 2 plain;
SELECT 1 AS select;
SELECT 1 select;
SELECT 1 AS "select";
SELECT 1 year;
SELECT 1 AS year, 2 AS day, 3 AS user;
SELECT 1 over;
SELECT 1 AS over, 2 AS filter;
SELECT 1 'alias';
SELECT 1 AS 'alias';
SELECT `a`;
-- comments
SELECT 1 -- to the end
  + 1 AS two;
SELECT 1 /* inside */ + 1 AS two;
SELECT /* outer /* inner */ still outer */ 3 AS three;
/* before */ SELECT 4 AS four;
SELECT 5--3
AS five;
SELECT 6 -- 'quote
AS six;
SELECT '/* no comment */', '-- none either';
SELECT 10 /* + 5
  - 3 */ / 2 AS five;
-- special characters
SELECT 1 + ;
SELECT ;
SELECT 1,;
SELECT , 1;
SELECT (1;
);
SELECT 1);
SELECT 1 1;
SELECT a b c;
SELEC 1;
SELECT @ -5, |/ 16, ||/ 27, 5 ! ;
SELECT {1};
SELECT 1 ? 2;
