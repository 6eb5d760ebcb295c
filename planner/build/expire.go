package build

import (
	"fmt"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// expiry is what ends an operator's state, as the circuit wants it; nil: nothing.
func (b *builder) expiry(op *planner.Op) (*operators.Expiry, error) {
	x := op.Props.Expire
	if x == nil {
		return nil, nil
	}
	input, err := b.inputOf(x.Rel)
	if err != nil {
		return nil, err
	}
	ctx, types := b.env.Context(), []row.Type{x.Type}
	return &operators.Expiry{Input: input, KeyCol: x.KeyCol, Bound: func(w row.Datum) (row.Datum, bool) {
		bound, err := expr.EvalRow(x.Bound, types, row.Row{w}, ctx)
		// A bound that cannot be computed, such as one out of range, ends nothing.
		return bound, err == nil && !bound.Null
	}}, nil
}

// inputOf is the node of a relation that the operators built so far read.
func (b *builder) inputOf(rel uint32) (operators.NodeID, error) {
	if n, ok := b.inputs[rel]; ok {
		return n, nil
	}
	for i := range b.plan.Ops {
		if in, ok := b.plan.Ops[i].Spec.(*planner.OpInput); ok && in.Rel.ID == rel {
			return b.env.Input(in.Rel, in.Attrs)
		}
	}
	return 0, fmt.Errorf("build: the plan does not read relation %d", rel)
}
