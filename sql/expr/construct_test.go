package expr

// The constructs of the grammar, typed as the binder types them, for the tests of
// this package.

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// And is the conjunction of conditions, each brought to boolean.
func (t Typing) And(pos int, args ...Expr) (Expr, error) { return t.logic(pos, false, "AND", args) }

// Or is the disjunction of conditions, each brought to boolean.
func (t Typing) Or(pos int, args ...Expr) (Expr, error) { return t.logic(pos, true, "OR", args) }

func (t Typing) logic(pos int, or bool, word string, args []Expr) (Expr, error) {
	out := make([]Expr, 0, len(args))
	for _, a := range args {
		b, err := t.Boolean(a, word)
		if err != nil {
			return nil, err
		}
		// A chain that the parser nests to the left becomes one node.
		if l, ok := b.(*Logic); ok && l.Or == or && len(out) == 0 {
			out = append(out, l.Args...)
			continue
		}
		out = append(out, b)
	}
	return &Logic{Or: or, Args: out[:len(out):len(out)], At: pos}, nil
}

// Not is the negation of a condition.
func (t Typing) Not(pos int, arg Expr) (Expr, error) {
	b, err := t.Boolean(arg, "NOT")
	if err != nil {
		return nil, err
	}
	return &Not{b, pos}, nil
}

// Case is a searched CASE; the binder turns a simple one into comparisons. els
// may be nil.
func (t Typing) Case(pos int, whens []When, els Expr) (Expr, error) {
	// PostgreSQL looks at the ELSE first when it picks the type.
	var values []Expr
	if els != nil {
		values = append(values, els)
	}
	out := &Case{At: pos}
	for _, w := range whens {
		cond, err := t.Boolean(w.Cond, "CASE/WHEN")
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{Cond: cond})
		values = append(values, w.Then)
	}
	values, typ, err := t.Common("CASE", values)
	if err != nil {
		return nil, err
	}
	if els != nil {
		out.Else, values = values[0], values[1:]
	}
	for i := range out.Whens {
		out.Whens[i].Then = values[i]
	}
	out.Typ = typ
	return out, nil
}

// Coalesce is COALESCE.
func (t Typing) Coalesce(pos int, args []Expr) (Expr, error) {
	args, typ, err := t.Common("COALESCE", args)
	if err != nil {
		return nil, err
	}
	return &Coalesce{args, typ, pos}, nil
}

// MinMax is GREATEST or LEAST.
func (t Typing) MinMax(pos int, least bool, args []Expr) (Expr, error) {
	word := "GREATEST"
	if least {
		word = "LEAST"
	}
	args, typ, err := t.Common(word, args)
	if err != nil {
		return nil, err
	}
	return &MinMax{least, args, typ, pos}, nil
}

// NullIf is NULLIF; its value is that of the operator's left operand, casts included.
func (t Typing) NullIf(pos int, a, b Expr) (Expr, error) {
	eq, left, right, err := t.equality(pos, "NULLIF", a, b)
	if err != nil {
		return nil, err
	}
	return &NullIf{Arg: left, Left: left, Right: right, Eq: eq, Typ: left.Type(), At: pos}, nil
}

// Distinct is IS [NOT] DISTINCT FROM.
func (t Typing) Distinct(pos int, a, b Expr, not bool) (Expr, error) {
	eq, left, right, err := t.equality(pos, "IS DISTINCT FROM", a, b)
	if err != nil {
		return nil, err
	}
	return &Distinct{left, right, eq, not, pos}, nil
}

// equality applies "=" and hands back the operator and its coerced operands.
func (t Typing) equality(pos int, what string, a, b Expr) (eq *Function, left, right Expr, err error) {
	e, err := t.Operator(pos, "=", a, b)
	if err != nil {
		return nil, nil, nil, err
	}
	c, ok := e.(*Call)
	if !ok || c.Typ.Kind != row.Bool {
		return nil, nil, nil, pgerr.New(pgerr.DatatypeMismatch, "%s requires = operator to yield boolean", what).At(pos)
	}
	return c.Func, c.Args[0], c.Args[1], nil
}

