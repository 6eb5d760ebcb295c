package expr

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// arrayNode is ARRAY[...].
type arrayNode struct {
	elems  []node
	typ    row.Type
	nested bool
}

func (n *arrayNode) eval(f *frame) fn.Arg {
	vals := make([]fn.Arg, len(n.elems))
	for i, e := range n.elems {
		vals[i] = e.eval(f)
	}
	out := row.NewColumn(n.typ, f.n)
	b := row.NewArrayBuilder(n.typ)
	for i := 0; i < f.n; i++ {
		b.Reset()
		if n.nested {
			dims, err := n.join(b, vals, i)
			if err != nil {
				f.fail(i, err)
				out.AppendNull()
				continue
			}
			out.Data = b.FinishDims(out.Data, dims)
		} else {
			for k := range vals {
				b.AppendFrom(vals[k].Col, vals[k].At(i))
			}
			out.Data = b.Finish(out.Data)
		}
		out.EndBytes()
	}
	return fn.Arg{Col: &out}
}

// join puts arrays of one shape together to one with a dimension more.
func (n *arrayNode) join(b *row.ArrayBuilder, vals []fn.Arg, i int) ([]row.Dim, error) {
	var shape []row.Dim
	count := 0
	for k := range vals {
		if vals[k].IsNull(i) {
			continue
		}
		a := row.NewArrayElems(n.typ, vals[k].Bytes(i))
		if count > 0 && !slices.Equal(shape, a.Dims) {
			return nil, pgerr.New(pgerr.ArraySubscriptError, "multidimensional arrays must have array expressions with matching dimensions")
		}
		shape = a.Dims
		count++
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			b.Append(d)
		}
		if err := a.Err(); err != nil {
			return nil, err
		}
	}
	return append([]row.Dim{{Len: count, Lower: 1}}, shape...), nil
}

// scalarArrayOp compiles "= ANY (constant array)" to a set.
func (c *compiler) scalarArrayOp(e *ScalarArrayOp, kids []node) node {
	if k, ok := kids[1].(*constant); ok && !k.col.IsNull(0) && !e.All && e.Op.Comparison == fn.Eq && e.Op.Params[0] == e.Op.Params[1] {
		set := newValueSet(e.Left.Type())
		a := row.NewArrayElems(k.col.Type, k.col.Bytes(0))
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			set.add(d)
		}
		if a.Elem.Base() == set.typ {
			return &inSet{arg: kids[0], set: set}
		}
	}
	return &arrayOp{kids[0], kids[1], e.Op, e.All, c.site()}
}

// arrayOp is op ANY or op ALL: every element of every row goes through the
// operator in one call, and the answers are folded row by row.
type arrayOp struct {
	left, right node
	op          *Function
	all         bool
	site        int
}

func (n *arrayOp) eval(f *frame) fn.Arg {
	l, r := n.left.eval(f), n.right.eval(f)
	lt, rt := l.Col.Type, r.Col.Type.ElemType()
	lc, rc := row.NewColumn(lt, f.n), row.NewColumn(rt, f.n)
	ends := make([]int, f.n)
	var owner []int32
	for i := 0; i < f.n; i++ {
		if !r.IsNull(i) {
			a := row.NewArrayElems(r.Col.Type, r.Bytes(i))
			for d, ok := a.Next(); ok; d, ok = a.Next() {
				lc.AppendFrom(l.Col, l.At(i))
				rc.Append(d)
				owner = append(owner, int32(i))
			}
		}
		ends[i] = len(owner)
	}
	var got fn.Arg
	if len(owner) > 0 {
		ef := f.sub(owner)
		got = ef.apply(n.op, boolType, n.site, []fn.Arg{{Col: &lc}, {Col: &rc}})
	}
	out := row.NewColumn(boolType, f.n)
	start := 0
	for i := 0; i < f.n; i++ {
		out.Append(n.fold(got, start, ends[i], r.IsNull(i)))
		start = ends[i]
	}
	return fn.Arg{Col: &out}
}

