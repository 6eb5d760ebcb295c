package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// logic is AND or OR. Operands after the first see only the rows that are not
// decided; those that cannot fail and cost little are computed for all rows,
// which nobody can tell.
type logic struct {
	or   bool
	args []node
	safe []bool
}

func newLogic(e *Logic, kids []node) node {
	n := &logic{or: e.Or, args: kids, safe: make([]bool, len(kids))}
	for i, a := range e.Args {
		n.safe[i] = harmless(a)
	}
	return n
}

// harmless reports that computing e for rows that do not need it changes nothing
// and costs less than leaving them out.
func harmless(e Expr) bool { return harmlessBeside(e, nil) }

// harmlessBeside is harmless where the expressions with the keys done are computed for
// all rows anyway.
func harmlessBeside(e Expr, done map[string]bool) bool {
	nodes := 0
	cheap := true
	Walk(e, func(e Expr) bool {
		nodes++
		if done != nil && len(e.Children()) > 0 && done[repeatKey(e)] {
			return false
		}
		if c, ok := e.(*Call); ok && c.Func.Comparison == 0 && c.Func.Result.Phys() == row.PhysBytes {
			cheap = false
		}
		return cheap && nodes <= 8
	})
	return cheap && nodes <= 8 && !CanError(e) && VolatilityOf(e) < Volatile
}

func (n *logic) eval(f *frame) fn.Arg {
	acc := n.args[0].eval(f)
	for i, arg := range n.args[1:] {
		if acc.Const && !acc.Col.IsNull(0) && (acc.Col.Ints[0] != 0) == n.or {
			return acc
		}
		if n.safe[i+1] {
			acc = n.combine(f.n, acc, arg.eval(f))
			continue
		}
		open := n.undecided(f, acc)
		if len(open) == 0 {
			return acc
		}
		if len(open) == f.n {
			acc = n.combine(f.n, acc, arg.eval(f))
			continue
		}
		acc = n.merge(f, acc, open, arg.eval(f.sub(open)))
	}
	return acc
}

// undecided are the rows on which the next operand matters.
func (n *logic) undecided(f *frame, acc fn.Arg) []int32 {
	stop := int64(0)
	if n.or {
		stop = 1
	}
	out := make([]int32, 0, f.n)
	for i := 0; i < f.n; i++ {
		j := acc.At(i)
		if (acc.Col.Ints[j] != stop || acc.Col.IsNull(j)) && !f.failed(i) {
			out = append(out, int32(i))
		}
	}
	return out
}

// combine is the three-valued operation, row by row.
func (n *logic) combine(rows int, a, b fn.Arg) fn.Arg {
	konst := a.Const && b.Const
	if konst {
		rows = 1
	}
	out := row.NewColumn(boolType, rows)
	out.Ints = out.Ints[:rows]
	if !a.Const && !b.Const && !a.Col.HasNulls() && !b.Col.HasNulls() {
		x, y := a.Col.Ints[:rows], b.Col.Ints[:rows]
		if n.or {
			for i := range x {
				out.Ints[i] = x[i] | y[i]
			}
		} else {
			for i := range x {
				out.Ints[i] = x[i] & y[i]
			}
		}
		return fn.Arg{Col: &out}
	}
	for i := 0; i < rows; i++ {
		v, null := n.combine1(a.Int(i), a.IsNull(i), b.Int(i), b.IsNull(i))
		out.Ints[i] = v
		if null {
			out.SetNull(i)
		}
	}
	return fn.Arg{Col: &out, Const: konst}
}

func (n *logic) combine1(a int64, aNull bool, b int64, bNull bool) (v int64, null bool) {
	stop := int64(0)
	if n.or {
		stop = 1
	}
	if !aNull && a == stop || !bNull && b == stop {
		return stop, false
	}
	if aNull || bNull {
		return 0, true
	}
	return 1 - stop, false
}

// merge combines an operand that was computed for some rows only.
func (n *logic) merge(f *frame, acc fn.Arg, open []int32, b fn.Arg) fn.Arg {
	out := row.NewColumn(boolType, f.n)
	out.Ints = out.Ints[:f.n]
	next := 0
	for i := 0; i < f.n; i++ {
		v, null := acc.Int(i), acc.IsNull(i)
		if next < len(open) && open[next] == int32(i) {
			v, null = n.combine1(v, null, b.Int(next), b.IsNull(next))
			next++
		}
		out.Ints[i] = v
		if null {
			out.SetNull(i)
		}
	}
	return fn.Arg{Col: &out}
}

type notNode struct{ arg node }

func (n *notNode) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	out := row.Column{Type: boolType, Nulls: a.Col.Nulls, Ints: make([]int64, len(a.Col.Ints))}
	for i, v := range a.Col.Ints {
		out.Ints[i] = v ^ 1
	}
	out.Nulls = append([]uint64(nil), a.Col.Nulls...)
	fn.SetNulls(&out, a.Col.Nulls)
	return fn.Arg{Col: &out, Const: a.Const}
}

type isNull struct {
	arg node
	not bool
}

func (n *isNull) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.Column{Type: boolType, Ints: make([]int64, rows)}
	record := a.Col.Type.Kind == row.Record
	for i := range out.Ints {
		is := a.Col.IsNull(i) != n.not
		if record && !a.Col.IsNull(i) {
			is = recordTest(a.Col.Bytes(i), n.not)
		}
		if is {
			out.Ints[i] = 1
		}
	}
	return fn.Arg{Col: &out, Const: a.Const}
}

// recordTest: a row IS NULL when all its fields are, IS NOT NULL when none is.
func recordTest(b []byte, not bool) bool {
	_, _, fields, err := row.RecordFields(b)
	for _, d := range fields {
		if d.Null == not {
			return false
		}
	}
	return err == nil
}

type isTruth struct {
	arg  node
	test Truth
	not  bool
}

func (n *isTruth) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	out := row.Column{Type: boolType, Ints: make([]int64, len(a.Col.Ints))}
	for i, v := range a.Col.Ints {
		is := a.Col.IsNull(i)
		if n.test != IsUnknown {
			is = !is && (v != 0) == (n.test == IsTrue)
		}
		if is != n.not {
			out.Ints[i] = 1
		}
	}
	return fn.Arg{Col: &out, Const: a.Const}
}

// distinct is IS [NOT] DISTINCT FROM.
type distinct struct {
	left, right node
	site        int
	eq          *Function
	not         bool
}

func (n *distinct) eval(f *frame) fn.Arg {
	a, b := n.left.eval(f), n.right.eval(f)
	eq := f.apply(n.eq, boolType, n.site, []fn.Arg{a, b})
	out := row.Column{Type: boolType, Ints: make([]int64, f.n)}
	for i := range out.Ints {
		same := !eq.IsNull(i) && eq.Int(i) != 0
		if x, y := a.IsNull(i), b.IsNull(i); x || y {
			same = x && y
		}
		if same == n.not {
			out.Ints[i] = 1
		}
	}
	return fn.Arg{Col: &out}
}
