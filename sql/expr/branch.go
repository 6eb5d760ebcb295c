package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// pieces assembles a result from branches that were computed for some rows each.
type pieces struct {
	typ  row.Type
	from []int32 // for each row the branch + 1; 0 is NULL
	at   []int32 // and the row of the branch
	cols []fn.Arg
}

func newPieces(t row.Type, n int) *pieces {
	return &pieces{typ: t, from: make([]int32, n), at: make([]int32, n)}
}

func (p *pieces) column() *row.Column {
	out := row.NewColumn(p.typ, len(p.from))
	for i, from := range p.from {
		if from == 0 {
			out.AppendNull()
			continue
		}
		out.AppendFrom(p.cols[from-1].Col, int(p.at[i]))
	}
	return &out
}

// identity lists 0 to n-1.
func identity(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func pick(sel, which []int32) []int32 {
	out := make([]int32, len(which))
	for j, k := range which {
		out[j] = sel[k]
	}
	return out
}

type coalesce struct {
	args []node
	typ  row.Type
}

func (n *coalesce) eval(f *frame) fn.Arg {
	first := n.args[0].eval(f)
	if !first.Col.HasNulls() {
		return first
	}
	out := newPieces(n.typ, f.n)
	left, lf, v := identity(f.n), f, first
	for i := 0; ; {
		var have, none []int32
		for j := 0; j < lf.n; j++ {
			switch {
			case !v.IsNull(j):
				have = append(have, int32(j))
			case !lf.failed(j):
				none = append(none, int32(j))
			}
		}
		out.cols = append(out.cols, v)
		for _, j := range have {
			out.from[left[j]], out.at[left[j]] = int32(len(out.cols)), int32(v.At(int(j)))
		}
		if i++; i == len(n.args) || len(none) == 0 {
			return fn.Arg{Col: out.column()}
		}
		if len(none) < lf.n {
			left, lf = pick(left, none), lf.sub(none)
		}
		v = n.args[i].eval(lf)
	}
}

// nullIf is NULL where eq is true.
type nullIf struct {
	arg, eq node
	typ     row.Type
}

func (n *nullIf) eval(f *frame) fn.Arg {
	v := n.arg.eval(f)
	eq := n.eq.eval(f)
	out := row.NewColumn(n.typ, f.n)
	for i := 0; i < f.n; i++ {
		if v.IsNull(i) || !eq.IsNull(i) && eq.Int(i) != 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(v.Col, v.At(i))
		}
	}
	return fn.Arg{Col: &out}
}

type minMax struct {
	args  []node
	typ   row.Type
	least bool
}

func (n *minMax) eval(f *frame) fn.Arg {
	vals := make([]fn.Arg, len(n.args))
	for i, a := range n.args {
		vals[i] = a.eval(f)
	}
	out := row.NewColumn(n.typ, f.n)
	for i := 0; i < f.n; i++ {
		best := -1
		for k := range vals {
			if vals[k].IsNull(i) {
				continue
			}
			if best >= 0 {
				c := row.CompareValues(vals[k].Col, vals[k].At(i), vals[best].Col, vals[best].At(i))
				if c == 0 || (c < 0) != n.least {
					continue
				}
			}
			best = k
		}
		if best < 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(vals[best].Col, vals[best].At(i))
		}
	}
	return fn.Arg{Col: &out}
}
