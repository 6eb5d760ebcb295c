package expr

import (
	"bytes"
	"slices"

	"github.com/tarndb/tarn/row"
)

// Walk visits e and what is below it, operators before operands; it does not go
// below a node for which visit returns false.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range e.Children() {
		Walk(c, visit)
	}
}

// Rewrite replaces every node by what f makes of it, operands before operators.
// Nodes below which nothing changes are kept, not copied.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	old := e.Children()
	var changed []Expr
	for i, c := range old {
		n := Rewrite(c, f)
		if n != c && changed == nil {
			changed = slices.Clone(old)
		}
		if changed != nil {
			changed[i] = n
		}
	}
	if changed != nil {
		e = e.WithChildren(changed)
	}
	return f(e)
}

// Remap replaces column i by column to(i).
func Remap(e Expr, to func(index int) int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		c, ok := e.(*ColRef)
		if !ok {
			return e
		}
		n := *c
		n.Index = to(c.Index)
		return &n
	})
}

// Equal reports that two expressions are the same, wherever they were written.
func Equal(a, b Expr) bool {
	return a == b || a != nil && b != nil && a.Type() == b.Type() && a.String() == b.String()
}

// IsConst reports that e reads no column, so that it has one value in an evaluation
// (parameters and the clock included, volatile functions not).
func IsConst(e Expr) bool {
	constant := VolatilityOf(e) != Volatile
	Walk(e, func(e Expr) bool {
		switch e.(type) {
		case *ColRef:
			constant = false
		}
		return constant
	})
	return constant
}

// VolatilityOf is the greatest volatility below e; a parameter is stable.
func VolatilityOf(e Expr) Volatility {
	v := Immutable
	Walk(e, func(e Expr) bool {
		if f := functionOf(e); f != nil {
			v = max(v, f.Volatility)
		}
		if _, ok := e.(*Param); ok {
			v = max(v, Stable)
		}
		return v < Volatile
	})
	return v
}

// functionOf is the function that the node itself applies, if any.
func functionOf(e Expr) *Function {
	switch e := e.(type) {
	case *Call:
		return e.Func
	case *Cast:
		return e.Func
	case *ScalarArrayOp:
		return e.Op
	case *NullIf:
		return e.Eq
	case *Distinct:
		return e.Eq
	case *InList:
		return e.Eq
	}
	return nil
}

// CanError reports that evaluating e may fail on some row.
func CanError(e Expr) bool {
	can := false
	Walk(e, func(e Expr) bool {
		if f := functionOf(e); f != nil && !f.NoError && !dividesByConstant(e) && !likesConstant(e) {
			can = true
		}
		if c, ok := e.(*Cast); ok && c.To.Mod != 0 && c.To.Mod != c.Arg.Type().Mod {
			can = true
		}
		switch e.(type) {
		case *Subscript, *ArrayExpr:
			can = true
		}
		return !can
	})
	return can
}

// dividesByConstant tells the quotients and remainders of integers that have no way
// to fail: the divisor is neither 0 nor -1.
func dividesByConstant(e Expr) bool {
	c, ok := e.(*Call)
	if !ok || len(c.Args) != 2 || c.Func.Name != "%" && c.Func.Name != "/" && c.Func.Name != "mod" || c.Typ.Phys() != row.PhysInt {
		return false
	}
	by, ok := c.Args[1].(*Const)
	return ok && c.Args[1].Type().Phys() == row.PhysInt && (by.Datum.Null || by.Datum.I != 0 && by.Datum.I != -1)
}

// likesConstant tells the LIKEs that have no way to fail: the pattern is there to
// see, and does not end with a backslash that escapes nothing.
func likesConstant(e Expr) bool {
	c, ok := e.(*Call)
	if !ok || len(c.Args) != 2 {
		return false
	}
	switch c.Func.Name {
	case "~~", "!~~", "~~*", "!~~*", "like", "notlike":
	default:
		return false
	}
	pattern, ok := c.Args[1].(*Const)
	if !ok {
		return false
	}
	rest := bytes.TrimRight(pattern.Datum.B, `\`)
	return pattern.Datum.Null || (len(pattern.Datum.B)-len(rest))%2 == 0
}

// Conjuncts splits nested ANDs into their operands.
func Conjuncts(e Expr) []Expr {
	if l, ok := e.(*Logic); ok && !l.Or {
		var out []Expr
		for _, a := range l.Args {
			out = append(out, Conjuncts(a)...)
		}
		return out
	}
	return []Expr{e}
}

// Conjunction is the AND of the expressions; TRUE if there are none.
func Conjunction(exprs ...Expr) Expr { return combine(false, exprs) }

// Disjunction is the OR of the expressions; FALSE if there are none.
func Disjunction(exprs ...Expr) Expr { return combine(true, exprs) }

func combine(or bool, exprs []Expr) Expr {
	switch len(exprs) {
	case 0:
		return BoolConst(!or)
	case 1:
		return exprs[0]
	}
	return &Logic{Or: or, Args: exprs, At: exprs[0].Pos()}
}

// BoolConst is TRUE or FALSE.
func BoolConst(v bool) *Const {
	return &Const{Datum: row.BoolDatum(v), Typ: boolType, At: -1}
}

// NullConst is a NULL of the type.
func NullConst(t row.Type) *Const { return &Const{Datum: row.NullDatum, Typ: t, At: -1} }

// AsComparison takes a comparison apart: its operator and its two operands.
func AsComparison(e Expr) (op *Function, left, right Expr, ok bool) {
	c, is := e.(*Call)
	if !is || c.Func.Comparison == 0 || len(c.Args) != 2 {
		return nil, nil, nil, false
	}
	return c.Func, c.Args[0], c.Args[1], true
}
