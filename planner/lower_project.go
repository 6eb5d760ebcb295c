package planner

import (
	"github.com/tarndb/tarn/sql/expr"
)

// exprs makes expressions positional over a stream.
func (l *lowerer) exprs(list []Scalar, s stream) []expr.Expr {
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = Positional(e, s.cols); err != nil {
			l.fail(err)
			return nil
		}
	}
	return out
}

// step adds a linear step; runs of them are one map.
func (l *lowerer) step(in stream, s Step, cols []Col, props Props, part Part) stream {
	if l.err != nil {
		return stream{cols: cols}
	}
	if m, ok := l.p.Ops[in.op].Spec.(*OpMap); ok {
		return l.emit(&OpMap{In: m.In, Steps: append(m.Steps[:len(m.Steps):len(m.Steps)], s)}, cols, props, part)
	}
	return l.emit(&OpMap{In: in.op, Steps: []Step{s}}, cols, props, part)
}

// project makes a stream of exactly the given columns, and the computed ones
// behind them.
func (l *lowerer) project(in stream, cols []Col, more []Item) stream {
	pos := l.positions(in, cols)
	if l.err != nil {
		return stream{cols: cols}
	}
	same := len(more) == 0 && len(cols) == len(in.cols)
	for i, p := range pos {
		same = same && i == p
	}
	if same {
		return stream{op: in.op, cols: cols}
	}
	step := &StepProject{}
	for i, p := range pos {
		step.Exprs = append(step.Exprs, &expr.ColRef{Index: p, Typ: cols[i].Type, Name: cols[i].Name, At: -1})
		step.Names = append(step.Names, cols[i].Name)
	}
	out := append([]Col(nil), cols...)
	for _, it := range more {
		step.Exprs = append(step.Exprs, l.exprs([]Scalar{it.Expr}, in)...)
		step.Names = append(step.Names, it.Col.Name)
		out = append(out, it.Col)
	}
	old := l.p.Ops[in.op]
	to := map[int]int{}
	for i, p := range pos {
		if _, dup := to[p]; !dup {
			to[p] = i
		}
	}
	return l.step(in, step, out, old.Props.rename(to), old.Part.rename(to))
}

func (l *lowerer) projectNode(n *Project) stream {
	in := l.node(n.Input)
	step := &StepProject{Exprs: l.exprs(n.Exprs(), in)}
	to := map[int]int{}
	for i, it := range n.Items {
		step.Names = append(step.Names, it.Col.Name)
		if id, ok := AsColumn(it.Expr); ok {
			if p := in.at(id); p >= 0 {
				if _, dup := to[p]; !dup {
					to[p] = i
				}
			}
		}
	}
	cols := n.Columns()
	return l.step(in, step, cols, l.propsOf(n, cols), l.part(in).rename(to))
}

func renamePositions(k []int, to map[int]int) ([]int, bool) {
	out := make([]int, len(k))
	for i, c := range k {
		t, ok := to[c]
		if !ok {
			return nil, false
		}
		out[i] = t
	}
	return out, true
}
