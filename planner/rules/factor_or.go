package rules

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// FactorOr takes what all alternatives of an OR ask for out of it: (a AND b) OR (a AND c)
// is a AND (b OR c).
//
// Why: WHERE (x = y AND ...) OR (x = y AND ...) joins on x = y, and without the rule
// every row would meet every row.
//
// Unsound for a condition that can fail: the alternative may have tested another one
// before it. Such conditions stay where they are.
var FactorOr = planner.Rule{
	Name: "FactorOr",
	Apply: func(_ *planner.Rewriter, n planner.Node) planner.Node {
		switch n := n.(type) {
		case *planner.Filter:
			if preds, ok := factored(n.Preds); ok {
				return planner.NewFilter(n.Input, preds...)
			}
		case *planner.Join:
			if on, ok := factored(n.On); ok {
				return n.WithExprs(on)
			}
		}
		return nil
	},
}

func factored(preds []planner.Scalar) (out []planner.Scalar, changed bool) {
	for _, p := range preds {
		common, rest := commonConjuncts(p)
		if len(common) == 0 {
			out = append(out, p)
			continue
		}
		changed = true
		out = append(out, common...)
		if rest != nil {
			out = append(out, rest)
		}
	}
	return out, changed
}

// commonConjuncts are the conditions of every alternative, and the OR of what each asks
// for besides; nil where one asks for nothing.
func commonConjuncts(p planner.Scalar) (common []planner.Scalar, rest planner.Scalar) {
	or, ok := p.(*expr.Logic)
	if !ok || !or.Or {
		return nil, nil
	}
	for _, c := range expr.Conjuncts(or.Args[0]) {
		everywhere := mayMove(c)
		for _, a := range or.Args[1:] {
			everywhere = everywhere && slices.ContainsFunc(expr.Conjuncts(a), func(x planner.Scalar) bool { return expr.Equal(x, c) })
		}
		if everywhere {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return nil, nil
	}
	var alternatives []planner.Scalar
	for _, a := range or.Args {
		own := slices.DeleteFunc(slices.Clone(expr.Conjuncts(a)), func(x planner.Scalar) bool {
			return slices.ContainsFunc(common, func(c planner.Scalar) bool { return expr.Equal(x, c) })
		})
		if len(own) == 0 {
			return common, nil
		}
		alternatives = append(alternatives, expr.Conjunction(own...))
	}
	return common, expr.Disjunction(alternatives...)
}
