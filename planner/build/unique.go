package build

import (
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// An inner join of two collections of which rows only come, on a key that is
// unique on one side, needs no arrangements: see operators.UniqueJoin. Whether a
// join is made so depends on its plan alone, since a restart must decide alike.

// uniqueSide says which side of a join has the unique key, if the join can be
// made as a unique join; its arrangements are then left and right.
func uniqueSide(p *planner.IPlan, op *planner.Op) (leftIsUnique, ok bool) {
	j, is := op.Spec.(*planner.OpJoin)
	if !is || j.Kind != planner.JoinInner || j.NullsEqual {
		return false, false
	}
	l, r := arrangement(p, j.Left), arrangement(p, j.Right)
	if len(l.Key) == 0 || !p.Ops[l.In].Props.AppendOnly || !p.Ops[r.In].Props.AppendOnly {
		return false, false
	}
	if holdsKey(p.Ops[l.In].Props.Keys, l.Key) {
		return true, true
	}
	return false, holdsKey(p.Ops[r.In].Props.Keys, r.Key)
}

func arrangement(p *planner.IPlan, id planner.OpID) *planner.OpArrange {
	return p.Ops[id].Spec.(*planner.OpArrange)
}

// holdsKey reports that the columns hold one of the keys.
func holdsKey(keys [][]int, cols []int) bool {
	return slices.ContainsFunc(keys, func(k []int) bool {
		return !slices.ContainsFunc(k, func(c int) bool { return !slices.Contains(cols, c) })
	})
}

// settles reports that a join is made as a unique join: where nothing else needs
// its arrangements, that is.
func settles(p *planner.IPlan, op *planner.Op) bool {
	if _, ok := uniqueSide(p, op); !ok {
		return false
	}
	j := op.Spec.(*planner.OpJoin)
	return !wanted(p, j.Left) && !wanted(p, j.Right)
}

// wanted reports that an arrangement is read by what cannot do without it.
func wanted(p *planner.IPlan, id planner.OpID) bool {
	if id == p.Output {
		return true
	}
	for i := range p.Ops {
		op := &p.Ops[i]
		if _, ok := uniqueSide(p, op); !ok && slices.Contains(op.Spec.Inputs(), id) {
			return true
		}
	}
	return false
}

// built reports that an arrangement of the plan is in the circuit.
func built(p *planner.IPlan, id planner.OpID) bool {
	for i := range p.Ops {
		op := &p.Ops[i]
		if slices.Contains(op.Spec.Inputs(), id) && !settles(p, op) {
			return true
		}
	}
	return id == p.Output
}

// uniqueJoin makes the node of a join that settles.
func (b *builder) uniqueJoin(op *planner.Op, name string) (operators.NodeID, error) {
	s := op.Spec.(*planner.OpJoin)
	left, _ := uniqueSide(b.plan, op)
	u, o := arrangement(b.plan, s.Left), arrangement(b.plan, s.Right)
	if !left {
		u, o = o, u
	}
	j := operators.UniqueJoin{
		UniqueKey: u.Key, OtherKey: o.Key, Pass: -1, State: b.env.State(op.ID),
		Duplicate: pgerr.New(pgerr.UniqueViolation, "duplicate key value violates a primary key that was promised to be unique"),
	}
	var err error
	if j.Unique, j.Pass, err = b.uniqueInput(u, name); err != nil {
		return 0, err
	}
	if j.Other, err = b.op(o.In); err != nil {
		return 0, err
	}
	nl, out := len(b.plan.Ops[s.Left].Types), s.Out
	if out == nil {
		for c := range nl + len(b.plan.Ops[s.Right].Types) {
			out = append(out, c)
		}
	}
	for _, c := range out {
		to := operators.UniqueOut{Col: c, Other: !left}
		if c >= nl {
			to = operators.UniqueOut{Col: c - nl, Other: left}
		}
		j.Out = append(j.Out, to)
	}
	if len(s.Residual) > 0 {
		if j.Residual, err = b.transform(s.Residual, identity(op.Types), op.Types); err != nil {
			return 0, err
		}
	}
	return b.add(j, name+": unique join")
}

// uniqueInput builds the unique side. A filter on its way becomes a column that
// says whether a row passes: rows that do not pass settle rows of the other side,
// too, if only their keys are known. It returns that column, or -1.
func (b *builder) uniqueInput(a *planner.OpArrange, name string) (operators.NodeID, int, error) {
	in := a.In
	exchange, exchanged := b.plan.Ops[in].Spec.(*planner.OpExchange)
	if exchanged {
		in = exchange.In
	}
	filter, project, ok := b.conditional(in, a.Key)
	if !ok {
		n, err := b.op(a.In)
		return n, -1, err
	}
	from, err := b.op(b.plan.Ops[in].Spec.Inputs()[0])
	if err != nil {
		return 0, 0, err
	}
	f, err := b.transform(nil, append(project, expr.Conjunction(filter...)), b.circuit.Types(from))
	if err != nil {
		return 0, 0, err
	}
	n, err := b.add(operators.Map{In: from, F: f}, name+": condition")
	if err == nil && exchanged {
		n, err = b.add(operators.Exchange{In: n, Key: exchange.Key}, name+": exchange")
	}
	return n, len(project), err
}

// conditional takes apart a map that is filters and at most one projection behind
// them, if nothing fails that is computed for rows that do not pass, and the
// key is unique without the filters, too.
func (b *builder) conditional(id planner.OpID, key []int) (filter, project []expr.Expr, ok bool) {
	m, is := b.plan.Ops[id].Spec.(*planner.OpMap)
	if !is {
		return nil, nil, false
	}
	in := &b.plan.Ops[m.In]
	project = identity(in.Types)
	for i, s := range m.Steps {
		switch s := s.(type) {
		case *planner.StepFilter:
			filter = append(filter, s.Preds...)
		case *planner.StepProject:
			if i != len(m.Steps)-1 || slices.ContainsFunc(s.Exprs, expr.CanError) {
				return nil, nil, false
			}
			project = slices.Clone(s.Exprs)
		default:
			return nil, nil, false
		}
	}
	var below []int
	for _, c := range key {
		ref, is := project[c].(*expr.ColRef)
		if !is {
			return nil, nil, false
		}
		below = append(below, ref.Index)
	}
	return filter, project, len(filter) > 0 && in.Props.AppendOnly && holdsKey(in.Props.Keys, below)
}

// uniqueStates is how many arrangements a join keeps.
func uniqueStates(p *planner.IPlan, op *planner.Op) int {
	if settles(p, op) {
		return operators.UniqueJoin{}.States()
	}
	return 0
}
