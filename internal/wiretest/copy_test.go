package wiretest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestCopyIn compares what COPY FROM makes of data, and its errors, with what
// PostgreSQL 15 answers.
func TestCopyIn(t *testing.T) {
	s := Start(t, `CREATE TABLE ct (a int PRIMARY KEY, b text, g int GENERATED ALWAYS AS (a * 2) STORED, c numeric(6,2) DEFAULT 7 CHECK (c < 100))`)
	conn := connect(t, s, "").PgConn()
	ctx := context.Background()
	for _, c := range []struct {
		sql, data      string
		rows           int64
		code, message  string
		detail, where_ string
	}{
		{sql: "COPY ct FROM STDIN", data: "1\tone\t1.5\n2\t\\N\t\\N\n3\ttab\\there\\\\ \\x41\\101\\nnl\t3\n\\.\n", rows: 3},
		{sql: "COPY ct (a, b) FROM STDIN (FORMAT csv, HEADER, NULL 'NIL')", data: "a,b\r\n4,\"quo\"\"ted, with\r\nnewline\"\r\n5,NIL\r\n6,\"NIL\"\r\n7,", rows: 4},
		{sql: "COPY ct FROM STDIN WITH CSV DELIMITER ';' QUOTE '''' ESCAPE '\\'", data: "10;'a\\'b';1\n11;;\n", rows: 2},
		{sql: "COPY ct FROM STDIN (FORMAT csv, FORCE_NOT_NULL (b), FORCE_NULL (c))", data: "12,,\"\"\n", rows: 1},
		{sql: "COPY ct FROM STDIN CSV WHERE a > 20", data: "19,x,1\n21,y,1\n", rows: 1},
		{sql: "COPY ct FROM STDIN", data: "", rows: 0},
		{sql: "COPY ct FROM STDIN", data: "x\t1\t1\n", code: "22P02", message: `invalid input syntax for type integer: "x"`, where_: `COPY ct, line 1, column a: "x"`},
		{sql: "COPY ct FROM STDIN", data: "30\ta\t1\n8\tonly\n", code: "22P04", message: `missing data for column "c"`, where_: "COPY ct, line 2: \"8\tonly\""},
		{sql: "COPY ct FROM STDIN", data: "8\ta\t1\textra\n", code: "22P04", message: "extra data after last expected column", where_: "COPY ct, line 1: \"8\ta\t1\textra\""},
		{sql: "COPY ct FROM STDIN", data: "8\ta\t1\n9\tb\t100\n", code: "23514", message: `new row for relation "ct" violates check constraint "ct_c_check"`,
			detail: "Failing row contains (9, b, 18, 100.00).", where_: "COPY ct, line 2: \"9\tb\t100\""},
		{sql: "COPY ct FROM STDIN", data: "8\ta\t1\n1\ta\t1\n", code: "23505", message: `duplicate key value violates unique constraint "ct_pkey"`, detail: "Key (a)=(1) already exists.", where_: "COPY ct, line 2"},
		{sql: "COPY ct (b) FROM STDIN", data: "x\n", code: "23502", message: `null value in column "a" of relation "ct" violates not-null constraint`,
			detail: "Failing row contains (null, x, null, 7.00).", where_: `COPY ct, line 1: "x"`},
		{sql: "COPY ct FROM STDIN CSV", data: "8,\"open\n", code: "22P04", message: "unterminated CSV quoted field", where_: "COPY ct, line 1: \"8,\"open\n\""},
		{sql: "COPY ct FROM STDIN (FORMAT csv, HEADER match)", data: "a,x,c\n", code: "22P04", message: `column name mismatch in header line field 2: got "x", expected "b"`, where_: `COPY ct, line 1: "a,x,c"`},
		{sql: "COPY ct (g) FROM STDIN", code: "42P10", message: `column "g" is a generated column`, detail: "Generated columns cannot be used in COPY."},
		{sql: "COPY ct (zz) FROM STDIN", code: "42703", message: `column "zz" of relation "ct" does not exist`},
		{sql: "COPY nope FROM STDIN", code: "42P01", message: `relation "nope" does not exist`},
		{sql: "COPY ct FROM STDIN (FORMAT foo)", code: "22023", message: `COPY format "foo" not recognized`},
		{sql: "COPY ct FROM STDIN (bar 1)", code: "42601", message: `option "bar" not recognized`},
		{sql: "COPY ct FROM STDIN (DELIMITER 'xx')", code: "0A000", message: "COPY delimiter must be a single one-byte character"},
		{sql: "COPY ct FROM STDIN (QUOTE '\"')", code: "0A000", message: "COPY quote available only in CSV mode"},
	} {
		tag, err := conn.CopyFrom(ctx, strings.NewReader(c.data), c.sql)
		var e *pgconn.PgError
		switch {
		case c.code == "" && (err != nil || tag.RowsAffected() != c.rows || !strings.HasPrefix(tag.String(), "COPY ")):
			t.Errorf("%s: %q, %v", c.sql, tag, err)
		case c.code == "":
		case !errors.As(err, &e):
			t.Errorf("%s: %v, want %s", c.sql, err, c.code)
		case e.Code != c.code || e.Message != c.message || e.Detail != c.detail || e.Where != c.where_:
			t.Errorf("%s:\n got %s %s | %s | %q\nwant %s %s | %s | %q", c.sql, e.Code, e.Message, e.Detail, e.Where, c.code, c.message, c.detail, c.where_)
		}
	}
	expect(t, conn, "SELECT string_agg(a || ':' || coalesce(b, '-') || ':' || g || ':' || coalesce(c::text, '-'), '|' ORDER BY a) FROM ct",
		"1:one:2:1.50|2:-:4:-|3:tab\there\\ AA\nnl:6:3.00|4:quo\"ted, with\r\nnewline:8:7.00|5:-:10:7.00|6:NIL:12:7.00|7::14:7.00|10:a'b:20:1.00|11:-:22:-|12::24:-|21:y:42:1.00")
	run(t, conn, "BEGIN")
	if _, err := conn.CopyFrom(ctx, strings.NewReader("40\n41\n"), "COPY ct (a) FROM STDIN"); err != nil {
		t.Error(err)
	}
	expect(t, conn, "SELECT count(*) FROM ct WHERE a >= 40", "2")
	run(t, conn, "ROLLBACK")
	expect(t, conn, "SELECT count(*) FROM ct WHERE a >= 40", "0")
}

