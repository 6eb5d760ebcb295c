package warehouse

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tarndb/tarn/internal/postgres"
	"github.com/tarndb/tarn/internal/wiretest"
)

const scaleVariable = "TARN_SCALE"

// scale is the size of the benchmarks' data: small where only answers are compared.
func scale(t *testing.T) float64 {
	text := os.Getenv(scaleVariable)
	if text == "" {
		return 0.01
	}
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || s <= 0 {
		t.Fatalf("%s=%q is not a scale", scaleVariable, text)
	}
	return s
}

// TestWarehouse compares both benchmarks with a PostgreSQL (TARN_POSTGRES, as for the
// corpus). PostgreSQL runs each query in one process, on analysed tables. Of both the
// shortest of three runs counts.
func TestWarehouse(t *testing.T) {
	url := os.Getenv("TARN_POSTGRES")
	if url == "" {
		t.Skip("TARN_POSTGRES is not set: run `make test-postgres`")
	}
	if url == postgres.Private {
		url = postgres.Start(t)
	}
	for _, b := range []struct {
		name string
		g    generator
	}{{"tpch", newTPCH(scale(t))}, {"ssb", newSSB(scale(t))}} {
		t.Run(b.name, func(t *testing.T) {
			list, err := queries(b.name + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			pg := connect(t, url)
			pg.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET max_parallel_workers_per_gather = 0; SET work_mem = '1GB'")
			tarn := connect(t, wiretest.Start(t, "").URL(""))
			rows := lines(b.g)
			pg.load(b.g.Schema(), rows)
			tarn.load(b.g.Schema(), rows)
			pg.run("VACUUM ANALYZE")
			var table strings.Builder
			for _, q := range list {
				want, slow := pg.timed(q.sql)
				got, took := tarn.timed(q.sql)
				if got != want {
					t.Errorf("%s: Tarn\n%sPostgreSQL\n%s", q.name, shortened(got), shortened(want))
				}
				fmt.Fprintf(&table, "%-5s %5d rows %9.1f ms %9.1f ms %6.2f\n", q.name, strings.Count(want, "\n"), ms(took), ms(slow), ms(took)/ms(slow))
			}
			t.Logf("scale %v: rows, Tarn, PostgreSQL, Tarn's time by PostgreSQL's\n%s", scale(t), table.String())
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// shortened is the first lines of an answer.
func shortened(text string) string {
	all := strings.SplitAfter(text, "\n")
	return strings.Join(all[:min(len(all), 12)], "")
}

// server is a connection to one of the two.
type server struct {
	t    *testing.T
	conn *pgconn.PgConn
}

func connect(t *testing.T, url string) *server {
	t.Helper()
	conn, err := pgconn.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &server{t, conn}
}

// run gives the rows of the last statement as text.
func (s *server) run(sql string) string {
	s.t.Helper()
	results, err := s.conn.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, sql)
	}
	var b strings.Builder
	for _, row := range results[len(results)-1].Rows {
		for _, cell := range row {
			b.Write(cell)
			b.WriteByte('|')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (s *server) timed(sql string) (rows string, took time.Duration) {
	s.t.Helper()
	for i := range 3 {
		start := time.Now()
		rows = s.run(sql)
		if d := time.Since(start); i == 0 || d < took {
			took = d
		}
	}
	return rows, took
}

func (s *server) load(schema string, rows map[string]*bytes.Buffer) {
	s.t.Helper()
	s.run(schema)
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		if _, err := s.conn.CopyFrom(context.Background(), bytes.NewReader(rows[table].Bytes()), "COPY "+table+" FROM STDIN"); err != nil {
			s.t.Fatalf("%s: %v", table, err)
		}
	}
}
