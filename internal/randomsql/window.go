package randomsql

import (
	"fmt"
	"strings"
)

// windowed is a query of window functions over another one.
func (g *generator) windowed(cols []Type, depth int, outer *scope) *Node {
	inner := g.someTypes(2, 4)
	in := g.query(inner, depth, outer)
	a := g.alias("o")
	w := &windowed{g: g, cols: inner, s: &scope{}}
	for i, t := range inner {
		w.s.atoms = append(w.s.atoms, atom{node: text("", fmt.Sprintf("%s.c%d", a, i)), t: t, column: true})
	}
	exprs := make([]*Node, len(cols))
	for i, t := range cols {
		if exprs[i] = g.leaf(t, w.s); g.chance(75) {
			exprs[i] = w.call(t)
		}
	}
	return text(queryKind(cols), "SELECT ", named(exprs), " FROM (", in, ") AS "+a+colNames(len(inner)))
}

// windowed makes window functions over rows with some columns.
type windowed struct {
	g    *generator
	cols []Type
	s    *scope
	// numbered: a call tells rows apart that are alike. A second one might do it the
	// other way round.
	numbered bool
}

// numbers lets a call tell rows apart that are alike, sometimes.
func (w *windowed) numbers(percent int) bool {
	if w.numbered || !w.g.chance(percent) {
		return false
	}
	w.numbered = true
	return true
}

// call is a window function of a type.
func (w *windowed) call(t Type) *Node {
	g, k := w.g, t.kind()
	saved := g.queries
	g.queries = 0
	defer func() { g.queries = saved }()
	switch {
	case t == Int8 && g.chance(40):
		return text(k, g.oneOf("rank()", "dense_rank()"), " OVER (", w.sides(w.someOrder()), ")")
	case t == Int8 && w.numbers(30):
		return text(k, "row_number() OVER (", w.sides(w.wholeOrder()), ")")
	case t == Int4 && w.numbers(40):
		return text(k, fmt.Sprintf("ntile(%d) OVER (", 1+g.r.IntN(4)), w.sides(w.wholeOrder()), ")")
	case t == Float8 && g.chance(50):
		return text(k, g.oneOf("percent_rank()", "cume_dist()"), " OVER (", w.sides(w.someOrder()), ")")
	case w.numbers(35):
		offset := optional(fmt.Sprintf(", %d", g.r.IntN(4)-1))
		return text(k, g.oneOf("lag(", "lead("), g.leaf(t, w.s), offset, ") OVER (", w.sides(w.wholeOrder()), ")")
	case w.numbers(35):
		call := text("", g.oneOf("first_value(", "last_value("), g.leaf(t, w.s), ")")
		if g.chance(40) {
			call = text("", "nth_value(", g.leaf(t, w.s), fmt.Sprintf(", %d)", 1+g.r.IntN(3)))
		}
		return text(k, call, " OVER (", w.sides(w.wholeOrder()), w.frame(g.oneOf("ROWS", "GROUPS")), ")")
	}
	agg := g.overAggregate(t, w.s)
	switch {
	case w.numbers(40):
		return text(k, agg, " OVER (", w.sides(w.wholeOrder()), w.frame("ROWS"), ")")
	case g.chance(40):
		return text(k, agg, " OVER (", w.sides(w.someOrder()), w.frame("GROUPS"), ")")
	case g.chance(60):
		if out := w.distance(k, agg); out != nil {
			return out
		}
	}
	return text(k, agg, " OVER (", w.sides(optional(w.someOrder())), ")")
}

// overAggregate is an aggregate that may stand over a window.
func (g *generator) overAggregate(t Type, s *scope) *Node {
	k := t.kind()
	var out *Node
	switch {
	case t == Int8 && g.chance(50):
		out = text(k, "count(*)")
	case t == Int8 && g.chance(60):
		out = text(k, "sum(", g.leaf(Int4, s), ")")
	case t == Numeric && g.chance(60):
		out = text(k, g.oneOf("avg(", "sum("), g.leaf([]Type{Int8, Numeric}[g.r.IntN(2)], s), ")")
	case t == Bool:
		out = text(k, g.oneOf("bool_and(", "bool_or("), g.leaf(Bool, s), ")")
	default:
		out = text(k, g.oneOf("min(", "max("), g.leaf(t, s), ")")
	}
	if g.chance(20) {
		out.Parts = append(out.Parts, optional(" FILTER (WHERE ", g.leaf(Bool, s), ")"))
	}
	return out
}

// sides is a partition and an order.
func (w *windowed) sides(order any) *Node {
	var by []string
	for i := range w.cols {
		if w.g.chance(25) {
			by = append(by, w.name(i))
		}
	}
	if len(by) == 0 {
		return text("", order)
	}
	return text("", optional("PARTITION BY "+strings.Join(by, ", ")+" "), order)
}

func (w *windowed) name(i int) string { return w.s.atoms[i].node.String() }

func (w *windowed) sort(i int) string {
	return w.name(i) + w.g.oneOf("", " DESC", " ASC") + w.g.oneOf("", "", " NULLS FIRST", " NULLS LAST")
}

// wholeOrder orders by all columns, so that rows which it leaves equal are alike.
func (w *windowed) wholeOrder() string {
	var order []string
	for _, i := range w.g.r.Perm(len(w.cols)) {
		order = append(order, w.sort(i))
	}
	return "ORDER BY " + strings.Join(order, ", ")
}

// someOrder leaves rows equal.
func (w *windowed) someOrder() string { return "ORDER BY " + w.sort(w.g.r.IntN(len(w.cols))) }

// frame is a frame that counts rows or groups; sometimes there is none.
func (w *windowed) frame(mode string) *Node {
	g := w.g
	if g.chance(20) {
		return text("")
	}
	n := func() string { return fmt.Sprint(g.r.IntN(3)) }
	return optional(" " + mode + " BETWEEN " + w.bounds(n) + w.exclude())
}

func (w *windowed) bounds(n func() string) string {
	return w.g.oneOf("UNBOUNDED PRECEDING AND CURRENT ROW", "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "CURRENT ROW AND UNBOUNDED FOLLOWING",
		n()+" PRECEDING AND CURRENT ROW", n()+" PRECEDING AND "+n()+" FOLLOWING", "CURRENT ROW AND "+n()+" FOLLOWING",
		n()+" FOLLOWING AND "+n()+" FOLLOWING", n()+" PRECEDING AND "+n()+" PRECEDING",
		"UNBOUNDED PRECEDING AND "+n()+" PRECEDING", n()+" FOLLOWING AND UNBOUNDED FOLLOWING")
}

func (w *windowed) exclude() string {
	return w.g.oneOf("", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS")
}

// distance is an aggregate over a frame by distances in a column; nil if no column has any.
func (w *windowed) distance(kind string, agg *Node) *Node {
	for _, i := range w.g.r.Perm(len(w.cols)) {
		n := map[Type]func() string{
			Int4: func() string { return w.g.oneOf("0", "1", "3") }, Int8: func() string { return w.g.oneOf("0", "2", "5000000000") },
			Numeric: func() string { return w.g.oneOf("0", "1.25", "3") }, Float8: func() string { return w.g.oneOf("0", "0.5", "'inf'") },
			Timestamp: func() string { return w.g.oneOf("'0'", "'1 day'", "'1 month 2 hours'") },
		}[w.cols[i]]
		if n != nil {
			return text(kind, agg, " OVER (", w.sides("ORDER BY "+w.sort(i)), " RANGE BETWEEN "+w.bounds(n)+w.exclude()+")")
		}
	}
	return nil
}
