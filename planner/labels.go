package planner

import (
	"slices"

	"github.com/tarndb/tarn/sql/expr"
)

// ReadsLabels reports that what a query means depends on which labels an enumerated
// type has beyond those that it names: it reads values from text or JSON, or asks
// for the type's values. Such a view would hold what it made of a row before a label
// was there, and take back what it makes of it afterwards.
func ReadsLabels(root Node, enum uint32) bool {
	found := false
	Walk(root, func(n Node) bool {
		if t, ok := n.(*TableFunc); ok {
			for _, c := range t.Calls {
				made := slices.ContainsFunc(c.Cols, func(c Col) bool { return c.Type.User == enum })
				found = found || made && !takes(c.Args, enum)
			}
		}
		for _, e := range n.Exprs() {
			expr.Walk(e, func(e Scalar) bool {
				found = found || readsLabels(e, enum)
				return !found
			})
		}
		return !found
	})
	return found
}

func readsLabels(e Scalar, enum uint32) bool {
	switch e := e.(type) {
	case *expr.Cast:
		return e.To.User == enum && e.Arg.Type().User != enum
	case *expr.Call:
		return e.Typ.User == enum && (e.Func.Volatility != expr.Immutable || !takes(e.Args, enum))
	}
	return false
}

func takes(args []Scalar, enum uint32) bool {
	return slices.ContainsFunc(args, func(a Scalar) bool { return a.Type().User == enum })
}
