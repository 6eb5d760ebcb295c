package expr

import (
	"os"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// TestOperatorResolution compares the operator that every pair of types means
// with PostgreSQL's choice.
func TestOperatorResolution(t *testing.T) {
	text, err := os.ReadFile("testdata/operators.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[[3]string]string{}
	ops, names := map[string]bool{}, map[string]row.Type{}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.SplitN(line, " ", 4)
		if len(f) < 4 || f[0] == "#" && !strings.HasPrefix(line, "# int") {
			continue
		}
		want[[3]string{f[0], f[1], f[2]}] = f[3]
		ops[f[0]] = true
		for _, n := range f[1:3] {
			if elem, ok := strings.CutSuffix(n, "[]"); ok {
				names[n] = row.ArrayOf(kindNamed(t, elem).Kind)
			} else {
				names[n] = kindNamed(t, n)
			}
		}
	}
	for op := range ops {
		for l, left := range names {
			for r, right := range names {
				if (op == "@>" || op == "&&") && l == "unknown" {
					continue
				}
				expect, ok := want[[3]string{op, l, r}]
				if !ok {
					expect = pgerr.UndefinedFunction
				}
				got := ""
				if res, err := ResolveOperator(op, left, right); err != nil {
					got = pgerr.Code(err)
				} else {
					got = fn.TypeName(res.Result)
				}
				if got != expect {
					t.Errorf("%s %s %s: got %s, want %s", l, op, r, got, expect)
				}
			}
		}
	}
}
