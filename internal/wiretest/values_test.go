package wiretest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	asText   = 0
	asBinary = 1
)

// values are a type's values in PostgreSQL's text form.
var values = []struct {
	typ    string
	oid    uint32
	values []string
}{
	{"boolean", 16, []string{"t", "f"}},
	{"smallint", 21, []string{"0", "-32768", "32767"}},
	{"integer", 23, []string{"0", "-2147483648", "2147483647"}},
	{"bigint", 20, []string{"0", "-9223372036854775808", "9223372036854775807"}},
	{"real", 700, []string{"0", "1.5", "-3.4028235e+38", "1e-45", "NaN", "Infinity", "-Infinity"}},
	{"double precision", 701, []string{"0", "0.1", "-1.7976931348623157e+308", "5e-324", "NaN", "Infinity", "-Infinity"}},
	{"numeric", 1700, []string{"0", "0.00", "-1.50", "12345678901234567890123456789.000000001", "1000000", "0.0001", "NaN", "Infinity", "-Infinity"}},
	{"numeric(10,2)", 1700, []string{"0.00", "-99999999.99"}},
	{"text", 25, []string{"", "a", "ä€😀", "tab\tquote'\"\\"}},
	{"character varying(10)", 1043, []string{"", "abc", "ääääääääää"}},
	{"character(4)", 1042, []string{"ab  ", "abcd"}},
	{"bytea", 17, []string{`\x`, `\x00ff10`}},
	{"date", 1082, []string{"2000-01-01", "1999-12-31", "0001-01-01", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity"}},
	{"time without time zone", 1083, []string{"00:00:00", "23:59:59.999999", "24:00:00"}},
	{"timestamp without time zone", 1114, []string{"2000-01-01 00:00:00", "2026-01-02 03:04:05.678901", "0044-03-15 12:00:00 BC", "infinity", "-infinity"}},
	{"timestamp with time zone", 1184, []string{"2000-01-01 00:00:00+00", "2026-07-02 03:04:05.6+00", "infinity", "-infinity"}},
	{"interval", 1186, []string{"00:00:00", "1 year 2 mons -3 days +04:05:06.789", "-1 mons", "10 days"}},
	{"uuid", 2950, []string{"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
	{"json", 114, []string{`{"b" : 1,  "a":[1,null]}`, "null"}},
	{"jsonb", 3802, []string{`{"a": [1, null, "x"], "b": 1.50}`, "null", `"\u0001"`}},
	{"boolean[]", 1000, []string{"{}", "{t,f,NULL}"}},
	{"smallint[]", 1005, []string{"{1,-2,NULL}"}},
	{"integer[]", 1007, []string{"{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[2:3]={1,2}"}},
	{"bigint[]", 1016, []string{"{9223372036854775807}"}},
	{"real[]", 1021, []string{"{1.5,NaN}"}},
	{"double precision[]", 1022, []string{"{0.1,NULL,-Infinity}"}},
	{"numeric[]", 1231, []string{"{1.50,NULL,NaN}"}},
	{"text[]", 1009, []string{"{}", `{a,"b c","",NULL,"NULL","q\"\\"}`}},
	{"character varying[]", 1015, []string{"{abc}"}},
	{"bytea[]", 1001, []string{`{"\\x00ff","\\x"}`}},
	{"date[]", 1182, []string{"{2026-01-02,infinity}"}},
	{"timestamp without time zone[]", 1115, []string{`{"2026-01-02 03:04:05",NULL}`}},
	{"timestamp with time zone[]", 1185, []string{`{"2026-01-02 03:04:05+00"}`}},
	{"interval[]", 1187, []string{`{"1 day 02:00:00",NULL}`}},
	{"uuid[]", 2951, []string{"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,NULL}"}},
	{"jsonb[]", 3807, []string{`{"{\"a\": 1}",NULL}`}},
}

// A value is the same in each format and each direction, as a parameter and out
// of a table.
func TestValues(t *testing.T) {
	s := Start(t, "")
	conn := connect(t, s, "").PgConn()
	for i, v := range values {
		t.Run(v.typ, func(t *testing.T) {
			table := fmt.Sprintf("values_%d", i)
			run(t, conn, fmt.Sprintf("CREATE TABLE %s (n int PRIMARY KEY, v %s)", table, v.typ))
			for n, text := range append(v.values, "") {
				null := n == len(v.values)
				want := []byte(text)
				if null {
					want = nil
				}
				binary := echo(t, conn, v.typ, v.oid, want, asText, asBinary)
				for _, step := range []struct {
					in       []byte
					from, to int16
					out      []byte
				}{{want, asText, asText, want}, {binary, asBinary, asText, want}, {binary, asBinary, asBinary, binary}} {
					if got := echo(t, conn, v.typ, v.oid, step.in, step.from, step.to); !same(got, step.out) {
						t.Errorf("format %d to %d: %q became %q, want %q", step.from, step.to, step.in, got, step.out)
					}
				}
				stored(t, conn, table, n, binary, want)
			}
		})
	}
}

// echo sends a value and gets it back.
func echo(t *testing.T, conn *pgconn.PgConn, typ string, oid uint32, value []byte, from, to int16) []byte {
	t.Helper()
	r := conn.ExecParams(context.Background(), "SELECT $1::"+typ, [][]byte{value}, []uint32{oid}, []int16{from}, []int16{to}).Read()
	if r.Err != nil {
		t.Fatalf("%q in format %d: %v", value, from, r.Err)
	}
	if f := r.FieldDescriptions[0]; f.DataTypeOID != oid || f.Format != to {
		t.Errorf("described as type %d in format %d, want %d in %d", f.DataTypeOID, f.Format, oid, to)
	}
	return r.Rows[0][0]
}

// stored inserts a value in binary, without saying its type, and reads it as text.
func stored(t *testing.T, conn *pgconn.PgConn, table string, n int, binary, want []byte) {
	t.Helper()
	ctx := context.Background()
	key := []byte(fmt.Sprint(n))
	in := conn.ExecParams(ctx, "INSERT INTO "+table+" VALUES ($1, $2)", [][]byte{key, binary}, nil, []int16{asText, asBinary}, nil).Read()
	if in.Err != nil {
		t.Fatalf("inserting %q: %v", want, in.Err)
	}
	out := conn.ExecParams(ctx, "SELECT v FROM "+table+" WHERE n = $1", [][]byte{key}, nil, nil, nil).Read()
	if out.Err != nil || len(out.Rows) != 1 || !same(out.Rows[0][0], want) {
		t.Errorf("%q was stored and read as %q, %v", want, out.Rows, out.Err)
	}
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

var modes = []string{"simple_protocol", "exec", "cache_describe", "cache_statement", "describe_exec"}

// Each way in which the library talks gives the same answers.
func TestQueryModes(t *testing.T) {
	s := Start(t, `CREATE TABLE t (id bigint PRIMARY KEY, name text, price numeric(10,2), at timestamptz, tags text[]);
		INSERT INTO t VALUES (1, 'a', 1.5, '2026-01-02 03:04:05+00', '{x,y}'), (2, NULL, NULL, NULL, NULL);
		CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(price) AS total FROM t`)
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			conn := connect(t, s, "&default_query_exec_mode="+mode)
			ctx := context.Background()
			for range 3 { // a cached statement is another path
				var n int64
				var total string
				if err := conn.QueryRow(ctx, "SELECT n, total::text FROM v WHERE n > $1", 0).Scan(&n, &total); err != nil || n != 2 || total != "1.50" {
					t.Fatalf("the view has %d, %s, %v", n, total, err)
				}
				rows, err := conn.Query(ctx, "SELECT id, name, tags FROM t WHERE id = ANY($1) AND id < $2 ORDER BY id LIMIT $3", []int64{1, 2, 3}, int64(10), 5)
				if err != nil {
					t.Fatal(err)
				}
				got, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
					var id int64
					var name *string
					var tags []string
					err := r.Scan(&id, &name, &tags)
					return fmt.Sprint(id, name == nil, tags), err
				})
				if want := []string{"1 false [x y]", "2 true []"}; err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("%v, %v, want %v", got, err, want)
				}
			}
			tag, err := conn.Exec(ctx, "UPDATE t SET name = $1 WHERE id = $2", mode, int64(2))
			if err != nil || tag.String() != "UPDATE 1" {
				t.Fatalf("%s, %v", tag, err)
			}
			var name string
			if err := conn.QueryRow(ctx, "SELECT name FROM t WHERE id = 2").Scan(&name); err != nil || name != mode {
				t.Fatalf("%q, %v", name, err)
			}
			run(t, conn.PgConn(), "UPDATE t SET name = NULL WHERE id = 2")
		})
	}
}