// In is IN or NOT IN over a list. Items that go to one common type are one list;
// otherwise each is compared by its own operator, as PostgreSQL does.
func (t Typing) In(pos int, arg Expr, list []Expr, not bool) (Expr, error) {
	if e, ok := t.inOneType(pos, arg, list, not); ok {
		return e, nil
	}
	var terms []Expr
	for _, item := range list {
		eq, err := t.Operator(pos, "=", arg, item)
		if err != nil {
			return nil, err
		}
		terms = append(terms, eq)
	}
	e := Disjunction(terms...)
	if not {
		return &Not{e, pos}, nil
	}
	return e, nil
}

func (t Typing) inOneType(pos int, arg Expr, list []Expr, not bool) (Expr, bool) {
	common, err := SelectCommonType("IN", append([]row.Type{arg.Type()}, types(list)...))
	if err != nil {
		return nil, false
	}
	r, err := ResolveOperator("=", common, common)
	if err != nil || r.Result.Kind != row.Bool {
		return nil, false
	}
	out := &InList{Not: not, Eq: r.Func, At: pos}
	if out.Arg, err = t.Coerce(arg, r.Args[0], Implicit); err != nil {
		return nil, false
	}
	for _, item := range list {
		c, err := t.Coerce(item, r.Args[1], Implicit)
		if err != nil {
			return nil, false
		}
		out.List = append(out.List, c)
	}
	return out, true
}

// ArrayOp is left op ANY (array) or op ALL (array).
func (t Typing) ArrayOp(pos int, op string, left, array Expr, all bool) (Expr, error) {
	elem := row.Type{}
	if at := array.Type(); at.Kind == row.Array {
		elem = at.ElemType()
	} else if at.Kind != row.Unknown {
		return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(pos)
	}
	r, err := ResolveOperator(op, left.Type(), elem)
	if err != nil {
		return nil, at(err, pos)
	}
	if r.Result.Kind != row.Bool {
		return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(pos)
	}
	l, err := t.Coerce(left, r.Args[0], Implicit)
	if err != nil {
		return nil, err
	}
	a, err := t.Coerce(array, row.ArrayOf(r.Args[1].Kind), Implicit)
	if err != nil {
		return nil, err
	}
	return &ScalarArrayOp{Left: l, Right: a, Op: r.Func, All: all, At: pos}, nil
}

// Array is ARRAY[...]. Elements that are arrays make an array with a dimension more.
func (t Typing) Array(pos int, elems []Expr) (Expr, error) {
	if len(elems) == 0 {
		return nil, pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(pos)
	}
	elems, typ, err := t.Common("ARRAY", elems)
	if err != nil {
		return nil, err
	}
	if typ.Kind == row.Array {
		return &ArrayExpr{Elems: elems, Typ: typ, Nested: true, At: pos}, nil
	}
	at := row.ArrayOf(typ.Kind)
	if at.OID() == 0 {
		return nil, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", fn.TypeName(typ)).At(pos)
	}
	return &ArrayExpr{Elems: elems, Typ: at, At: pos}, nil
}

// Subscript is arr[i]..., or a slice where lower is not nil; open bounds are nil.
func (t Typing) Subscript(pos int, arr Expr, lower, index []Expr) (Expr, error) {
	at := arr.Type()
	if at.Kind != row.Array {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", fn.TypeName(at)).At(pos)
	}
	out := &Subscript{Arg: arr, Typ: at.ElemType(), At: pos}
	if lower != nil {
		out.Typ, out.Lower = at, make([]Expr, len(lower))
	}
	out.Index = make([]Expr, len(index))
	for _, list := range []struct{ from, to []Expr }{{lower, out.Lower}, {index, out.Index}} {
		for i, b := range list.from {
			if b == nil {
				continue
			}
			c, err := t.Coerce(b, row.T(row.Int4), Assignment)
			if err != nil {
				return nil, pgerr.New(pgerr.DatatypeMismatch, "array subscript must have type integer").At(b.Pos())
			}
			list.to[i] = c
		}
	}
	return out, nil
}
