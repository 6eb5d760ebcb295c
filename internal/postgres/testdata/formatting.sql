-- to_char of times
SELECT to_char(timestamp '2024-05-06 07:08:09.123456', 'YYYY-MM-DD HH24:MI:SS.US'), to_char(timestamp '2024-05-06 17:08:09', 'HH12:MI AM'), to_char(timestamp '2024-05-06 17:08:09', 'HH:MI pm'), to_char(timestamp '2024-05-06 07:08:09.123', 'MS US SSSS SSSSS');
SELECT to_char(date '2024-05-06', 'Day, DD Month YYYY') || '|', to_char(date '2024-05-06', 'FMDay, FMDD FMMonth YYYY') || '|', to_char(date '2024-05-06', 'DY Dy dy MON Mon mon DAY day MONTH month');
SELECT to_char(date '2024-05-06', 'D ID DD DDD IDDD W WW IW Q CC J RM rm'), to_char(date '2024-12-30', 'IYYY IYY IY I YYY YY Y Y,YYY'), to_char(date '0044-03-15 BC', 'YYYY BC AD B.C. a.d.');
SELECT to_char(date '2024-05-01', 'DDth DDTH FMDDth, MMth'), to_char(date '2024-05-02', 'DDth'), to_char(date '2024-05-03', 'DDth'), to_char(date '2024-05-11', 'DDth'), to_char(date '2024-05-12', 'FMDDth');
SELECT to_char(timestamp '2024-05-06 07:08:09', '"literal" YYYY "with \"quotes\"" HH'), to_char(timestamp '2024-05-06', 'YYYY\YYYY'), to_char(timestamp '2024-05-06', ''), to_char(timestamp '2024-05-06', 'no fields at x');
SELECT to_char(timestamptz '2024-05-06 07:08:09+00', 'TZ tz TZH TZM OF'), to_char(timestamp '2024-05-06', 'TZ') || '|', to_char(timestamp '2024-05-06 07:08:09.987', 'FF1 FF2 FF3 FF4 FF5 FF6');
SELECT to_char(time '12:34:56', 'HH24:MI:SS'), to_char(interval '1 day 26:03:04', 'HH24:MI:SS DD'), to_char(interval '15 months 3 days', 'YYYY MM DD'), to_char(interval '-1 hour', 'HH24:MI');
SELECT to_char(timestamp 'infinity', 'YYYY'), to_char(NULL::timestamp, 'YYYY'), to_char(timestamp '2024-05-06', NULL), to_char(timestamp '12024-05-06', 'YYYY YYYYY');
SELECT to_char(date '2024-05-06', 'TMDay TMMonth'), to_char(timestamp '2024-05-06 00:00', 'HH12 HH24 HH'), to_char(timestamp '2024-05-06 12:00', 'HH12 A.M. P.M. a.m.');
-- to_char of numbers
SELECT to_char(1234.567, '9999.99'), to_char(1234.567, '9,999.999'), to_char(1234.567, '0009999.9'), to_char(-1234.567, '9999.99'), to_char(0.5, '9.9'), to_char(0.5, '0.9'), to_char(0, '9'), to_char(0.1, '99.99');
SELECT to_char(12345, '999'), to_char(12345, '99,999'), to_char(-5, 'S99'), to_char(5, 'S99'), to_char(5, '99S'), to_char(-5, '99MI'), to_char(5, '99MI') || '|', to_char(-5, '99PR'), to_char(5, '99PR') || '|', to_char(5, 'PL99'), to_char(-5, 'SG99');
SELECT to_char(5, 'FM999'), to_char(5, 'FM000'), to_char(5.10, 'FM9.99'), to_char(5.10, 'FM9.00'), to_char(-5, 'FM99'), '|' || to_char(5, '999') || '|', to_char(1e10, '9.99EEEE'), to_char(0.00012, '9.99EEEE'), to_char(123456, '9.9EEEE');
SELECT to_char(5, '9th'), to_char(21, '99th'), to_char(12, '99TH'), to_char(-1, '9th'), to_char(1.5, '9.9th'), to_char(14, 'RN'), to_char(1999, 'FMRN'), to_char(0, 'RN'), to_char(4000, 'RN'), to_char(485, 'FMrn');
SELECT to_char(1234.5, 'L9999.9'), to_char(1234.5, '9G999D9'), to_char(0.45, '99%'), to_char(12, '99V99'), to_char(12.45, '99V9'), to_char(1234, '"num:" 9999'), to_char(148.5, '999D999'), to_char(-0.1, '9.9'), to_char(-0.1, 'FM9.9'), to_char(1234, 'B9999');
SELECT to_char('nan'::float8, '99.9'), to_char('inf'::float8, '99.9'), to_char('nan'::numeric, '9.9EEEE'), to_char(1.5::float4, '9.99'), to_char(123::bigint, '9999'), to_char(1.23456789012345678, '9.99999999999999999'), to_char(NULL::int, '9');
SELECT to_char(1, '9.9.9');
SELECT to_char(1, '9EEEE9');
SELECT to_char(1, 'SPR');
SELECT to_char(1, '');
SELECT to_char('a', '9');
SELECT to_char(true, '9');
SELECT to_char(1);
-- to_number
SELECT to_number('1,234.56', '9,999.99'), to_number('-12', 'S99'), to_number('12-', '99S'), to_number('<12>', '99PR'), to_number('12', '99'), to_number('1234', '99'), to_number(' 12', '999'), to_number('$12.5', 'L99.9'), to_number('12,454.8-', '99G999D9S'), to_number('0.5', '9.9');
SELECT to_number('', '9');
SELECT to_number('x', '9');
SELECT to_number('12', 'RN');
-- to_date, to_timestamp
SELECT to_date('2024-05-06', 'YYYY-MM-DD'), to_date('06 May 2024', 'DD Mon YYYY'), to_date('20240506', 'YYYYMMDD'), to_date('240506', 'YYMMDD'), to_date('05/06/2024', 'MM/DD/YYYY'), to_date('2024-127', 'YYYY-DDD'), to_date('2024-19-1', 'IYYY-IW-ID'), to_date('44-03-15 BC', 'YYYY-MM-DD BC'), to_date('May', 'Mon');
SELECT to_timestamp('2024-05-06 07:08:09', 'YYYY-MM-DD HH24:MI:SS'), to_timestamp('2024-05-06 07:08 PM', 'YYYY-MM-DD HH:MI AM'), to_timestamp('2024', 'YYYY'), to_timestamp('07:08:09.123456', 'HH24:MI:SS.US'), to_timestamp('2024-05-06 12+03', 'YYYY-MM-DD HH24TZH'), to_timestamp('20000-1116', 'YYYY-MMDD');
SELECT to_date('2024-5-6', 'YYYY-MM-DD'), to_date('  2024  5  6 ', 'YYYY MM DD'), to_date('2024/05/06', 'YYYY-MM-DD'), to_date('2024May06', 'YYYYMonDD'), to_date('20240506extra', 'YYYYMMDD'), to_date('95-05-06', 'YY-MM-DD'), to_date('6th of May 2024', 'DDth "of" Month YYYY'), to_date('1', 'Q');
SELECT to_date('2024-13-01', 'YYYY-MM-DD');
SELECT to_date('2024-02-30', 'YYYY-MM-DD');
SELECT to_date('x', 'YYYY');
SELECT to_date('2024-xx-01', 'YYYY-MM-DD');
SELECT to_date('Foo 2024', 'Mon YYYY');
SELECT to_timestamp('25:00', 'HH24:MI');
SELECT to_timestamp('13:00 PM', 'HH:MI AM');
SELECT to_timestamp('12:60', 'HH24:MI');
SELECT to_timestamp('2024 2025', 'YYYY YYYY');
SELECT to_timestamp('2024-19', 'YYYY-IW');
SELECT to_timestamp('2024-05-06', '');
SELECT to_date('', 'YYYY-MM-DD'), to_date(NULL, 'YYYY'), to_date('2024', NULL);
SELECT to_timestamp('1 2', 'D ID');
