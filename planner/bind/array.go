package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (b *binder) array(s *scope, e *ast.ArrayExpr) (planner.Scalar, error) {
	if len(e.Elems) == 0 {
		return nil, pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(e.Pos())
	}
	args, t, err := b.common(s, e.Elems, "ARRAY")
	if err != nil {
		return nil, err
	}
	return b.makeArray(args, t, e.Pos())
}

func (b *binder) makeArray(args []planner.Scalar, t row.Type, pos int) (planner.Scalar, error) {
	switch {
	case t.Is(row.Array):
		return &expr.ArrayExpr{Elems: args, Typ: t, Nested: true, At: pos}, nil
	case t.Is(row.Record):
		return nil, unsupported(pos, "an array of rows")
	}
	return &expr.ArrayExpr{Elems: args, Typ: t.ArrayType(), At: pos}, nil
}

// typedArray is ARRAY[...]::t[]: the elements are cast one by one.
func (b *binder) typedArray(s *scope, e *ast.ArrayExpr, t row.Type) (planner.Scalar, error) {
	out := &expr.ArrayExpr{Typ: t, At: e.Pos()}
	for _, x := range e.Elems {
		var el planner.Scalar
		var err error
		if inner, ok := x.(*ast.ArrayExpr); ok {
			out.Nested = true
			el, err = b.typedArray(s, inner, t)
		} else if el, err = b.expr(s, x); err == nil {
			to := t.ElemType()
			if el.Type().Is(row.Array) {
				out.Nested, to = true, t
			}
			el, err = b.typing.Cast(x.Pos(), el, to)
		}
		if err != nil {
			return nil, err
		}
		out.Elems = append(out.Elems, el)
	}
	return out, nil
}

func (b *binder) subscript(s *scope, e *ast.SubscriptExpr) (planner.Scalar, error) {
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	t := arg.Type()
	out := &expr.Subscript{Arg: arg, At: e.Pos()}
	switch {
	case t.Is(row.Array):
		out.Typ = t.ElemType()
	case t.Is(row.JSONB):
		path, _, err := b.jsonSubscripts(s, e.Subscripts)
		if err != nil {
			return nil, err
		}
		steps := &expr.ArrayExpr{Elems: path, Typ: row.ArrayOf(row.Text), At: -1}
		return b.typing.Operator(e.Pos(), "#>", arg, steps)
	case t.Is(row.Int2Vector):
		out.Typ = row.T(row.Int2)
	case t.Is(row.OIDVector):
		out.Typ = row.T(row.OID)
	default:
		return nil, pgerr.New(pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", t.Base()).At(startOf(e.Arg))
	}
	sliced := false
	for _, sub := range e.Subscripts {
		sliced = sliced || sub.Slice
	}
	for _, sub := range e.Subscripts {
		up, err := b.bound(s, sub.Index)
		if err != nil {
			return nil, err
		}
		out.Index = append(out.Index, up)
		if !sliced {
			continue
		}
		low, err := b.bound(s, sub.Low)
		if err != nil {
			return nil, err
		}
		if !sub.Slice {
			low = &expr.Const{Datum: row.IntDatum(1), Typ: row.T(row.Int4), At: -1}
		}
		out.Lower = append(out.Lower, low)
	}
	if sliced {
		out.Typ = t
	}
	return out, nil
}

// jsonSubscripts are the subscripts of a jsonb as texts: keys, and numbers of elements.
// number says that the first one is of these.
func (b *binder) jsonSubscripts(s *scope, subs []ast.Subscript) (path []planner.Scalar, number bool, err error) {
	text := row.T(row.Text)
	for i, sub := range subs {
		if sub.Slice {
			at := sub.Index
			if at == nil {
				at = sub.Low
			}
			pos := ast.NoPos
			if at != nil {
				pos = at.Pos()
			}
			return nil, false, pgerr.New(pgerr.DatatypeMismatch, "jsonb subscript does not support slices").At(pos)
		}
		e, err := b.expr(s, sub.Index)
		if err != nil {
			return nil, false, err
		}
		from := e.Type()
		_, isInt := expr.FindCast(from, row.T(row.Int4), expr.Implicit)
		_, isText := expr.FindCast(from, text, expr.Implicit)
		isInt, isText = isInt || from.Is(row.Int4), isText || from.Is(row.Text)
		if from.Kind != row.Unknown && isInt == isText {
			which := "either integer or text"
			if isInt {
				which = "only one type, integer or text"
			}
			return nil, false, pgerr.New(pgerr.DatatypeMismatch, "subscript type %s is not supported", from.Base()).
				WithHint("jsonb subscript must be coercible to %s.", which).At(e.Pos())
		}
		number = number || i == 0 && isInt && from.Kind != row.Unknown
		if e, err = b.typing.Cast(e.Pos(), e, text); err != nil {
			return nil, false, err
		}
		path = append(path, e)
	}
	return path, number, nil
}

func (b *binder) bound(s *scope, e ast.Expr) (planner.Scalar, error) {
	if e == nil {
		return nil, nil
	}
	out, err := b.expr(s, e)
	if err != nil {
		return nil, err
	}
	out, err = b.typing.Coerce(out, row.T(row.Int4), expr.Assignment)
	if pgerr.Code(err) == pgerr.CannotCoerce {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "array subscript must have type integer").At(e.Pos())
	}
	return out, err
}
