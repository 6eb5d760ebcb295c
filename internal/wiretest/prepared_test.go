package wiretest

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// Parameters without a declared type get PostgreSQL's.
func TestParameterTypes(t *testing.T) {
	s := Start(t, `CREATE TABLE t (id bigint PRIMARY KEY, name text, price numeric(10,2), day date, tags text[])`)
	conn := connect(t, s, "").PgConn()
	for _, c := range []struct {
		sql  string
		want []uint32
	}{
		{"SELECT $1", []uint32{25}},
		{"SELECT * FROM t WHERE id = $1", []uint32{20}},
		{"SELECT * FROM t WHERE price > $1 AND day < $2", []uint32{1700, 1082}},
		{"SELECT * FROM t WHERE id = ANY($1)", []uint32{1016}},
		{"SELECT * FROM t WHERE id IN ($1, $2)", []uint32{20, 20}},
		{"SELECT * FROM t WHERE name LIKE $1", []uint32{25}},
		{"SELECT * FROM t LIMIT $1 OFFSET $2", []uint32{20, 20}},
		{"SELECT $1::text::regtype::oid", []uint32{25}},
		{"SELECT $1::int + $2", []uint32{23, 23}},
		{"SELECT id + $1 FROM t", []uint32{20}},
		{"SELECT coalesce($1, name) FROM t", []uint32{25}},
		{"SELECT CASE WHEN $1 THEN 1 END", []uint32{16}},
		{"SELECT $2::date, $1::interval", []uint32{1186, 1082}},
		{"SELECT now() - $1", []uint32{1184}},
		{"SELECT * FROM t WHERE tags @> $1", []uint32{1009}},
		{"SELECT * FROM t WHERE $1 = ANY(tags)", []uint32{25}},
		{"INSERT INTO t (id, name, tags) VALUES ($1, $2, $3)", []uint32{20, 25, 1009}},
		{"UPDATE t SET price = $1 WHERE id = $2", []uint32{1700, 20}},
		{"DELETE FROM t WHERE day BETWEEN $1 AND $2", []uint32{1082, 1082}},
		{"SELECT * FROM t WHERE (id, name) = ($1, $2)", []uint32{20, 25}},
	} {
		d, err := conn.Prepare(context.Background(), "", c.sql, nil)
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if fmt.Sprint(d.ParamOIDs) != fmt.Sprint(c.want) {
			t.Errorf("%s: parameters %v, want %v", c.sql, d.ParamOIDs, c.want)
		}
	}
	d, err := conn.Prepare(context.Background(), "", "SELECT $1::int, $2", []uint32{0, 701})
	if err != nil || fmt.Sprint(d.ParamOIDs) != "[23 701]" {
		t.Errorf("some types given: %v, %v", d.ParamOIDs, err)
	}
	for _, c := range []struct{ sql, code string }{{"SELECT $1 + $2", "42725"}, {"SELECT $2", "42P18"}, {"SELECT $1::int, $1::text", ""}} {
		if _, err := conn.Prepare(context.Background(), "", c.sql, nil); code(err) != c.code {
			t.Errorf("%s: %v, want %s", c.sql, err, c.code)
		}
	}
}

// What a result looks like is known before it is run.
func TestDescribe(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id bigint PRIMARY KEY, price numeric(10,2), code varchar(5)); CREATE VIEW v AS SELECT id AS renamed FROM t")
	conn := connect(t, s, "").PgConn()
	d, err := conn.Prepare(context.Background(), "", "SELECT t.id, price, code, price * 2, count(*) OVER_ FROM t GROUP BY 1, 2, 3", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, f := range d.Fields {
		got += fmt.Sprintf("%s %d %d %d from %v.%d; ", f.Name, f.DataTypeOID, f.DataTypeSize, f.TypeModifier, f.TableOID > 0, f.TableAttributeNumber)
	}
	want := "id 20 8 -1 from true.1; price 1700 -1 655366 from true.2; code 1043 -1 9 from true.3; ?column? 1700 -1 -1 from false.0; over_ 20 8 -1 from false.0; "
	if got != want {
		t.Errorf("described as\n%s, want\n%s", got, want)
	}
	for _, sql := range []string{"SHOW timezone", "EXPLAIN SELECT 1", "SELECT * FROM v", "INSERT INTO t VALUES (1) RETURNING id", "SHOW SOURCES"} {
		if d, err := conn.Prepare(context.Background(), "", sql, nil); err != nil || len(d.Fields) == 0 {
			t.Errorf("%s: %v described, %v", sql, d, err)
		}
	}
	for _, sql := range []string{"BEGIN", "SET timezone = 'UTC'", "INSERT INTO t VALUES (1)", "CREATE TABLE x (a int)"} {
		if d, err := conn.Prepare(context.Background(), "", sql, nil); err != nil || len(d.Fields) != 0 {
			t.Errorf("%s: %v described, %v", sql, d, err)
		}
	}
}

