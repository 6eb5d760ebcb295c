package planner

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
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

// ExprCols is the set of columns that expressions read.
func ExprCols(exprs ...Scalar) ColSet {
	var s ColSet
	for _, e := range exprs {
		expr.Walk(e, func(x Scalar) bool {
			if id, ok := AsColumn(x); ok {
				s.add(id)
			}
			return true
		})
	}
	return s
}

// Substitute replaces columns by expressions.
func Substitute(e Scalar, by map[ColID]Scalar) Scalar {
	if len(by) == 0 {
		return e
	}
	return expr.Rewrite(e, func(x Scalar) Scalar {
		if id, ok := AsColumn(x); ok {
			if to := by[id]; to != nil {
				return to
			}
		}
		return x
	})
}

// SubstituteAll is Substitute for each of a list.
func SubstituteAll(list []Scalar, by map[ColID]Scalar) []Scalar {
	out := make([]Scalar, len(list))
	for i, e := range list {
		out[i] = Substitute(e, by)
	}
	return out
}

// Positional turns the columns of an expression into positions in cols, which
// evaluation needs. A column that cols lacks is an error in the plan.
func Positional(e Scalar, cols []Col) (Scalar, error) {
	at := make(map[ColID]int, len(cols))
	for i, c := range cols {
		at[c.ID] = i
	}
	var missing *expr.ColRef
	out := expr.Rewrite(e, func(x Scalar) Scalar {
		c, ok := x.(*expr.ColRef)
		if !ok {
			return x
		}
		i, ok := at[ColID(c.Index)]
		if !ok {
			missing = c
			return x
		}
		n := *c
		n.Index = i
		return &n
	})
	if missing != nil {
		return nil, fmt.Errorf("planner: column %s#%d is not made by the inputs [%s]", missing.Name, missing.Index, colList(cols))
	}
	return out, nil
}

// AsConst reports the value that an expression is.
func AsConst(e Scalar) (row.Datum, bool) {
	if c, ok := e.(*expr.Const); ok {
		return c.Datum, true
	}
	return row.Datum{}, false
}

// IsTrue reports the constant TRUE.
func IsTrue(e Scalar) bool {
	d, ok := AsConst(e)
	return ok && !d.Null && e.Type().Is(row.Bool) && d.I != 0
}

// IsFalseOrNull reports a constant that no filter passes.
func IsFalseOrNull(e Scalar) bool {
	d, ok := AsConst(e)
	return ok && (d.Null || e.Type().Is(row.Bool) && d.I == 0)
}

// scalarText prints an expression with the names that the columns have where it
// is read.
func scalarText(e Scalar, inputs ...Node) string {
	names := map[int]string{}
	expr.Walk(e, func(x Scalar) bool {
		if c, ok := x.(*expr.ColRef); ok {
			names[c.Index] = c.Name
		}
		return true
	})
	for _, n := range inputs {
		for _, c := range n.Columns() {
			names[int(c.ID)] = c.Name
		}
	}
	return expr.Format(e, func(id int) string { return fmt.Sprintf("%s#%d", names[id], id) })
}

func scalarList(list []Scalar, inputs ...Node) string {
	return strings.Join(scalarTexts(list, inputs), ", ")
}

func conjunctText(preds []Scalar, inputs ...Node) string {
	return strings.Join(scalarTexts(preds, inputs), " and ")
}

func scalarTexts(list []Scalar, inputs []Node) []string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = scalarText(e, inputs...)
	}
	return parts
}

// equality is the = of a type; the binder has seen to it that there is one.
func equality(t row.Type) *expr.Function {
	r, err := expr.ResolveOperator("=", t.Base(), t.Base())
	if err != nil {
		panic("planner: no equality for " + t.String() + ": " + err.Error())
	}
	return r.Func
}

// AsEquality takes l = r apart.
func AsEquality(e Scalar) (l, r Scalar, ok bool) {
	op, l, r, ok := expr.AsComparison(e)
	if !ok || op.Comparison != fn.Eq {
		return nil, nil, false
	}
	return l, r, true
}
