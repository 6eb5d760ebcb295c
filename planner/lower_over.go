package planner

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (l *lowerer) over(n *Over) stream {
	// Ties are broken by the rows, so the columns stand in the node's order.
	in := l.project(l.node(n.Input), n.Input.Columns(), nil)
	spec := &OpOver{}
	partition := slices.Clone(n.Partition)
	slices.SortFunc(partition, func(a, b Col) int { return in.at(a.ID) - in.at(b.ID) })
	spec.Partition = l.positions(in, partition)
	for _, o := range n.Order {
		spec.Order = append(spec.Order, PosSort{Col: l.positions(in, []Col{o.Col})[0], Desc: o.Desc, NullsFirst: o.NullsFirst})
	}
	for _, c := range n.Calls {
		call, err := l.overCall(c, in)
		if err != nil {
			l.fail(err)
			return stream{cols: n.Columns()}
		}
		spec.Calls = append(spec.Calls, call)
	}
	in = l.exchange(in, spec.Partition)
	if l.err != nil {
		return stream{cols: n.Columns()}
	}
	spec.In = in.op
	cols := n.Columns()
	props := l.propsOf(n, cols)
	props.Expire = l.expireBy(l.eventsOf(n.Input), partition)
	return l.emit(spec, cols, props, l.part(in))
}

func (l *lowerer) overCall(c OverCall, in stream) (over.Call, error) {
	out := over.Call{Type: c.Col.Type, Filter: -1, Frame: c.Frame}
	if c.Agg != nil {
		out.Agg = c.Agg.Aggregate
	} else {
		out.Func = c.Window.Name
	}
	for i, e := range c.Args {
		a := over.Arg{Col: -1, Type: e.Type()}
		if c.Agg != nil {
			a.Type = c.Agg.Args[i]
		}
		if id, ok := AsColumn(e); ok {
			a.Col = l.positions(in, []Col{{ID: id, Type: e.Type()}})[0]
		} else {
			var err error
			if a.Const, err = expr.EvalConst(e, l.opts.Context); err != nil {
				return out, err
			}
		}
		out.Args = append(out.Args, a)
	}
	if c.Filter.ID != 0 {
		out.Filter = l.positions(in, []Col{c.Filter})[0]
	}
	var err error
	out.Frame, err = l.frame(c.Frame)
	return out, err
}

// frame computes the offsets.
func (l *lowerer) frame(f over.Frame) (over.Frame, error) {
	for _, end := range []struct {
		bound *over.Bound
		name  string
	}{{&f.Start, "starting"}, {&f.End, "ending"}} {
		e := end.bound.Offset
		if e == nil {
			continue
		}
		d, err := expr.EvalConst(e, l.opts.Context)
		switch {
		case err != nil:
			return f, err
		case d.Null:
			return f, pgerr.New(pgerr.NullValueNotAllowed, "frame %s offset must not be null", end.name)
		case f.Mode != over.Range && d.I < 0:
			return f, pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", end.name)
		}
		end.bound.Offset = &expr.Const{Datum: row.Datum{I: d.I, F: d.F, B: slices.Clone(d.B)}, Typ: e.Type(), At: -1}
	}
	return f, nil
}