// Batches are pipelines: many statements, one round trip, one implicit transaction.
func TestBatch(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	conn := connect(t, s, "")
	ctx := context.Background()
	var b pgx.Batch
	for i := range 10 {
		b.Queue("INSERT INTO t VALUES ($1, $2)", i, strings.Repeat("x", i))
	}
	b.Queue("SELECT count(*) FROM t").QueryRow(func(r pgx.Row) error {
		var n int
		if err := r.Scan(&n); err != nil || n != 10 {
			return fmt.Errorf("the batch's own rows: %d, %w", n, err)
		}
		return nil
	})
	if err := conn.SendBatch(ctx, &b).Close(); err != nil {
		t.Fatal(err)
	}
	b = pgx.Batch{}
	b.Queue("INSERT INTO t VALUES (100, 'lost')")
	b.Queue("SELECT 1/0")
	b.Queue("INSERT INTO t VALUES (101, 'never')")
	if err := conn.SendBatch(ctx, &b).Close(); code(err) != "22012" {
		t.Fatalf("a failing batch: %v", err)
	}
	expect(t, conn.PgConn(), "SELECT count(*) FROM t", "10")
}

func TestPipeline(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY)")
	conn := connect(t, s, "").PgConn()
	p := conn.StartPipeline(context.Background())
	p.SendPrepare("ins", "INSERT INTO t VALUES ($1)", nil)
	p.SendQueryPrepared("ins", [][]byte{[]byte("1")}, nil, nil)
	p.SendPipelineSync()
	p.SendQueryPrepared("ins", [][]byte{[]byte("2")}, nil, nil)
	p.SendQueryPrepared("ins", [][]byte{[]byte("1")}, nil, nil) // again: all to the next Sync is undone
	p.SendQueryPrepared("ins", [][]byte{[]byte("3")}, nil, nil)
	p.SendPipelineSync()
	p.SendQueryPrepared("ins", [][]byte{[]byte("4")}, nil, nil)
	p.SendPipelineSync()
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	var failed []string
	for {
		r, err := p.GetResults()
		if err != nil {
			failed = append(failed, code(err))
			continue
		}
		if r == nil {
			break
		}
		if rr, ok := r.(*pgconn.ResultReader); ok {
			if _, err := rr.Close(); err != nil {
				failed = append(failed, code(err))
			}
		}
		if _, ok := r.(*pgconn.PipelineSync); ok && len(failed) > 0 {
			if err := drain(p); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(failed) != "[23505]" {
		t.Errorf("failures: %v", failed)
	}
	expect(t, conn, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t", "1,4")
}

// An error is sent when the client flushes: it need not send its Sync before.
func TestErrorBeforeSync(t *testing.T) {
	s := Start(t, "")
	conn := connect(t, s, "").PgConn()
	p := conn.StartPipeline(context.Background())
	p.SendQueryParams("SELECT 1/0", nil, nil, nil, nil)
	p.SendFlushRequest()
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Conn().Close() })
	r, err := p.GetResults()
	if rr, ok := r.(*pgconn.ResultReader); ok {
		_, err = rr.Close()
	}
	if code(err) != "22012" {
		t.Errorf("before the Sync came %v", err)
	}
	stop()
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	_ = p.Close() // it tells of the failure again
	expect(t, conn, "SELECT 1", "1")
}

// drain reads the last part of the pipeline.
func drain(p *pgconn.Pipeline) error {
	for {
		r, err := p.GetResults()
		if err != nil {
			return err
		}
		switch r := r.(type) {
		case *pgconn.ResultReader:
			if _, err := r.Close(); err != nil {
				return err
			}
		case *pgconn.PipelineSync:
			return nil
		}
	}
}
