package oracle

import (
	"slices"
	"strings"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// tables is a catalog of two tables: t (a, b), with a NULL and a row that is
// there twice, and u (a, s).
type tables map[string]*planner.Relation

func (tables) Type(string, string) (row.Type, bool, error) { return row.Type{}, false, nil }

func (c tables) Relation(schema, name string) (*planner.Relation, error) {
	if schema != "public" {
		return nil, nil
	}
	return c[name], nil
}

func testTables() (tables, Read) {
	int4, text := row.T(row.Int4), row.T(row.Text)
	c := tables{
		"t": {ID: 1, Schema: "public", Name: "t", Kind: planner.KindTable, Columns: []planner.RelColumn{{Name: "a", Type: int4}, {Name: "b", Type: int4}}},
		"u": {ID: 2, Schema: "public", Name: "u", Kind: planner.KindTable, Columns: []planner.RelColumn{{Name: "a", Type: int4}, {Name: "s", Type: text}}},
	}
	n, s := row.IntDatum, row.StringDatum
	rows := map[uint32][]row.Row{
		1: {{n(1), n(10)}, {n(2), n(0)}, {n(2), n(0)}, {row.NullDatum, n(30)}},
		2: {{n(1), s("x")}, {n(3), s("y")}, {row.NullDatum, s("z")}},
	}
	return c, func(rel *planner.Relation) ([]row.Row, error) { return rows[rel.ID], nil }
}

func TestEval(t *testing.T) {
	tests := []struct {
		query  string
		want   string // the rows' texts, sorted
		failed int
	}{
		{"SELECT a + b FROM t WHERE a > 1", "2; 2", 0},
		{"SELECT 10 / b FROM t", "0; 1", 2},
		{"SELECT t.a, s FROM t JOIN u ON t.a = u.a", "1,x", 0},
		{"SELECT t.a, s FROM t LEFT JOIN u ON t.a = u.a", "1,x; 2,; 2,; ,", 0},
		{"SELECT t.b, s FROM t FULL JOIN u ON t.a = u.a AND b > 5", "0,; 0,; 10,x; 30,; ,y; ,z", 0},
		{"SELECT a, count(*), sum(b) FROM t GROUP BY a", "1,1,10; 2,2,0; ,1,30", 0},
		{"SELECT count(*), max(a) FROM t WHERE false", "0,", 0},
		{"SELECT count(DISTINCT a), count(*) FILTER (WHERE b = 0) FROM t", "2,2", 0},
		{"SELECT DISTINCT a FROM t", "1; 2; ", 0},
		{"SELECT a FROM t UNION SELECT a FROM u", "1; 2; 3; ", 0},
		{"SELECT a FROM t EXCEPT ALL SELECT 2", "1; 2; ", 0},
		{"SELECT a FROM t INTERSECT SELECT a FROM u", "1; ", 0},
		{"SELECT a FROM t ORDER BY b DESC LIMIT 1 OFFSET 1", "1", 0},
		{"SELECT b FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)", "10", 0},
		{"SELECT b FROM t WHERE a NOT IN (SELECT a FROM u)", "", 0},
		{"SELECT b FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)", "0; 0", 0},
		{"SELECT a, (SELECT s FROM u WHERE u.a = t.a) FROM t", "1,x; 2,; 2,; ,", 0},
		{"SELECT s, (SELECT b FROM t WHERE t.a = 2) FROM u", "x,; y,; z,", 1},
		{"SELECT g * 2 FROM generate_series(1, 2) AS g", "2; 4", 0},
		{"VALUES (1), (2)", "1; 2", 0},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			c, read := testTables()
			parsed, err := parser.Parse(test.query)
			if err != nil {
				t.Fatal(err)
			}
			q, err := bind.Query(parsed[0].Node.(*ast.Select), bind.Options{Catalog: c, SearchPath: []string{"public"}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Eval(q, read, nil)
			if err != nil {
				t.Fatal(err)
			}
			if text := resultText(got); text != test.want || got.Failed != test.failed {
				t.Errorf("got %q and %d failures, want %q and %d", text, got.Failed, test.want, test.failed)
			}
		})
	}
}

func resultText(r *Result) string {
	var lines []string
	for _, rw := range r.Rows {
		var cells []string
		for i, d := range rw {
			cells = append(cells, row.TextOf(r.Types[i], d, nil))
		}
		lines = append(lines, strings.Join(cells, ","))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(sortable(a), sortable(b)) })
	return strings.Join(lines, "; ")
}

// sortable puts an empty first cell, which is NULL, last.
func sortable(line string) string {
	if strings.HasPrefix(line, ",") || line == "" {
		return "\x7f" + line
	}
	return line
}
