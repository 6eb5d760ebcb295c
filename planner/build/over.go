package build

import (
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
)

// partitionFunc is window functions as the circuit wants them.
type partitionFunc struct {
	prog *over.Program
	ctx  *expr.Context
}

func (b *builder) partitionFunc(s *planner.OpOver) (operators.PartitionFunc, error) {
	order := make([]row.KeyCol, len(s.Order))
	for i, o := range s.Order {
		order[i] = row.KeyCol{Col: o.Col, Order: row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst}}
	}
	p, err := over.New(b.plan.Ops[s.In].Types, order, s.Calls)
	return partitionFunc{p, b.env.Context()}, err
}

func (f partitionFunc) Types() []row.Type { return f.prog.Types() }

func (f partitionFunc) Apply(in *row.Batch, errs operators.ErrorFunc, tick func(rows int) error) ([]row.Column, error) {
	return f.prog.Run(f.ctx, in, errs, tick)
}
