package bind_test

import (
	"strings"
	"testing"

	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// bindText parses and binds a query.
func bindText(t testing.TB, cat plantest.Catalog, sql string) {
	t.Helper()
	list, err := parser.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bind.Query(list[0].Node.(*ast.Select), bind.Options{Catalog: cat, Database: "tarn", SearchPath: []string{"public"}}); err != nil {
		t.Fatal(err)
	}
}

var (
	longList = "select id from users where id in (" + strings.Repeat("123456, ", 9_999) + "1)"
	longText = "select id, '" + strings.Repeat("x", 1<<20) + "' from users"
	longSum  = "select id" + strings.Repeat(" + id", 3_000) + " from users"
)

// TestLongStatements: a list of ten thousand and a megabyte of text are queries like others.
func TestLongStatements(t *testing.T) {
	cat := plantest.NewCatalog(plantest.UserRelations)
	for _, sql := range []string{longList, longText, longSum} {
		bindText(t, cat, sql)
	}
}

// BenchmarkQuery is the time from text to a bound tree.
func BenchmarkQuery(b *testing.B) {
	cat := plantest.NewCatalog(plantest.UserRelations)
	for _, c := range []struct{ name, sql string }{
		{"100 bytes", "select u.name, o.amount from users u join orders o on o.user_id = u.id where u.id = 4711 and o.id > 7"},
		{"list of 10000", longList},
		{"1 MB", longText},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.sql)))
			for b.Loop() {
				bindText(b, cat, c.sql)
			}
		})
	}
}