// A statement that reads little is planned once for all values of its parameters,
// and answers as if they were written into its text.
func TestOnePlanForAllValues(t *testing.T) {
	s := Start(t, `CREATE TABLE t (a int, b int, v int, n text, PRIMARY KEY (a, b)); CREATE TABLE u (a int PRIMARY KEY, w numeric);
		INSERT INTO t SELECT x / 10, x % 10, x, 'n' || x FROM generate_series(0, 99) AS x; INSERT INTO u SELECT x, x * 1.5 FROM generate_series(0, 9) AS x`)
	conn := connect(t, s, "").PgConn()
	ctx := context.Background()
	run(t, conn, "BEGIN; INSERT INTO t VALUES (3, 77, -5, 'new'); DELETE FROM t WHERE a = 3 AND b = 1")
	for _, sql := range []string{
		"SELECT count(*), sum(v), max(n) FROM t WHERE a = $1",
		"SELECT b % 3, count(*), sum(v + $1) FROM t WHERE a = $1 AND b > 2 GROUP BY 1 HAVING count(*) > $1 ORDER BY 1",
		"SELECT count(*) FROM t WHERE a > $1 AND ($1 > 3 OR b = 4)",
		"SELECT t.b, u.w, $1 + 1 FROM t JOIN u ON u.a = t.a WHERE t.a = $1 AND u.a = $1 ORDER BY 1",
		"SELECT max(v) FROM t WHERE a = $1 AND n LIKE 'n_' || $1",
		"SELECT sum(100 / ($1 - 5)) FROM t WHERE a = $1",
		"SELECT DISTINCT v > 45 FROM t WHERE a = $1 LIMIT $1",
		"SELECT (SELECT count(*) FROM u WHERE u.a = t.a), b FROM t WHERE a = $1 ORDER BY b",
	} {
		if _, err := conn.Prepare(ctx, "p", strings.ReplaceAll(sql, "'n_' || $1", "'n_' || $1::int"), nil); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		for _, value := range []string{"3", "4", "0", "", "5", "12", "3"} {
			text, param := "NULL::int", [][]byte{nil}
			if value != "" {
				text, param = value+"::int", [][]byte{[]byte(value)}
			}
			run(t, conn, "SAVEPOINT s")
			got := conn.ExecPrepared(ctx, "p", param, nil, nil).Read()
			run(t, conn, "ROLLBACK TO s")
			want := conn.Exec(ctx, strings.ReplaceAll(sql, "$1", text))
			results, err := want.ReadAll()
			run(t, conn, "ROLLBACK TO s")
			if code(got.Err) != code(err) {
				t.Errorf("%s with %q: %v, want %v", sql, value, got.Err, err)
			} else if err == nil && fmt.Sprintf("%q", got.Rows) != fmt.Sprintf("%q", results[0].Rows) {
				t.Errorf("%s with %q: %q, want %q", sql, value, got.Rows, results[0].Rows)
			}
		}
		run(t, conn, "DEALLOCATE p")
	}
	run(t, conn, "ROLLBACK")
}

// A prepared statement lives through changes of the catalog, unless its result
// would look different.
func TestPreparedAndDDL(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE VIEW v AS SELECT id FROM t; INSERT INTO t VALUES (1, 'a')")
	conn, ddl := connect(t, s, "").PgConn(), connect(t, s, "").PgConn()
	ctx := context.Background()
	if _, err := conn.Prepare(ctx, "p", "SELECT * FROM v", nil); err != nil {
		t.Fatal(err)
	}
	again := func(want string) {
		t.Helper()
		r := conn.ExecPrepared(ctx, "p", nil, nil, nil).Read()
		if code(r.Err) != want {
			t.Errorf("%v, want %q", r.Err, want)
		}
		if want == "0A000" && r.Err.Error() != "ERROR: cached plan must not change result type (SQLSTATE 0A000)" {
			t.Errorf("the message is %v", r.Err)
		}
	}
	again("")
	run(t, ddl, "CREATE TABLE other (a int)")
	again("")
	run(t, ddl, "DROP VIEW v; CREATE VIEW v AS SELECT id FROM t WHERE id > 0")
	again("")
	run(t, ddl, "DROP VIEW v; CREATE VIEW v AS SELECT id, v FROM t")
	again("0A000")
	run(t, ddl, "DROP VIEW v")
	again("42P01")
	run(t, ddl, "CREATE VIEW v AS SELECT id FROM t")
	again("")
	run(t, conn, "DEALLOCATE p")
	again("26000")
}