// TestCopyOut compares what COPY TO prints with what PostgreSQL 15 does.
func TestCopyOut(t *testing.T) {
	s := Start(t, `CREATE TABLE o (a int PRIMARY KEY, b text, g int GENERATED ALWAYS AS (a) STORED);
		INSERT INTO o VALUES (1, E'tab\t \\ nl\n'), (2, NULL), (3, ''), (4, 'a,"b"'); CREATE VIEW v AS SELECT a FROM o;
		CREATE TABLE one (b text, "A" int, g int GENERATED ALWAYS AS ("A") STORED); INSERT INTO one VALUES ('x', 1)`)
	conn := connect(t, s, "").PgConn()
	for _, c := range []struct{ sql, want string }{
		{"COPY one TO STDOUT", "x\t1\n"},
		{`COPY one ("A", b) TO STDOUT WITH CSV HEADER`, "A,b\n1,x\n"},
		{"COPY (SELECT a, b FROM o ORDER BY a) TO STDOUT", "1\ttab\\t \\\\ nl\\n\n2\t\\N\n3\t\n4\ta,\"b\"\n"},
		{"COPY (SELECT b, a FROM o ORDER BY a) TO STDOUT WITH CSV HEADER", "b,a\n\"tab\t \\ nl\n\",1\n,2\n\"\",3\n\"a,\"\"b\"\"\",4\n"},
		{"COPY (SELECT a, b FROM o WHERE a < 3 ORDER BY a DESC) TO STDOUT (FORMAT csv, FORCE_QUOTE (a), DELIMITER ';', NULL 'N')", "\"2\";N\n\"1\";\"tab\t \\ nl\n\"\n"},
		{"COPY (SELECT a FROM o WHERE a < 0) TO STDOUT (HEADER)", "a\n"},
		{"COPY (SELECT '{1,\"a b\"}'::text[], true, null, '') TO STDOUT", "{1,\"a b\"}\tt\t\\N\t\n"},
		{"COPY (SELECT '{1,\"a b\"}'::text[], true, null, '') TO STDOUT CSV", "\"{1,\"\"a b\"\"}\",t,,\"\"\n"},
	} {
		var got bytes.Buffer
		tag, err := conn.CopyTo(context.Background(), &got, c.sql)
		if err != nil || got.String() != c.want || !strings.HasPrefix(tag.String(), "COPY ") {
			t.Errorf("%s: %q %v\n got %q\nwant %q", c.sql, tag, err, got.String(), c.want)
		}
	}
	var e *pgconn.PgError
	if _, err := conn.CopyTo(context.Background(), &bytes.Buffer{}, "COPY v TO STDOUT"); !errors.As(err, &e) || e.Code != "42809" {
		t.Errorf("a view: %v", err)
	}
	expect(t, conn, "SELECT 1", "1")
}
