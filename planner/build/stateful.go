package build

import (
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/storage"
)

func (b *builder) join(op *planner.Op, s *planner.OpJoin, ins []operators.NodeID) (operators.Spec, error) {
	j := operators.Join{Left: ins[0], Right: ins[1], NullsEqual: s.NullsEqual, Out: s.Out}
	switch s.Kind {
	case planner.JoinLeft:
		j.Kind = operators.LeftJoin
	case planner.JoinRight:
		j.Kind = operators.RightJoin
	case planner.JoinFull:
		j.Kind = operators.FullJoin
	}
	if len(s.Residual) == 0 {
		return j, nil
	}
	f, err := b.transform(s.Residual, identity(op.Types), op.Types)
	j.Residual = f
	return j, err
}

func (b *builder) groupBy(s *planner.OpGroupBy, in operators.NodeID, state storage.ArrID) (operators.GroupBy, error) {
	g := operators.GroupBy{In: in, Key: s.Key, AppendOnly: b.appendOnly(s.In), State: state}
	for _, a := range s.Aggs {
		args := a.Args
		for _, o := range a.Order {
			args = append(slices.Clip(args), o.Col)
		}
		agg := operators.Agg{Args: args, Filter: a.Filter, Distinct: a.Distinct}
		switch a.Kind {
		case planner.AggMin, planner.AggMax:
			if g.AppendOnly {
				agg.F = newExtreme(a.Type, a.Kind == planner.AggMax)
				g.Aggs = append(g.Aggs, agg)
				continue
			}
		}
		switch a.Kind {
		case planner.AggMin:
			agg.Kind = operators.Min
		case planner.AggMax:
			agg.Kind = operators.Max
		default:
			f, err := aggregate(a, b.plan.Ops[s.In].Types, b.context())
			if err != nil {
				return g, err
			}
			agg.F = f
		}
		g.Aggs = append(g.Aggs, agg)
	}
	return g, nil
}
