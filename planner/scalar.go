package planner

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// ColumnExpr is the expression that reads a column.
func ColumnExpr(c Col) Scalar {
	return &expr.ColRef{Index: int(c.ID), Typ: c.Type, Name: c.Name, At: -1}
}

// AsColumn reports the column that an expression merely reads.
func AsColumn(e Scalar) (ColID, bool) {
	if c, ok := e.(*expr.ColRef); ok {
		return ColID(c.Index), true
	}
	return 0, false
}

// MapExpr rebuilds an expression from its leaves up.
func MapExpr(e Scalar, fn func(Scalar) Scalar) Scalar {
	children := e.Children()
	changed := false
	var out []Scalar
	for i, c := range children {
		n := MapExpr(c, fn)
		if n != c && !changed {
			changed = true
			out = append([]Scalar(nil), children...)
		}
		if changed {
			out[i] = n
		}
	}
	if changed {
		e = e.WithChildren(out)
	}
	return fn(e)
}

// WalkExpr visits an expression, parents first; it does not go below a node for
// which fn returns false.
func WalkExpr(e Scalar, fn func(Scalar) bool) {
	if !fn(e) {
		return
	}
	for _, c := range e.Children() {
		WalkExpr(c, fn)
	}
}

// ExprCols is the set of columns that an expression reads.
func ExprCols(e Scalar) ColSet {
	var s ColSet
	WalkExpr(e, func(x Scalar) bool {
		if id, ok := AsColumn(x); ok {
			s.add(id)
		}
		return true
	})
	return s
}

// Substitute replaces columns by expressions.
func Substitute(e Scalar, by map[ColID]Scalar) Scalar {
	if len(by) == 0 {
		return e
	}
	return MapExpr(e, func(x Scalar) Scalar {
		if id, ok := AsColumn(x); ok {
			if to := by[id]; to != nil {
				return to
			}
		}
		return x
	})
}

// Positional turns the columns of an expression into positions in cols. It is
// what evaluation needs; every column must be there.
func Positional(e Scalar, cols []Col) (Scalar, error) {
	at := make(map[ColID]int, len(cols))
	for i, c := range cols {
		at[c.ID] = i
	}
	var missing *expr.ColRef
	out := MapExpr(e, func(x Scalar) Scalar {
		c, ok := x.(*expr.ColRef)
		if !ok {
			return x
		}
		i, ok := at[ColID(c.Index)]
		if !ok {
			missing = c
			return x
		}
		return &expr.ColRef{Index: i, Typ: c.Typ, Name: c.Name, At: c.At}
	})
	if missing != nil {
		return nil, fmt.Errorf("planner: column %s#%d is not made by the inputs [%s]", missing.Name, missing.Index, colList(cols))
	}
	return out, nil
}

// Conjuncts splits an expression at its ANDs, in order.
func Conjuncts(e Scalar) []Scalar {
	if l, ok := e.(*expr.Logic); ok && !l.Or {
		var out []Scalar
		for _, a := range l.Args {
			out = append(out, Conjuncts(a)...)
		}
		return out
	}
	return []Scalar{e}
}

// And joins predicates; none is TRUE.
func And(preds ...Scalar) Scalar {
	switch len(preds) {
	case 0:
		return boolConst(true)
	case 1:
		return preds[0]
	}
	return &expr.Logic{Args: preds, At: -1}
}

func boolConst(v bool) Scalar {
	return &expr.Const{Datum: row.BoolDatum(v), Typ: row.T(row.Bool), At: -1}
}

// NullConst is the NULL of a type.
func NullConst(t row.Type) Scalar { return &expr.Const{Datum: row.NullDatum, Typ: t, At: -1} }

// AsConst reports the value that an expression is.
func AsConst(e Scalar) (row.Datum, bool) {
	if c, ok := e.(*expr.Const); ok {
		return c.Datum, true
	}
	return row.Datum{}, false
}

// IsTrueConst reports the constant TRUE.
func IsTrueConst(e Scalar) bool {
	d, ok := AsConst(e)
	return ok && !d.Null && e.Type().Is(row.Bool) && d.I != 0
}

// IsFalseOrNull reports a constant that no filter passes.
func IsFalseOrNull(e Scalar) bool {
	d, ok := AsConst(e)
	return ok && e.Type().Is(row.Bool) && (d.Null || d.I == 0)
}

// shownCol is a column as EXPLAIN prints it. The expressions' own text leaves
// the name out, since it is not part of their identity.
type shownCol struct {
	*expr.ColRef
	name string
}

func (c *shownCol) String() string                     { return fmt.Sprintf("%s#%d", c.name, c.Index) }
func (c *shownCol) WithChildren([]expr.Expr) expr.Expr { return c }

// scalarText prints an expression with the names that the columns have where it
// is read.
func scalarText(e Scalar, inputs ...Node) string {
	names := map[ColID]string{}
	for _, n := range inputs {
		for _, c := range n.Columns() {
			names[c.ID] = c.Name
		}
	}
	return MapExpr(e, func(x Scalar) Scalar {
		c, ok := x.(*expr.ColRef)
		if !ok {
			return x
		}
		name, ok := names[ColID(c.Index)]
		if !ok {
			name = c.Name
		}
		return &shownCol{c, name}
	}).String()
}

func scalarList(list []Scalar, inputs ...Node) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = scalarText(e, inputs...)
	}
	return strings.Join(parts, ", ")
}

func conjunctText(preds []Scalar, inputs ...Node) string {
	parts := make([]string, len(preds))
	for i, e := range preds {
		parts[i] = scalarText(e, inputs...)
	}
	return strings.Join(parts, " and ")
}
