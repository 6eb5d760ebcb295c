// Package testkit runs logic tests: SQL scripts with the answers that they must
// get, each in several configurations of the engine, with the oracle looking at
// every materialized view after every step.
//
// A script is a list of records, separated by empty lines. Lines that begin with
// # are comments. A record is a line that says what it is, and lines that belong
// to it:
//
//	statement ok [TAG]
//	SQL over one or more lines. TAG, where given, is the command tag that the
//	last statement must have.
//
//	statement error CODE [REGEXP]
//	SQL that must fail with this SQLSTATE and a message (with detail and hint in
//	further lines) that the regular expression matches.
//
//	query [rowsort]
//	SQL
//	----
//	the result in psql's aligned form. rowsort sorts the rows by their text:
//	for queries without an order of their own.
//
//	topic NAME PARTITIONS
//	makes a topic in memory. A source reads it by WITH (connector = 'kafka',
//	topic = 'NAME', properties.bootstrap.server = 'mem:9092').
//
//	append NAME PARTITION
//	messages, one a line: the value, or the key, a tab and the value; \N is
//	null. #time=MILLIS at the beginning of a line, and a tab, gives the message
//	its timestamp, and #header:NAME=VALUE and a tab a header.
//
//	partitions NAME COUNT
//	adds partitions to a topic.
//
//	broker down
//	broker up
//	makes every topic unreachable, and reachable again.
//
//	await
//	waits until the sources have reached the ends of their topics. Statements
//	and queries wait by themselves; this one is for scripts that want an epoch
//	of their own.
//
//	await problem NAME
//	waits until the source shows a problem.
//
//	restart
//	crash
//	closes the database and opens it again; without the last commit.
//
//	only CONFIG ...
//	skip CONFIG ...
//	before a record: the configurations in which it is run. "skip postgres" says
//	that PostgreSQL has no such statement, or another answer for a good reason.
//
//	keep
//	anywhere: at the end, state may be left when all tables are empty.
//
//	loose errors
//	anywhere: how many rows of tarn.errors a view has is not compared with the
//	oracle, only whether it has any: for views in which the rules may compute
//	an expression on more or fewer rows.
//
// At the end of a script each view is made once more over the data that is there,
// and its query is run by itself: both must say what the oracle says. Then all
// rows are deleted, and no state may be left.
//
// go test ./internal/testkit -rewrite replaces the expected results by those of
// the default configuration. They must be PostgreSQL's, whatever Tarn says.
package testkit
