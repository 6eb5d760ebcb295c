package build

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// MayShare reports that views may share the arrangement of an operator: nothing
// that it is computed by can fail on a row. The rows on which a view's
// expressions fail are in tarn.errors under the view's name, for as long as they
// are in its input; an operator that several views shared would have to report
// to each of them, those included that come and go later.
func MayShare(p *planner.IPlan, id planner.OpID) bool {
	spec := p.Ops[id].Spec
	switch s := spec.(type) {
	case *planner.OpMap:
		if slices.ContainsFunc(s.Steps, stepCanFail) {
			return false
		}
	case *planner.OpJoin:
		if slices.ContainsFunc(s.Residual, expr.CanError) {
			return false
		}
	case *planner.OpGroupBy:
		return false // sums overflow
	}
	for _, in := range spec.Inputs() {
		if !MayShare(p, in) {
			return false
		}
	}
	return true
}

func stepCanFail(s planner.Step) bool {
	switch s := s.(type) {
	case *planner.StepFilter:
		return slices.ContainsFunc(s.Preds, expr.CanError)
	case *planner.StepProject:
		return slices.ContainsFunc(s.Exprs, expr.CanError)
	}
	return true
}
