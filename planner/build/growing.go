package build

import (
	"slices"

	"github.com/tarndb/tarn/planner"
)

// appendOnly reports that no row of an operator is ever taken back: for good, or as
// long as a plan runs that runs once. Rows of such a plan that wait for the end of their
// input may be let go before, and then change.
func (b *builder) appendOnly(id planner.OpID) bool {
	op := &b.plan.Ops[id]
	if op.Props.AppendOnly {
		return true
	}
	env, ok := b.env.(Growing)
	if !ok {
		return false
	}
	switch s := op.Spec.(type) {
	case *planner.OpInput:
		return env.Grows(s.Rel)
	case *planner.OpJoin:
		ok = s.Kind == planner.JoinInner
	case *planner.OpSemi:
		ok = s.Kind == planner.JoinSemi
	case *planner.OpUnion:
		ok = !slices.Contains(s.Negate, true)
	case *planner.OpValues, *planner.OpMap, *planner.OpExchange, *planner.OpGather, *planner.OpBroadcast, *planner.OpArrange:
	default:
		return false
	}
	return ok && !slices.ContainsFunc(op.Spec.Inputs(), func(in planner.OpID) bool { return !b.appendOnly(in) })
}
