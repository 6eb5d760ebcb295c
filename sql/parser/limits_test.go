package parser

import (
	"strings"
	"sync"
	"testing"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

func TestDeepNestingIsAnError(t *testing.T) {
	const n = 400_000
	for name, sql := range map[string]string{
		"parentheses":  "SELECT " + strings.Repeat("(", n),
		"signs":        "SELECT " + strings.Repeat("- ", n) + "1",
		"not":          "SELECT " + strings.Repeat("not ", n) + "true",
		"subqueries":   "SELECT " + strings.Repeat("(SELECT ", n/4) + "1",
		"derived":      "SELECT 1 FROM " + strings.Repeat("(SELECT 1 FROM ", n/8) + "t",
		"joins":        "SELECT 1 FROM " + strings.Repeat("(a JOIN ", n/8) + "t",
		"case":         "SELECT " + strings.Repeat("CASE ", n/4) + "1",
		"arrays":       "SELECT ARRAY" + strings.Repeat("[", n) + "1",
		"calls":        "SELECT " + strings.Repeat("f(", n/2) + "1",
		"set":          strings.Repeat("(", n) + "SELECT 1",
		"explain":      strings.Repeat("EXPLAIN ", n/8) + "SELECT 1",
		"casts":        "SELECT 1" + strings.Repeat("::int", n/2),
		"owed joins":   "SELECT 1 FROM a" + strings.Repeat(" JOIN a", n/8),
		"grouping":     "SELECT 1 GROUP BY " + strings.Repeat("GROUPING SETS (", n/16) + "a",
		"array bounds": "SELECT 1::int" + strings.Repeat("[]", n),
	} {
		_, err := Parse(sql)
		if c := pgerr.Code(err); c != pgerr.StatementTooComplex && c != pgerr.SyntaxError {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextTooLong(t *testing.T) {
	if _, err := Parse(strings.Repeat(" ", maxTextBytes+1)); pgerr.Code(err) != pgerr.ProgramLimitExceeded {
		t.Errorf("got %v", err)
	}
}

func TestLongListsAndChains(t *testing.T) {
	const n = 10_000
	e, err := ParseExpr("a IN (" + strings.Repeat("1,", n-1) + "1)")
	if err != nil || len(e.(*ast.InExpr).List) != n {
		t.Errorf("IN list: %v", err)
	}
	e, err = ParseExpr("a" + strings.Repeat(" AND a", n-1))
	if err != nil || len(e.(*ast.BoolExpr).Args) != n {
		t.Errorf("AND chain: %v", err)
	}
	if e, err := ParseExpr("a" + strings.Repeat(" || a", n)); err != nil || ast.String(e) == "" {
		t.Errorf("operator chain: %v", err)
	}
	if _, err := Parse("SELECT 1" + strings.Repeat(" UNION SELECT 1", 2000)); err != nil {
		t.Errorf("UNION chain: %v", err)
	}
	if _, err := Parse("SELECT " + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)); err != nil {
		t.Errorf("100 parentheses: %v", err)
	}
}

// TestTreesOutliveTheirParser checks that pooled parsers do not write into trees
// they have given away.
func TestTreesOutliveTheirParser(t *testing.T) {
	texts := []string{
		"SELECT a, b FROM t WHERE x IN (1, 2, 3) ORDER BY 1",
		"WITH q AS (SELECT 1) SELECT * FROM q JOIN r USING (k) GROUP BY 1",
		"INSERT INTO t VALUES (1, 'x'), (2, 'y')",
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 60 {
				first, err := Parse(texts[i%3])
				if err != nil {
					t.Error(err)
					return
				}
				want := ast.String(first[0].Node)
				for _, other := range texts {
					if _, err := Parse(other); err != nil {
						t.Error(err)
					}
				}
				if got := ast.String(first[0].Node); got != want {
					t.Errorf("tree changed:\n%s\n%s", want, got)
				}
			}
		})
	}
	wg.Wait()
}

func TestEveryNodeIsReachedByInspect(t *testing.T) {
	s, err := ParseOne(`WITH c AS (SELECT p1) SELECT p2, f(p3 ORDER BY p4) OVER (PARTITION BY p5) FROM a JOIN b ON p6, f(p7)
		WHERE p8 IN (SELECT p9) GROUP BY ROLLUP (p10) HAVING p11 UNION VALUES (p12) ORDER BY p13 LIMIT p14`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	ast.Inspect(s.Node, func(n ast.Node) bool {
		if c, ok := n.(*ast.ColumnRef); ok {
			seen[c.Names[0]] = true
		}
		return true
	})
	if len(seen) != 14 {
		t.Errorf("reached %v", seen)
	}
}

// FuzzParse checks that no text panics, is taken for an internal error, or gives a
// tree with a place outside the text.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"select a.b, -1::int from t x(y) left join u using (k) where a in (1) order by 1 desc nulls last limit 2",
		"create source s (a int, watermark for a as a - interval '1') include key with (a.b = 'c') format plain encode json",
		"insert into t (a) values (1), (default) returning *; update t set a = 1 where b", "select U&'\\0061' uescape '!'",
		"with x as (select 1) select f(distinct a order by b) filter (where c) over (rows 1 preceding) from x, lateral f(1) y(a int)",
		"select (a).b[1:2], array[[1]], e'\\x41', $$x$$, $1, case when a then b end, a between b and c, a is not distinct from b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stmts, err := Parse(text)
		if err != nil {
			if pgerr.Code(err) == pgerr.InternalError {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, s := range stmts {
			if s.Start < 0 || s.End > len(text) || s.Start > s.End {
				t.Fatalf("%q: extent %d to %d", text, s.Start, s.End)
			}
			ast.Inspect(s.Node, func(n ast.Node) bool {
				if n.Pos() > len(text) {
					t.Fatalf("%q: %T at %d", text, n, n.Pos())
				}
				return true
			})
		}
	})
}