func (n *arrayOp) fold(got fn.Arg, start, end int, null bool) row.Datum {
	if null {
		return row.NullDatum
	}
	unknown := false
	for k := start; k < end; k++ {
		switch {
		case got.IsNull(k):
			unknown = true
		case (got.Int(k) != 0) != n.all:
			return row.BoolDatum(!n.all)
		}
	}
	if unknown {
		return row.NullDatum
	}
	return row.BoolDatum(n.all)
}

// subscript is arr[i] or arr[l:u].
type subscript struct {
	arg          node
	lower, upper []node // nil entries are open bounds
	slice        bool
	typ          row.Type
}

func newSubscript(e *Subscript, kids []node) node {
	n := &subscript{arg: kids[0], slice: e.Lower != nil, typ: e.Typ}
	kids = kids[1:]
	fill := func(list []Expr) []node {
		out := make([]node, len(list))
		for i, b := range list {
			if b != nil {
				out[i], kids = kids[0], kids[1:]
			}
		}
		return out
	}
	n.lower = fill(e.Lower)
	n.upper = fill(e.Index)
	return n
}

func (n *subscript) eval(f *frame) fn.Arg {
	arr := n.arg.eval(f)
	bounds := func(list []node) []fn.Arg {
		out := make([]fn.Arg, len(list))
		for i, b := range list {
			if b != nil {
				out[i] = b.eval(f)
			}
		}
		return out
	}
	lower, upper := bounds(n.lower), bounds(n.upper)
	out := row.NewColumn(n.typ, f.n)
	for i := 0; i < f.n; i++ {
		if arr.IsNull(i) || anyNull(lower, i) || anyNull(upper, i) {
			out.AppendNull()
			continue
		}
		a := row.NewArrayElems(arr.Col.Type, arr.Bytes(i))
		if n.slice {
			appendSlice(&out, a, lower, upper, i)
		} else {
			appendElement(&out, a, upper, i)
		}
	}
	return fn.Arg{Col: &out}
}

func anyNull(args []fn.Arg, i int) bool {
	for k := range args {
		if args[k].Col != nil && args[k].IsNull(i) {
			return true
		}
	}
	return false
}

// appendElement appends arr[i][j]..., NULL outside the array.
func appendElement(out *row.Column, a *row.ArrayElems, index []fn.Arg, i int) {
	if len(index) != len(a.Dims) {
		out.AppendNull()
		return
	}
	at := 0
	for k, d := range a.Dims {
		x := index[k].Int(i) - int64(d.Lower)
		if x < 0 || x >= int64(d.Len) {
			out.AppendNull()
			return
		}
		at = at*d.Len + int(x)
	}
	d, ok := a.Next()
	for ; ok && at > 0; at-- {
		d, ok = a.Next()
	}
	if !ok {
		d = row.NullDatum
	}
	out.Append(d)
}

// appendSlice appends arr[l:u]..., cut to the array's bounds; dimensions that are
// not named are whole.
func appendSlice(out *row.Column, a *row.ArrayElems, lower, upper []fn.Arg, i int) {
	b := row.NewArrayBuilder(out.Type)
	dims := make([]row.Dim, len(a.Dims))
	from := make([]int, len(a.Dims))
	empty := len(lower) > len(a.Dims)
	for k, d := range a.Dims {
		lo, hi := int64(d.Lower), int64(d.Lower+d.Len-1)
		if k < len(lower) && lower[k].Col != nil {
			lo = max(lo, lower[k].Int(i))
		}
		if k < len(upper) && upper[k].Col != nil {
			hi = min(hi, upper[k].Int(i))
		}
		empty = empty || lo > hi
		from[k] = int(lo - int64(d.Lower))
		dims[k] = row.Dim{Len: int(hi - lo + 1), Lower: 1}
	}
	if !empty {
		copyBox(b, a, from, dims)
	}
	out.Data = b.FinishDims(out.Data, dims)
	out.EndBytes()
}

// copyBox appends the elements inside a box of the array, in order.
func copyBox(b *row.ArrayBuilder, a *row.ArrayElems, from []int, dims []row.Dim) {
	at := 0
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		inside, rest := true, at
		for k := len(a.Dims) - 1; k >= 0; k-- {
			x := rest%a.Dims[k].Len - from[k]
			rest /= a.Dims[k].Len
			inside = inside && x >= 0 && x < dims[k].Len
		}
		if inside {
			b.Append(d)
		}
		at++
	}
}
