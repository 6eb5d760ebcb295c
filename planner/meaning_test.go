package planner_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tarndb/tarn/internal/oracle"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// TestMeaningKept evaluates the queries of testdata, and those of meaning.sql, as
// it was bound, decorrelated, and with all rules: over random rows the three must
// agree. Queries with a limit are only held to what does not depend on ties.
func TestMeaningKept(t *testing.T) {
	cat := plantest.NewCatalog(plantest.UserRelations)
	for _, sql := range meaningQueries(t) {
		list, err := parser.Parse(sql)
		if err != nil {
			t.Errorf("%s\n%v", sql, err)
			continue
		}
		sel, ok := list[0].Node.(*ast.Select)
		if !ok {
			continue
		}
		for seed := range uint64(6) {
			if !sameMeaning(t, cat, sel, sql, seed) {
				break
			}
		}
	}
}

func meaningQueries(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, f := range []string{"bind/testdata/bind", "testdata/decorrelate", "testdata/rules", "testdata/incremental"} {
		text, err := os.ReadFile(filepath.FromSlash(f + ".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
			for strings.HasPrefix(block, "#") {
				_, block, _ = strings.Cut(block, "\n")
			}
			head, _, _ := strings.Cut(block, "\n----")
			_, sql, _ := strings.Cut(head, "\n")
			if !strings.Contains(sql, "$1") && !strings.Contains(sql, "random") {
				out = append(out, sql)
			}
		}
	}
	text, err := os.ReadFile("testdata/meaning.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range strings.Split(string(text), ";") {
		if strings.TrimSpace(sql) != "" {
			out = append(out, strings.TrimSpace(sql))
		}
	}
	return out
}

func sameMeaning(t *testing.T, cat planner.Catalog, sel *ast.Select, sql string, seed uint64) bool {
	t.Helper()
	read := randomRows(seed)
	opts := bind.Options{Catalog: cat, Database: "tarn", SearchPath: []string{"public"}}
	var want string
	for i, list := range [][]planner.Rule{nil, rules.None(), rules.All()} {
		q, err := bind.Query(sel, opts)
		if err != nil {
			t.Errorf("%s\n%v", sql, err)
			return false
		}
		if i > 0 {
			if err := planner.Optimize(q, list, nil); err != nil {
				t.Errorf("%s\n%v", sql, err)
				return false
			}
		}
		res, err := oracle.Eval(q, read, nil)
		got := ""
		switch {
		case err != nil && !strings.Contains(err.Error(), "more than one row"):
			t.Errorf("%s\n%v\n%s", sql, err, planner.Explain(q))
			return false
		case err != nil:
			got = "error: " + err.Error()
		default:
			got = bagText(res)
		}
		if i == 0 {
			want = got
		} else if got != want {
			t.Errorf("seed %d, stage %d of\n%s\ngot:\n%s\nwant:\n%s\nplan:\n%s", seed, i, sql, got, want, planner.Explain(q))
			return false
		}
	}
	return true
}

// bagText lists the rows in an order of their own.
func bagText(r *oracle.Result) string {
	lines := make([]string, len(r.Rows))
	for i, cells := range r.Rows {
		parts := make([]string, len(cells))
		for k, d := range cells {
			parts[k] = datumText(r.Types[k], d)
		}
		lines[i] = strings.Join(parts, "|")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// randomRows makes few rows of few different values, so that all meet, and NULLs.
func randomRows(seed uint64) oracle.Read {
	made := map[string][]row.Row{}
	return func(rel *planner.Relation) ([]row.Row, error) {
		if rows, ok := made[rel.Name]; ok {
			return rows, nil
		}
		rnd := rand.New(rand.NewPCG(seed, uint64(rel.ID)))
		seen := map[string]bool{}
		var rows []row.Row
		for range int(seed) * 2 {
			r := make(row.Row, len(rel.Columns))
			for i, c := range rel.Columns {
				r[i] = randomDatum(rnd, c)
			}
			key := ""
			if len(rel.Keys) > 0 {
				for _, k := range rel.Keys[0] {
					if r[k].Null {
						r[k] = row.IntDatum(0)
					}
					key += fmt.Sprint(r[k].I, ",")
				}
				if seen[key] {
					continue
				}
				seen[key] = true
			}
			rows = append(rows, r)
		}
		made[rel.Name] = rows
		return rows, nil
	}
}

func randomDatum(rnd *rand.Rand, c planner.RelColumn) row.Datum {
	if !c.NotNull && rnd.IntN(4) == 0 {
		return row.NullDatum
	}
	n := rnd.IntN(5)
	text := fmt.Sprint(n)
	switch {
	case c.Type.Is(row.Array):
		text = []string{"{}", "{a}", "{a,b}", "{b,NULL}", "{c}"}[n]
	case c.Type.Is(row.Text):
		text = []string{"a", "b", "x", "new", "A"}[n]
	case c.Type.Is(row.Timestamp), c.Type.Is(row.Timestamptz):
		text = fmt.Sprintf("2024-01-0%d 00:00:00", n+1)
	case c.Type.Phys() == row.PhysInt:
		return row.IntDatum(int64(n))
	}
	d, err := row.ParseText(c.Type, text, nil)
	if err != nil {
		panic(err)
	}
	return d
}
