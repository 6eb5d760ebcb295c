package expr

import (
	"bytes"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/builtin/patterns"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// fuse computes some combinations of functions in one step, where what lies between
// costs more than all the rest. nil for all other expressions. The value is the
// same to the byte.
func (c *compiler) fuse(e Expr, kids []node) node {
	switch e := e.(type) {
	case *Call:
		switch {
		case !e.Func.Operator || len(kids) != 2:
		case e.Func.Name == "*" && e.Typ.Is(row.Numeric):
			return fuseScale(e, kids)
		case e.Func.Name == "-" && e.Typ.Is(row.Int4):
			return fuseCount(e, kids)
		}
	case *Subscript:
		return c.fuseGroup(e, kids)
	}
	return nil
}

// unshared is the node itself, of one that is computed once for many.
func unshared(n node) node {
	if s, ok := n.(*shared); ok {
		return s.inner
	}
	return n
}

// fuseGroup is (regexp_match(s, p))[k].
func (c *compiler) fuseGroup(e *Subscript, kids []node) node {
	m, ok := e.Arg.(*Call)
	if !ok || e.Lower != nil || len(e.Index) != 1 || m.Func.Name != "regexp_match" || len(m.Args) != 2 {
		return nil
	}
	inner, ok := unshared(kids[0]).(*call)
	k, isConst := kids[1].(*constant)
	if !ok || !isConst || k.col.IsNull(0) {
		return nil
	}
	return c.call(patterns.RegexpGroup, e.Typ, inner.args[0], inner.args[1], k)
}

// fuseScale is a numeric constant times an integer.
func fuseScale(e *Call, kids []node) node {
	for i, k := range kids {
		k, ok := k.(*constant)
		cast, isCast := e.Args[1-i].(*Cast)
		if !ok || k.col.IsNull(0) || !isCast || cast.Func == nil || cast.Arg.Type().Phys() != row.PhysInt || cast.To.Mod != 0 {
			continue
		}
		v, scale, small := numeric.DecodeSmall(k.col.Bytes(0))
		toNumeric, isCall := unshared(kids[1-i]).(*call)
		if small && isCall && toNumeric.f == cast.Func {
			return &scaled{arg: toNumeric.args[0], by: v, scale: scale, out: e.Typ}
		}
	}
	return nil
}

// scaled multiplies integers by a decimal.
type scaled struct {
	arg   node
	by    int64
	scale int
	out   row.Type
}

func (n *scaled) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.NewColumn(n.out, rows)
	out.Data = make([]byte, 0, 7*rows)
	for i, v := range a.Col.Ints {
		switch p := v * n.by; {
		case a.Col.IsNull(i):
		case v == int64(int32(v)) && n.by == int64(int32(n.by)):
			out.Data = numeric.AppendSmall(out.Data, p, n.scale)
		default:
			// Numerics of few digits cannot overflow: there is no error.
			d, _ := numeric.FromInt64(v).Mul(numeric.New(n.by, n.scale))
			out.Data = numeric.Append(out.Data, d)
		}
		out.Offs = append(out.Offs, uint32(len(out.Data)))
	}
	fn.SetNulls(&out, a.Col.Nulls)
	return fn.Arg{Col: &out, Const: a.Const}
}

// fuseCount is length(s) - length(replace(s, 'c', ”)): how often a character is
// in a text.
func fuseCount(e *Call, kids []node) node {
	whole, ok1 := lengthOf(e.Args[0])
	rest, ok2 := lengthOf(e.Args[1])
	if !ok1 || !ok2 {
		return nil
	}
	r, ok := rest.(*Call)
	if !ok || r.Func.Name != "replace" || len(r.Args) != 3 || !Equal(r.Args[0], whole) {
		return nil
	}
	char, ok1 := r.Args[1].(*Const)
	empty, ok2 := r.Args[2].(*Const)
	if !ok1 || !ok2 || char.Datum.Null || empty.Datum.Null || len(empty.Datum.B) > 0 || utf8.RuneCount(char.Datum.B) != 1 {
		return nil
	}
	arg, ok := unshared(kids[0]).(*call)
	if !ok {
		return nil
	}
	return &counted{arg: arg.args[0], char: char.Datum.B, out: e.Typ}
}

func lengthOf(e Expr) (Expr, bool) {
	c, ok := e.(*Call)
	if !ok || len(c.Args) != 1 || c.Func.Name != "length" || !c.Args[0].Type().Is(row.Text) {
		return nil, false
	}
	return c.Args[0], true
}

// counted counts a character in texts.
type counted struct {
	arg  node
	char []byte
	out  row.Type
}

func (n *counted) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.NewColumn(n.out, rows)
	for i := range rows {
		out.Ints = append(out.Ints, int64(bytes.Count(a.Col.Bytes(i), n.char)))
	}
	fn.SetNulls(&out, a.Col.Nulls)
	return fn.Arg{Col: &out, Const: a.Const}
}
