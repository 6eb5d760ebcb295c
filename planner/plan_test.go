package planner_test

import (
	"strings"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// TestGolden runs the files of testdata. The directives are bind (the algebra as
// bound), decorrelate (without rules), plan (optimised; with expect=Rule the rule
// must have fired), incremental, adhoc and peek.
func TestGolden(t *testing.T) {
	cat := plantest.NewCatalog(plantest.UserRelations + plantest.SystemRelations)
	plantest.Golden(t, func(t *testing.T, words []string, sql string) string {
		return runDirective(t, cat, words, sql)
	})
}

func runDirective(t *testing.T, cat planner.Catalog, words []string, sql string) string {
	t.Helper()
	list, err := parser.Parse(sql)
	if err != nil {
		return plantest.ErrorText(err, sql)
	}
	opts := bind.Options{Catalog: cat, Database: "tarn", SearchPath: []string{"public"}}
	q, err := bind.Query(list[0].Node.(*ast.Select), opts)
	if err != nil {
		return plantest.ErrorText(err, sql)
	}
	if words[0] == "bind" {
		return planner.Explain(q)
	}
	list2 := rules.All()
	switch words[0] {
	case "decorrelate":
		list2 = rules.None()
	case "once":
		list2 = rules.AdHoc()
	}
	if err := planner.Optimize(q, list2, nil); err != nil {
		return plantest.ErrorText(err, sql)
	}
	for _, w := range words[1:] {
		if name, ok := strings.CutPrefix(w, "expect="); ok && !strings.Contains(planner.ExplainRules(q), name) {
			t.Errorf("%s\nrule %s did not fire", sql, name)
		}
	}
	switch words[0] {
	case "plan":
		return planner.Explain(q) + planner.ExplainRules(q)
	case "peek":
		return peekText(planner.AsPeek(q))
	case "incremental", "adhoc":
		p, err := planner.Incremental(q, planner.LowerOptions{AdHoc: words[0] == "adhoc"})
		if err != nil {
			return plantest.ErrorText(err, sql)
		}
		return p.Text()
	case "once":
		p, err := planner.Incremental(q, planner.LowerOptions{AdHoc: true})
		if err != nil {
			return plantest.ErrorText(err, sql)
		}
		if apart := p.Apart(func(rel *planner.Relation) bool { return rel.StoredKey != nil }); apart != nil {
			p = apart
		}
		return p.Text()
	}
	return planner.Explain(q)
}
