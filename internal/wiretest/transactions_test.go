package wiretest

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// The statements of one simple query are one implicit transaction.
func TestManyStatements(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY)")
	conn := connect(t, s, "").PgConn()
	r := run(t, conn, "INSERT INTO t VALUES (1); SELECT count(*) FROM t; INSERT INTO t VALUES (2); ; SELECT count(*) FROM t")
	var tags []string
	for _, one := range r {
		tags = append(tags, one.CommandTag.String())
	}
	if got, want := fmt.Sprint(tags), "[INSERT 0 1 SELECT 1 INSERT 0 1 SELECT 1]"; got != want {
		t.Errorf("tags %s, want %s", got, want)
	}
	if n := string(r[3].Rows[0][0]); n != "2" {
		t.Errorf("the text sees %s of its own rows", n)
	}
	refused(t, conn, "INSERT INTO t VALUES (3); SELECT 1/0; INSERT INTO t VALUES (4)", "22012")
	expect(t, conn, "SELECT count(*) FROM t", "2")
	refused(t, conn, "INSERT INTO t VALUES (3); SELEC 1", "42601")
	expect(t, conn, "SELECT count(*) FROM t", "2")
	run(t, conn, "INSERT INTO t VALUES (3); BEGIN; INSERT INTO t VALUES (4)")
	status(t, conn, 'T')
	run(t, conn, "ROLLBACK")
	status(t, conn, 'I')
}

func status(t *testing.T, conn *pgconn.PgConn, want byte) {
	t.Helper()
	if got := conn.TxStatus(); got != want {
		t.Errorf("the transaction status is %c, want %c", got, want)
	}
}

func TestTransactionStatus(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY)")
	conn, other := connect(t, s, "").PgConn(), connect(t, s, "").PgConn()
	run(t, conn, "BEGIN")
	status(t, conn, 'T')
	run(t, conn, "INSERT INTO t VALUES (1)")
	expect(t, conn, "SELECT count(*) FROM t", "1")
	expect(t, other, "SELECT count(*) FROM t", "0")
	run(t, conn, "COMMIT")
	status(t, conn, 'I')
	expect(t, other, "SELECT count(*) FROM t", "1")

	run(t, conn, "BEGIN; INSERT INTO t VALUES (2)")
	refused(t, conn, "SELECT nope", "42703")
	status(t, conn, 'E')
	refused(t, conn, "SELECT 1", "25P02")
	if tag := run(t, conn, "COMMIT")[0].CommandTag.String(); tag != "ROLLBACK" {
		t.Errorf("COMMIT of a failed block says %s", tag)
	}
	status(t, conn, 'I')
	expect(t, conn, "SELECT count(*) FROM t", "1")

	run(t, conn, "BEGIN; INSERT INTO t VALUES (2); SAVEPOINT a; INSERT INTO t VALUES (3)")
	refused(t, conn, "INSERT INTO t VALUES (1)", "23505")
	status(t, conn, 'E')
	run(t, conn, "ROLLBACK TO a")
	status(t, conn, 'T')
	run(t, conn, "COMMIT")
	expect(t, conn, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t", "1,2")

	run(t, conn, "BEGIN READ ONLY")
	refused(t, conn, "INSERT INTO t VALUES (9)", "25006")
	run(t, conn, "ROLLBACK")
}

