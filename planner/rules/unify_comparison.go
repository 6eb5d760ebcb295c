package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// UnifyComparison brings the two sides of a comparison of integers, or of floats,
// to the wider of their types, and a constant to the type of the column where it
// fits.
//
// Why: keys of joins and reads by key need one type: bigint = integer is an
// operator of its own in PostgreSQL.
//
// Unsound for types whose values do not all have an equal in the other one, such
// as date and timestamptz, where the session's zone decides. Widening an integer
// or a float keeps every value.
var UnifyComparison = planner.Rule{
	Name: "UnifyComparison",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		old := n.Exprs()
		changed := false
		out := make([]planner.Scalar, len(old))
		for i, e := range old {
			out[i] = expr.Rewrite(e, unify)
			changed = changed || out[i] != e
		}
		if !changed {
			return nil
		}
		return n.WithExprs(out)
	},
}

var widths = map[row.Kind]int{row.Int2: 1, row.Int4: 2, row.Int8: 3, row.Float4: 11, row.Float8: 12}

func unify(e planner.Scalar) planner.Scalar {
	op, l, r, ok := expr.AsComparison(e)
	if !ok {
		return e
	}
	lw, rw := widths[l.Type().Kind], widths[r.Type().Kind]
	if lw == rw || lw == 0 || rw == 0 || lw/10 != rw/10 {
		return e
	}
	to := l.Type().Base()
	if rw > lw {
		to = r.Type().Base()
	}
	if c := narrowed(l, r); c != nil {
		r, to = c, l.Type().Base()
	} else if c := narrowed(r, l); c != nil {
		l, to = c, r.Type().Base()
	}
	t := expr.Typing{}
	left, err := t.Coerce(l, to, expr.Implicit)
	if err != nil {
		return e
	}
	right, err := t.Coerce(r, to, expr.Implicit)
	if err != nil {
		return e
	}
	out, err := t.Operator(e.Pos(), op.Name, left, right)
	if err != nil {
		return e
	}
	return out
}

// narrowed is the constant c in the integer type of e, where it fits.
func narrowed(e, c planner.Scalar) planner.Scalar {
	d, ok := planner.AsConst(c)
	if !ok || d.Null || !e.Type().Kind.IsInteger() {
		return nil
	}
	limit := map[row.Kind]int64{row.Int2: 1 << 15, row.Int4: 1 << 31}[e.Type().Kind]
	if limit != 0 && (d.I < -limit || d.I >= limit) {
		return nil
	}
	return &expr.Const{Datum: d, Typ: e.Type().Base(), At: c.Pos()}
}
