-- input of dates
SELECT date '2024-01-08', date 'January 8, 2024', date '8 Jan 2024', date '20240108', date '2024-Jan-08', date '08-Jan-2024', date 'Jan-08-2024', date '2024.008', date 'J2451187';
SELECT date '1/8/2024', date '01/18/2024', date '99-01-08';
SELECT date '18/01/2024';
SELECT date '240108', date '2024-1-8', date 'epoch', date 'infinity', date '-infinity', date '0044-03-15 BC', date '10000-01-01', date '99999-12-31';
SELECT date '2024-02-30';
SELECT date '2024-13-01';
SELECT date '2024-00-10';
SELECT date '0000-01-01';
SELECT date 'hello';
SELECT date '';
SELECT date '4714-11-24 BC', date '5874897-12-31';
SELECT date '4714-11-23 BC';
SELECT date '5874898-01-01';
SELECT date '2024-01-08 12:34:56', date '2024-01-08T12:34:56Z', date ' 2024-01-08 ';
-- input of times
SELECT time '04:05:06.789', time '04:05', time '040506', time '04:05 AM', time '04:05 PM', time '12:00 AM', time '12:00 PM', time '24:00', time '23:59:60', time 'allballs';
SELECT time '25:00';
SELECT time '24:00:01';
SELECT time '13:00 PM';
SELECT time '12:60';
SELECT time '04:05:06+02', timetz '04:05:06+02', timetz '04:05:06-08:30', timetz '04:05:06 UTC', timetz '04:05:06 EST';
SELECT time 'x';
-- input of timestamps
SELECT timestamp '2024-01-08 04:05:06', timestamp '2024-01-08T04:05:06', timestamp '2024-01-08', timestamp '20240108T040506', timestamp 'Mon Jan 8 04:05:06 2024', timestamp '2024-01-08 04:05:06.1234567', timestamp '2024-01-08 04:05:06 BC';
SELECT timestamp 'infinity', timestamp '-infinity', timestamp 'epoch', timestamptz 'epoch', timestamptz 'infinity';
SELECT timestamp '2024-01-08 04:05:06+05', timestamptz '2024-01-08 04:05:06+05', timestamptz '2024-01-08 04:05:06 PST', timestamptz '2024-01-08 04:05:06 America/New_York', timestamptz '2024-01-08 04:05:06-03:30', timestamptz '2024-01-08 04:05:06Z';
SELECT timestamptz '2024-01-08 04:05:06 Nowhere/Land';
SELECT timestamp '2024-01-08 24:00:00', timestamp '2024-01-08 23:59:60', timestamp '2024-02-29 00:00:00';
SELECT timestamp '2024-01-08 25:00:00';
SELECT timestamp '2024-01-32 00:00:00';
SELECT timestamp '294276-12-31 23:59:59', timestamp '4713-01-01 00:00:00 BC';
SELECT timestamp '294277-01-01';
SELECT timestamp '4714-11-23 00:00:00 BC';
SELECT timestamp 'not a time';
SELECT '2024-01-08 04:05:06'::timestamp(0), '2024-01-08 04:05:06.5'::timestamp(0), '2024-01-08 04:05:06.123456'::timestamp(1);
-- output
SET datestyle = 'ISO, DMY';
SELECT date '18/01/2024', date '1/2/2024', timestamp '2024-01-08 04:05:06';
RESET datestyle;
SELECT date '2024-01-08'::text, timestamp '2024-01-08 04:05:06.100'::text, time '01:02:03.000'::text, timestamptz '2024-01-08 04:05:06+02'::text, timestamptz '0001-01-01 00:00:00+00 BC'::text;
-- arithmetic
SELECT date '2024-01-31' + 1, date '2024-01-31' - 31, date '2024-03-01' - date '2024-02-01', date '2024-01-31' + interval '1 month', date '2024-01-31' + time '12:00', time '12:00' + date '2024-01-31';
SELECT timestamp '2024-01-31 12:00' + interval '1 month', timestamp '2024-03-31' - interval '1 month', timestamp '2023-02-28' + interval '1 year', timestamp '2024-02-29' + interval '1 year', timestamp '2024-01-01' + interval '1 mon -1 day';
SELECT timestamp '2024-03-01' - timestamp '2024-02-28 12:00', timestamp '2024-01-01' - timestamp '2025-01-01', timestamp '2024-01-01 00:00' - date '2023-12-25', date '2024-01-01' - timestamp '2023-12-25 12:00';
SELECT time '12:00' + interval '13 hours', time '12:00' - interval '13 hours', time '12:00' - time '10:30', time '01:00' - time '02:00', timetz '12:00+02' + interval '1 hour';
SELECT timestamptz '2024-01-31 12:00+00' + interval '1 day', timestamptz '2024-01-31 12:00+00' - timestamptz '2024-01-01 00:00+02', interval '1 day' + timestamp '2024-01-01';
SELECT date '2024-01-01' + date '2024-01-01';
SELECT timestamp '2024-01-01' + 1;
SELECT timestamp '2024-01-01' + timestamp '2024-01-01';
SELECT date '2024-01-01' * 2;
SELECT time '12:00' + time '12:00';
SELECT date '2024-01-01' + 1.5;
SELECT interval '1 day' - timestamp '2024-01-01';
SELECT date 'infinity' + 1, date 'infinity' - 10, timestamp 'infinity' + interval '1 day', date '-infinity' < date '2024-01-01', timestamp 'infinity' = timestamp 'infinity';
SELECT date 'infinity' - date '2024-01-01';
SELECT timestamp 'infinity' - timestamp '2024-01-01';
SELECT date '5874897-12-31' + 1;
SELECT timestamp '294276-12-31' + interval '10 years';
SELECT date '2024-01-01' + 2147483647;
-- comparisons across types
SELECT date '2024-01-01' = timestamp '2024-01-01', date '2024-01-01' < timestamp '2024-01-01 00:00:01', date '2024-01-01' = timestamptz '2024-01-01 00:00+00', timestamp '2024-01-01' = timestamptz '2024-01-01 00:00+00', timetz '12:00+00' = timetz '14:00+02', timetz '12:00+00' > timetz '14:00+02';
SELECT date '2024-01-01' > '2023-01-01', '2024-01-01' < timestamp '2024-01-02', date '2024-01-01' BETWEEN '2023-12-31' AND timestamp '2024-01-01';
SELECT date '2024-01-01' < 'x';
SELECT date '2024-01-01' = time '12:00';
SELECT date '2024-01-01' = interval '1 day';
SELECT greatest(date '2024-01-01', timestamp '2023-01-01 12:00'), least(date '2024-01-01', NULL);
-- extract
SELECT extract(year FROM date '2024-05-06'), extract(month FROM timestamp '2024-05-06'), extract(day FROM timestamptz '2024-05-06 23:00+00'), extract(hour FROM time '12:34'), extract(minute FROM timestamp '2024-05-06 12:34'), extract(second FROM time '12:34:56.789'), extract(epoch FROM timestamp '2024-05-06 12:34:56.789'), extract(epoch FROM date '1970-01-02');
SELECT extract(dow FROM date '2024-05-05'), extract(isodow FROM date '2024-05-05'), extract(doy FROM date '2024-12-31'), extract(week FROM date '2024-12-30'), extract(isoyear FROM date '2024-12-30'), extract(quarter FROM date '2024-05-06'), extract(decade FROM date '2024-05-06'), extract(century FROM date '2000-12-31'), extract(millennium FROM date '2001-01-01'), extract(julian FROM date '2024-01-01');
SELECT extract(milliseconds FROM time '12:34:56.789'), extract(microseconds FROM time '12:34:56.789'), extract(timezone FROM timestamptz '2024-01-01 00:00+02'), extract(timezone_hour FROM timetz '12:00+05:30'), extract(timezone_minute FROM timetz '12:00+05:30'), extract(julian FROM timestamp '2024-01-01 12:00');
SELECT extract(year FROM date '0044-03-15 BC'), extract(century FROM date '0044-03-15 BC'), extract(decade FROM date '0001-01-01 BC'), extract(millennium FROM date '0001-01-01 BC'), extract(year FROM timestamp 'infinity'), extract(epoch FROM date '-infinity');
SELECT extract(day FROM timestamp 'infinity'), extract(hour FROM timestamp '-infinity'), extract('year' FROM date '2024-01-01'), extract("month" FROM date '2024-01-01');
SELECT extract(nosuch FROM date '2024-01-01');
SELECT extract(hour FROM date '2024-01-01');
SELECT extract(day FROM time '12:00');
SELECT extract(timezone FROM timestamp '2024-01-01');
SELECT extract(year FROM '2024-01-01');
SELECT extract(year FROM 1);
SELECT extract(second FROM timestamp '2024-01-01 00:00:07.5'), pg_typeof(extract(second FROM time '00:00')), pg_typeof(date_part('second', time '00:00')), date_part('year', date '2024-01-01'), date_part('epoch', timestamp '2024-01-01 00:00:00.25'), date_part('HOUR', timestamp '2024-01-01 07:00'), date_part('years', date '2024-01-01');
SELECT date_part('nosuch', timestamp '2024-01-01');
SELECT date_part('dow', interval '1 day');
-- truncation and bins
SELECT date_trunc('year', timestamp '2024-05-06 12:34:56.789'), date_trunc('quarter', timestamp '2024-05-06'), date_trunc('month', date '2024-05-06'), date_trunc('week', timestamp '2024-05-05 12:00'), date_trunc('day', timestamptz '2024-05-06 23:30+00'), date_trunc('hour', timestamp '2024-05-06 12:34:56'), date_trunc('milliseconds', timestamp '2024-05-06 12:34:56.789123');
SELECT date_trunc('decade', timestamp '2024-05-06'), date_trunc('century', timestamp '2000-05-06'), date_trunc('millennium', timestamp '2001-05-06'), date_trunc('day', timestamptz '2024-05-06 23:30+00', 'Asia/Tokyo'), date_trunc('day', timestamp 'infinity'), date_trunc('second', interval '1 day 02:03:04.567');
SELECT date_trunc('nosuch', timestamp '2024-01-01');
SELECT date_trunc('dow', timestamp '2024-01-01');
SELECT date_trunc('day', 'x');
SELECT date_trunc('day', time '12:00');
SELECT date_bin('15 minutes', timestamp '2024-02-11 15:44:17', timestamp '2001-01-01'), date_bin('7 days', timestamp '2024-02-11', timestamp '2024-01-01'), date_bin('1 hour', timestamptz '2024-02-11 15:44+00', timestamptz '2001-01-01 00:02:30+00'), date_bin('15 minutes', timestamp '2000-02-11 15:44:17', timestamp '2001-01-01');
SELECT date_bin('1 month', timestamp '2024-01-01', timestamp '2001-01-01');
SELECT date_bin('0 days', timestamp '2024-01-01', timestamp '2001-01-01');
SELECT date_bin('-1 day', timestamp '2024-01-01', timestamp '2001-01-01');
-- making
SELECT make_date(2024, 2, 29), make_date(-44, 3, 15), make_time(12, 34, 56.789), make_timestamp(2024, 1, 2, 3, 4, 5.5), make_timestamptz(2024, 1, 2, 3, 4, 5), make_timestamptz(2024, 1, 2, 3, 4, 5, 'Asia/Tokyo');
SELECT make_date(2023, 2, 29);
SELECT make_date(0, 1, 1);
SELECT make_time(24, 0, 0.1);
SELECT make_time(25, 0, 0);
SELECT make_timestamp(2024, 13, 1, 0, 0, 0);
SELECT make_timestamptz(2024, 1, 1, 0, 0, 0, 'Nowhere');
SELECT to_timestamp(0), to_timestamp(1704067200.5), to_timestamp(-1), to_timestamp('infinity'::float8);
SELECT to_timestamp('nan'::float8);
SELECT to_timestamp(9223372036854775807);
SELECT isfinite(date '2024-01-01'), isfinite(date 'infinity'), isfinite(timestamp '-infinity'), isfinite(interval '1 day');
SELECT age(timestamp '2024-03-01', timestamp '2024-01-31'), age(timestamp '2024-01-31', timestamp '2024-03-01'), age(timestamp '2001-04-10', timestamp '1957-06-13'), age(date '2024-02-29', date '2023-02-28'), age(timestamp '2024-01-01 12:00', timestamp '2024-01-01 13:30');
-- overlaps
SELECT (date '2024-01-01', date '2024-02-01') OVERLAPS (date '2024-01-15', date '2024-03-01'), (date '2024-01-01', interval '10 days') OVERLAPS (date '2024-01-11', interval '1 day'), (time '10:00', time '12:00') OVERLAPS (time '12:00', time '13:00'), (timestamp '2024-01-01', NULL) OVERLAPS (timestamp '2024-01-01', timestamp '2024-01-02');
SELECT (date '2024-01-01', 1) OVERLAPS (date '2024-01-01', 2);
SELECT (time '10:00', interval '2562047788:00:54.775807') OVERLAPS (time '09:00', time '11:00'), time '10:00' + interval '2562047788:00:54.775807', timetz '10:00+02' + interval '2562047788:00:54.775807';
-- the clock, without its time
SELECT pg_typeof(now()), pg_typeof(current_date), pg_typeof(current_time), pg_typeof(localtime), pg_typeof(localtimestamp), pg_typeof(current_timestamp), pg_typeof(clock_timestamp()), pg_typeof(timeofday());
SELECT now() = current_timestamp, now() = transaction_timestamp(), statement_timestamp() <= clock_timestamp(), current_date = now()::date, localtimestamp = now()::timestamp, current_timestamp(0) = now()::timestamptz(0), date 'today' = current_date, date 'tomorrow' - current_date, date 'yesterday' - current_date, timestamp 'now' IS NOT NULL;
SELECT current_timestamp(7) IS NULL;
SELECT current_date();
SELECT current_timestamp();
SELECT localtime(3) IS NULL, current_time(0) IS NULL;
SELECT now(1);
