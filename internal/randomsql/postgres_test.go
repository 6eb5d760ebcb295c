package randomsql

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/internal/postgres"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// answer is what a database says to a query.
type answer struct {
	code, message string // of the error
	types         []uint32
	rows          []string
}

// TestPostgres compares queries with a PostgreSQL on the same rows. It needs
// TARN_POSTGRES: the URL of a database of ctype C.UTF-8 and collation C in which it
// may drop the schema public, or postgres.Private for a server of its own.
func TestPostgres(t *testing.T) {
	p := beside(t)
	for i := 0; i*perCase < *count; i++ {
		s := *seed + uint64(i)
		c := Make(s, options(s))
		diff := p.compare(c)
		if diff == "" {
			continue
		}
		class := classOf(fmt.Errorf("%s", diff))
		saved := maps.Clone(p.counted)
		Reduce(c, 500, func(c *Case) bool { return classOf(fmt.Errorf("%s", p.compare(c))) == class })
		t.Errorf("seed %d: %s\n%s", s, p.compare(c), c.Script())
		p.counted = saved
		if !*keep {
			break
		}
	}
	t.Logf("queries beside PostgreSQL: %v", p.counted)
}

// beside connects to the PostgreSQL that TestPostgres says.
func beside(t *testing.T) *pair {
	url := os.Getenv("TARN_POSTGRES")
	if url == "" {
		t.Skip("TARN_POSTGRES is not set: run `make test-postgres`")
	}
	if url == postgres.Private {
		url = postgres.Start(t)
	}
	ctx := context.Background()
	pg, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Close(ctx) })
	return &pair{t: t, ctx: ctx, pg: pg.PgConn(), counted: map[string]int{}}
}

// pair is the two databases.
type pair struct {
	t       *testing.T
	ctx     context.Context
	pg      *pgconn.PgConn
	counted map[string]int
	exact   bool // equal values that print differently differ
	style   row.Style
}

// compare says what differs first.
func (p *pair) compare(c *Case) string {
	db := open(p.t)
	defer closeDB(p.t, db)
	p.askPG("DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET client_min_messages = error")
	for _, n := range c.Tables {
		if n.Gone {
			continue
		}
		if d := p.both(db, n.String()); d != "" {
			return d
		}
	}
	for _, n := range c.changes() {
		if d := p.both(db, n); d != "" {
			return d
		}
	}
	for i, q := range c.Queries {
		if q.Gone {
			continue
		}
		name := fmt.Sprintf("v%d", i)
		if d := p.both(db, "CREATE VIEW "+name+" AS "+q.String()); d != "" {
			return d
		}
		p.sameViews(db, name)
		if d := p.query(db, q.String()); d != "" {
			return d
		}
	}
	return ""
}

// both runs a statement in both, which must fail in the same way if at all.
func (p *pair) both(db *tarn.DB, sql string) string {
	a, b := p.askTarn(db, sql), p.askPG(sql)
	if b.code != "" {
		p.askPG("ROLLBACK") // of a change that is a transaction
	}
	if a.code != b.code && a.code != pgerr.FeatureNotSupported && b.code != pgerr.FeatureNotSupported {
		return fmt.Sprintf("refused differently: Tarn %s %s; PostgreSQL %s %s\n%s", a.code, a.message, b.code, b.message, sql)
	}
	if a.code != "" {
		p.counted["refused "+a.code+" "+a.message]++
	}
	return ""
}

// sameViews drops a view that only one of the two has.
func (p *pair) sameViews(db *tarn.DB, name string) {
	drop := "DROP VIEW IF EXISTS " + name
	if p.askTarn(db, "SELECT FROM "+name+" WHERE false").code == pgerr.UndefinedTable {
		p.askPG(drop)
	} else if p.askPG("SELECT FROM "+name+" WHERE false").code == pgerr.UndefinedTable {
		p.askTarn(db, drop)
	}
}

