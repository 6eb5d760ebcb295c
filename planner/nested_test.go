package planner_test

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// TestNestedSubqueriesStaySmall: a subquery in a subquery, each of which reads the
// rows around it, adds nodes to the plan and does not double it.
func TestNestedSubqueriesStaySmall(t *testing.T) {
	nodes := func(depth int) int {
		sql := "1"
		for i := depth; i > 0; i-- {
			sql = fmt.Sprintf("(SELECT t%d.a + %s FROM t AS t%d WHERE t%d.b > t%d.a ORDER BY 1 LIMIT 1)", i, sql, i, i, i-1)
		}
		list, err := parser.Parse("SELECT t0.a, " + sql + " FROM t AS t0")
		if err != nil {
			t.Fatal(err)
		}
		q, err := bind.Query(list[0].Node.(*ast.Select), bind.Options{
			Catalog: plantest.NewCatalog("table public.t: a int4, b int4"), Database: "tarn", SearchPath: []string{"public"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := planner.Optimize(q, rules.All(), nil); err != nil {
			t.Fatal(err)
		}
		seen := map[planner.Node]bool{}
		planner.Walk(q.Root, func(n planner.Node) bool {
			before := seen[n]
			seen[n] = true
			return !before
		})
		return len(seen)
	}
	four, twelve := nodes(4), nodes(12)
	t.Logf("nodes at depth 4 and 12: %d, %d", four, twelve)
	if twelve > 5*four {
		t.Errorf("%d nodes at depth 4, %d at depth 12", four, twelve)
	}
}
