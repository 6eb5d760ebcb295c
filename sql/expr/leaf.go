package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// column is an input column.
type column struct{ index int }

func (n *column) eval(f *frame) fn.Arg { return fn.Arg{Col: f.column(n.index)} }

// constant is one value for all rows.
type constant struct{ col *row.Column }

func newConstant(t row.Type, d row.Datum) *constant {
	c := row.NewColumn(t, 1)
	c.Append(d)
	return &constant{&c}
}

func (n *constant) eval(*frame) fn.Arg { return fn.Arg{Col: n.col, Const: true} }

// param is a parameter of the statement.
type param struct {
	index int
	typ   row.Type
}

func (n *param) eval(f *frame) fn.Arg {
	if f.m.ctx == nil || n.index >= len(f.m.ctx.Params) {
		f.failAll(pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", n.index+1))
		return newConstant(n.typ, row.NullDatum).eval(f)
	}
	return newConstant(n.typ, f.m.ctx.Params[n.index]).eval(f)
}

// relabel shows the same bytes as another type.
type relabel struct {
	arg node
	to  row.Type
}

func (n *relabel) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	c := *a.Col
	c.Type = n.to
	return fn.Arg{Col: &c, Const: a.Const}
}

// typmod fits values into a type's modifier.
type typmod struct {
	arg      node
	to       row.Type
	explicit bool
}

func (n *typmod) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.NewColumn(n.to, rows)
	for i := 0; i < rows; i++ {
		if a.Col.IsNull(i) {
			out.AppendNull()
			continue
		}
		d, err := row.ApplyTypmod(n.to, a.Col.Datum(i), n.explicit)
		switch {
		case err == nil:
			out.Append(d)
			continue
		case a.Const:
			f.failAll(err)
		default:
			f.fail(i, err)
		}
		out.AppendNull()
	}
	return fn.Arg{Col: &out, Const: a.Const}
}

// sizeShift is the precision of the sizes that are remembered: bytes a row, times 256.
const sizeShift = 8

// call applies a function.
type call struct {
	f    *Function
	args []node
	out  row.Type
	site int
}

func (n *call) eval(f *frame) fn.Arg {
	args := make([]fn.Arg, len(n.args))
	for i, a := range n.args {
		args[i] = a.eval(f)
	}
	return f.apply(n.f, n.out, n.site, args)
}

// apply runs a kernel; over constant arguments it runs once for all rows.
func (f *frame) apply(fun *Function, typ row.Type, site int, args []fn.Arg) fn.Arg {
	once := fun.Volatility != Volatile
	var nulls []uint64
	for i := range args {
		a := &args[i]
		if !a.Const {
			once = false
		}
		if fun.Strict && a.Const && a.Col.IsNull(0) {
			return newConstant(typ, row.NullDatum).eval(f)
		}
		if fun.Strict && !a.Const && a.Col.HasNulls() {
			nulls = fn.OrNulls(nulls, a.Col.Nulls, f.n)
		}
	}
	n, fail := f.n, f.fail
	if once {
		n, fail = 1, func(_ int, err error) { f.failAll(err) }
	}
	out := row.NewColumn(typ, n)
	size := &f.m.sizes[site]
	if *size > 0 && !once {
		// What the rows took the last time, and a little more.
		out.Data = make([]byte, 0, (*size+*size>>4)*n>>sizeShift+64)
	}
	var lost []int
	c := fn.NewCall(f.m.ctx, n, args, &out, &f.m.sites[site], nulls, func(i int, err error) {
		lost = append(lost, i)
		fail(i, err)
	})
	fun.Kernel(c)
	if typ.Phys() == row.PhysBytes && n > 0 {
		*size = len(out.Data) << sizeShift / n
	}
	fn.SetNulls(&out, nulls)
	for _, i := range lost {
		setNull(&out, i)
	}
	return fn.Arg{Col: &out, Const: once}
}

// setNull makes a scalar row NULL; a bytes row keeps its bytes' place.
func setNull(c *row.Column, i int) {
	c.SetNull(i)
	switch c.Type.Phys() {
	case row.PhysInt:
		c.Ints[i] = 0
	case row.PhysFloat:
		c.Floats[i] = 0
	}
}