// query compares one query. Which rows an expression is computed on is not
// defined, so that only one of the two may fail on a value; but the rows and types
// of the answers must be the same.
func (p *pair) query(db *tarn.DB, sql string) string {
	// Only a query may be given up: what changes the tables must be in both.
	p.askPG("SET statement_timeout = '1s'")
	a, b := p.askTarn(db, sql), p.askPG(sql)
	p.askPG("SET statement_timeout = 0")
	switch {
	case a.code == pgerr.InternalError:
		return fmt.Sprintf("internal error: %s\n%s", a.message, sql)
	case b.code == "57014" || b.code == pgerr.FeatureNotSupported || a.code == pgerr.FeatureNotSupported || a.code == "42P01" && b.code == a.code:
		p.counted["skipped"]++
		return ""
	case a.code != b.code && ofValue(a.code) && ofValue(b.code):
		p.counted["failed in one: "+a.code+" "+b.code]++
		if *show {
			p.t.Logf("Tarn %s, PostgreSQL %s: %s", a.code, b.code, sql)
		}
		return ""
	case a.code != b.code:
		return fmt.Sprintf("failed differently: Tarn %s %s; PostgreSQL %s %s\n%s", a.code, a.message, b.code, b.message, sql)
	case a.code != "":
		p.counted["failed in both"]++
		return ""
	case !slices.Equal(a.types, b.types):
		return fmt.Sprintf("types differ: Tarn %v, PostgreSQL %v\n%s", a.types, b.types, sql)
	case !slices.Equal(a.rows, b.rows):
		return fmt.Sprintf("rows differ: Tarn\n%s\nPostgreSQL\n%s\n%s", strings.Join(a.rows, "\n"), strings.Join(b.rows, "\n"), sql)
	}
	p.counted["same"]++
	if len(a.rows) == 0 {
		p.counted["same, no rows"]++
	}
	return ""
}

func ofValue(code string) bool {
	return code == "" || strings.HasPrefix(code, "22") || strings.HasPrefix(code, "21")
}

// sharedOID is one number for all users' types: theirs differ from database to
// database.
func sharedOID(oid uint32) uint32 { return min(oid, 16384) }

func (p *pair) askPG(sql string) answer {
	results := p.pg.Exec(p.ctx, sql)
	out := answer{}
	for results.NextResult() {
		r := results.ResultReader()
		for _, f := range r.FieldDescriptions() {
			out.types = append(out.types, sharedOID(f.DataTypeOID))
		}
		for r.NextRow() {
			var line []string
			for i, c := range r.Values() {
				line = append(line, p.shown(string(c), c == nil, out.types[i]))
			}
			out.rows = append(out.rows, strings.Join(line, " | "))
		}
	}
	if err := results.Close(); err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			p.t.Fatalf("%v\n%s", err, sql)
		}
		return answer{code: e.Code, message: e.Message}
	}
	slices.Sort(out.rows)
	return out
}

func (p *pair) askTarn(db *tarn.DB, sql string) answer {
	r, err := db.Query(p.ctx, sql)
	if err != nil {
		e, ok := pgerr.As(err)
		if !ok {
			return answer{code: pgerr.InternalError, message: err.Error()}
		}
		return answer{code: e.Code, message: e.Message}
	}
	out := answer{}
	for _, c := range r.Columns {
		out.types = append(out.types, sharedOID(c.Type.OID()))
	}
	for i := range r.Rows {
		var line []string
		for c := range r.Columns {
			cell := r.Rows[i][c]
			s := string(row.AppendText(nil, r.Columns[c].Type, cell, &p.style))
			line = append(line, p.shown(s, cell.Null, out.types[c]))
		}
		out.rows = append(out.rows, strings.Join(line, " | "))
	}
	slices.Sort(out.rows)
	return out
}

// shown is a cell as it is compared: of equal values, which one DISTINCT, UNION or
// max gives is not defined, nor are the last digits of a sum of floats.
func (p *pair) shown(s string, null bool, oid uint32) string {
	if null {
		return "NULL"
	}
	switch oid {
	case row.Type{Kind: row.Numeric}.OID():
		if p.exact {
			break
		}
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return strings.Replace(s, "-0", "0", 1)
	case row.Type{Kind: row.Float8}.OID():
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(math.Abs(f), 'g', 11, 64) + map[bool]string{true: "-"}[f < 0]
		}
	}
	return strconv.Quote(s)
}
