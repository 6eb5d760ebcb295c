package build

import (
	"fmt"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// maps adds the steps of a fused map. Filters and the projection behind them
// are one transform; each further group is a node of its own, so that a row on
// which an expression fails is the row that the expression saw.
func (b *builder) maps(op *planner.Op, m *planner.OpMap, in operators.NodeID, name string) (operators.NodeID, error) {
	types := b.circuit.Types(in)
	var filter []expr.Expr
	for i, s := range m.Steps {
		var f operators.Transform
		var err error
		switch s := s.(type) {
		case *planner.StepFilter:
			filter = append(filter, s.Preds...)
			if i+1 < len(m.Steps) && follows(m.Steps[i+1]) {
				continue
			}
			f, err = b.transform(filter, identity(types), types)
			filter = nil
		case *planner.StepProject:
			f, err = b.transform(filter, s.Exprs, types)
			filter = nil
		case *planner.StepUnnest:
			f, err = b.unnest(s, types)
		default:
			err = fmt.Errorf("build: no transform for %T", s)
		}
		if err != nil {
			return 0, err
		}
		if in, err = b.add(operators.Map{In: in, F: f}, name+": "+label(op)); err != nil {
			return 0, err
		}
		types = f.Types()
	}
	return in, nil
}

// follows reports that the step can take the filters before it along.
func follows(s planner.Step) bool {
	switch s.(type) {
	case *planner.StepFilter, *planner.StepProject:
		return true
	}
	return false
}

func identity(types []row.Type) []expr.Expr {
	out := make([]expr.Expr, len(types))
	for i, t := range types {
		out[i] = &expr.ColRef{Index: i, Typ: t, At: -1}
	}
	return out
}