// A write that is all of its transaction waits for others instead of failing.
func TestConcurrentUpdates(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0)")
	const writers, times = 4, 25
	failed := make(chan error, writers)
	for w := range writers {
		conn := connect(t, s, "&default_query_exec_mode="+modes[w])
		go func() {
			for range times {
				if _, err := conn.Exec(context.Background(), "UPDATE t SET n = n + $1 WHERE id = $2", 1, 1); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	expect(t, connect(t, s, "").PgConn(), "SELECT n FROM t", fmt.Sprint(writers*times))
}

func TestSettings(t *testing.T) {
	s := Start(t, "")
	conn := connect(t, s, "&application_name=tests&timezone=Europe/Berlin").PgConn()
	expect(t, conn, "SHOW application_name", "tests")
	expect(t, conn, "SELECT '2026-01-01 00:00+00'::timestamptz", "2026-01-01 01:00:00+01")
	run(t, conn, "SET TIME ZONE 'America/New_York'")
	if z := conn.ParameterStatus("TimeZone"); z != "America/New_York" {
		t.Errorf("the client was told of time zone %q", z)
	}
	expect(t, conn, "SELECT '2026-01-01 00:00+00'::timestamptz", "2025-12-31 19:00:00-05")
	expect(t, conn, "SHOW timezone", "America/New_York")
	run(t, conn, "BEGIN; SET LOCAL timezone = 'UTC'")
	expect(t, conn, "SHOW timezone", "UTC")
	run(t, conn, "ROLLBACK")
	expect(t, conn, "SHOW timezone", "America/New_York")
	run(t, conn, "BEGIN; SET timezone = 'UTC'; ROLLBACK")
	expect(t, conn, "SHOW timezone", "America/New_York")
	run(t, conn, "RESET timezone")
	expect(t, conn, "SHOW timezone", "Europe/Berlin")
	run(t, conn, "SET datestyle = 'SQL, DMY'; SET intervalstyle = 'iso_8601'; SET bytea_output = 'escape'")
	for sql, want := range map[string]string{
		"SELECT '2026-02-01'::date": "01/02/2026", "SELECT '1 day'::interval": "P1D", `SELECT '\x5c'::bytea`: `\\`, "SELECT ARRAY['02/03/26'::date]": "{02/03/2026}",
	} {
		expect(t, conn, sql, want)
	}
	for name, want := range map[string]string{"DateStyle": "SQL, DMY", "IntervalStyle": "iso_8601"} {
		if got := conn.ParameterStatus(name); got != want {
			t.Errorf("the client was told of %s %q, want %q", name, got, want)
		}
	}
	run(t, conn, "DISCARD ALL")
	expect(t, conn, "SELECT '2026-02-01'::date", "2026-02-01")
	expect(t, conn, "SELECT '1 day'::interval", "1 day")
	run(t, conn, "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL") // how pools clean a session
	expect(t, conn, "SELECT set_config('application_name', 'x', false) || current_setting('application_name')", "xx")
	refused(t, conn, "SET nope = 1", "42704")
	refused(t, conn, "SHOW nope", "42704")
	refused(t, conn, "SET timezone = 'Nowhere/At_All'", "22023")
	for name, want := range map[string]string{
		"server_encoding": "UTF8", "client_encoding": "UTF8", "integer_datetimes": "on", "standard_conforming_strings": "on", "DateStyle": "ISO, MDY",
	} {
		if got := conn.ParameterStatus(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// Errors carry what PostgreSQL's would.
func TestErrors(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL)")
	conn := connect(t, s, "").PgConn()
	for _, c := range []struct {
		sql, code, message, hint string
		position                 int32
	}{
		{"SELECT nope FROM t", "42703", `column "nope" does not exist`, `Perhaps you meant to reference the column "t.name".`, 8},
		{"SELECT nam FROM t", "42703", `column "nam" does not exist`, `Perhaps you meant to reference the column "t.name".`, 8},
		{"SELECT 'ä', nope", "42703", `column "nope" does not exist`, "", 13},
		{"SELECT 1; SELECT nope", "42703", `column "nope" does not exist`, "", 18},
		{"SELECT * FROM nowhere", "42P01", `relation "nowhere" does not exist`, "", 15},
		{"SELECT foo(1)", "42883", "function foo(integer) does not exist", "No function matches the given name and argument types. You might need to add explicit type casts.", 8},
		{"SELEC 1", "42601", `syntax error at or near "SELEC"`, "", 1},
		{"SELECT 1 +", "42601", "syntax error at end of input", "", 11},
		{"SELECT 'x'::int", "22P02", `invalid input syntax for type integer: "x"`, "", 8},
		{"SELECT 1/0", "22012", "division by zero", "", 0},
		{"SELECT 2147483647 + 1", "22003", "integer out of range", "", 0},
		{"INSERT INTO t VALUES (1, NULL)", "23502", `null value in column "name" of relation "t" violates not-null constraint`, "", 0},
		{"SELECT $1", "42P02", "there is no parameter $1", "", 0},
	} {
		e := refused(t, conn, c.sql, c.code)
		if e.Message != c.message || e.Hint != c.hint || e.Position != c.position || e.Severity != "ERROR" {
			t.Errorf("%s: %s %q hint %q at %d, want %q hint %q at %d", c.sql, e.Severity, e.Message, e.Hint, e.Position, c.message, c.hint, c.position)
		}
	}
	run(t, conn, "INSERT INTO t VALUES (1, 'a')")
	e := refused(t, conn, "INSERT INTO t VALUES (1, 'b')", "23505")
	if e.ConstraintName != "t_pkey" || e.TableName != "t" || e.Detail != "Key (id)=(1) already exists." {
		t.Errorf("a duplicate key: %+v", e)
	}
	ctx := context.Background()
	if r := conn.ExecParams(ctx, "SELECT $1::int", [][]byte{[]byte("x")}, nil, nil, nil).Read(); code(r.Err) != "22P02" {
		t.Errorf("a bad parameter: %v", r.Err)
	}
	if r := conn.ExecParams(ctx, "SELECT $1::int8", [][]byte{{1, 2, 3}}, []uint32{20}, []int16{asBinary}, nil).Read(); code(r.Err) != "08P01" {
		t.Errorf("a short binary parameter: %v", r.Err)
	}
	expect(t, conn, "SELECT 1", "1")
}
