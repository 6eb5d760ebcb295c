package bind_test

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// TestGolden runs the files of testdata. The directives are bind (the algebra of a
// query) and write (that of a change).
func TestGolden(t *testing.T) {
	opts := bind.Options{Catalog: plantest.NewCatalog(plantest.UserRelations), Database: "tarn", SearchPath: []string{"public"}}
	plantest.Golden(t, func(t *testing.T, words []string, sql string) string {
		list, err := parser.Parse(sql)
		if err != nil {
			return plantest.ErrorText(err, sql)
		}
		switch words[0] {
		case "bind":
			return queryText(list[0].Node.(*ast.Select), opts, sql)
		case "write":
			return writeText(list[0].Node, opts, sql)
		}
		t.Fatalf("no directive %q", words[0])
		return ""
	})
}

func queryText(sel *ast.Select, opts bind.Options, sql string) string {
	q, err := bind.Query(sel, opts)
	if err != nil {
		return plantest.ErrorText(err, sql)
	}
	return planner.Explain(q)
}

func writeText(stmt ast.Statement, opts bind.Options, sql string) string {
	w, err := bind.Write(stmt, opts)
	if err != nil {
		return plantest.ErrorText(err, sql)
	}
	kind := [...]string{"insert into", "update", "delete from"}[w.Kind]
	out := fmt.Sprintf("%s %s, %d old, %d new", kind, w.Rel.Name, w.Old, w.New)
	if w.Returning != nil {
		out += fmt.Sprintf(", %d returned", len(w.Returning))
	}
	return out + "\n" + planner.Explain(w.Query)
}
