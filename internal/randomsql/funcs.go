package randomsql

import "fmt"

// number is an expression of a numeric type.
func (g *generator) number(t Type, d int, s *scope) *Node {
	if g.chance(50) {
		return g.arithmetic(t, d, s)
	}
	k := t.kind()
	call := func(name string, args ...any) *Node {
		return text(k, append(append([]any{name, "("}, args...), ")")...)
	}
	switch t {
	case Int4:
		switch g.r.IntN(8) {
		case 0:
			return call("length", g.expr(Text, d, s))
		case 1:
			return text(k, "position(", g.expr(Text, d, s), " IN ", g.expr(Text, d, s), ")")
		case 2:
			return text(k, "(", g.expr(Bool, d, s), ")::int4")
		case 3:
			return text(k, "(", g.expr(g.oneNumber(), d, s), ")::int4")
		case 4:
			return text(k, "(", g.expr(Text, d, s), ")::int4")
		case 5:
			return call("ascii", g.expr(Text, d, s))
		}
	case Int8:
		switch g.r.IntN(4) {
		case 0, 1:
			return text(k, "(", g.expr(g.oneNumber(), d, s), ")::int8")
		case 2:
			return call("mod", g.expr(Int8, d, s), ", ", g.expr(Int4, d, s))
		}
	case Numeric:
		switch g.r.IntN(7) {
		case 0:
			return call("round", g.expr(Numeric, d, s), fmt.Sprintf(", %d", g.r.IntN(5)-1))
		case 1:
			return call("trunc", g.expr(Numeric, d, s), fmt.Sprintf(", %d", g.r.IntN(3)))
		case 2:
			return text(k, "extract(", g.oneOf("year", "month", "day", "hour", "second", "epoch", "dow", "quarter", "week"), " FROM ", g.expr(Timestamp, d, s), ")")
		case 3:
			return call(g.oneOf("floor", "ceil", "sign", "trunc", "round"), g.expr(Numeric, d, s))
		case 4:
			return text(k, "(", g.expr(Type(g.r.IntN(2)), d, s), ")::numeric")
		case 5:
			return call("mod", g.expr(Numeric, d, s), ", ", g.expr(Numeric, d, s))
		}
	case Float8:
		switch g.r.IntN(4) {
		case 0:
			return call(g.oneOf("floor", "ceil", "sqrt", "sign", "round", "trunc"), g.expr(Float8, d, s))
		case 1, 2:
			return text(k, "(", g.expr(g.oneNumber(), d, s), ")::float8")
		}
	}
	return call("abs", g.expr(t, d, s))
}

func (g *generator) oneNumber() Type { return Type(g.r.IntN(int(Float8) + 1)) }

// operands are the pairs of types whose arithmetic gives a type.
var operands = map[Type][][2]Type{
	Int4:    {{Int4, Int4}},
	Int8:    {{Int8, Int8}, {Int4, Int8}, {Int8, Int4}},
	Numeric: {{Numeric, Numeric}, {Int4, Numeric}, {Numeric, Int8}},
	Float8:  {{Float8, Float8}, {Int4, Float8}, {Numeric, Float8}},
}

func (g *generator) arithmetic(t Type, d int, s *scope) *Node {
	if g.chance(8) {
		return text(t.kind(), "(- ", g.expr(t, d, s), ")")
	}
	pairs := operands[t]
	p := pairs[g.r.IntN(len(pairs))]
	op := g.oneOf(" + ", " - ", " * ", " + ", " - ", " * ", " / ")
	if t != Float8 && g.chance(10) {
		op = " % "
	}
	right := g.expr(p[1], d, s)
	if (op == " / " || op == " % ") && !g.failing {
		right = text("", "(CASE WHEN (", right, ") <> 0 THEN 2 ELSE 3 END)")
	}
	return text(t.kind(), "(", g.expr(p[0], d, s), op, right, ")")
}

// textual is an expression of type text.
func (g *generator) textual(d int, s *scope) *Node {
	k := Text.kind()
	str := func() *Node { return g.expr(Text, d, s) }
	switch g.r.IntN(12) {
	case 0, 1:
		return text(k, "(", str(), " || ", str(), ")")
	case 2:
		return text(k, g.oneOf("upper(", "lower(", "reverse(", "initcap(", "btrim(", "md5("), str(), ")")
	case 3:
		return text(k, "substr(", str(), fmt.Sprintf(", %d", g.r.IntN(4)-1), optional(fmt.Sprintf(", %d", g.r.IntN(3))), ")")
	case 4:
		return text(k, g.oneOf("left(", "right("), str(), fmt.Sprintf(", %d)", g.r.IntN(5)-2))
	case 5:
		return text(k, "replace(", str(), ", ", str(), ", ", str(), ")")
	case 6:
		return text(k, g.oneOf("lpad(", "rpad("), str(), fmt.Sprintf(", %d, 'xy')", g.r.IntN(6)))
	case 7:
		return text(k, "concat(", list(", ", []*Node{str(), g.expr(Int4, d, s), g.expr(Bool, d, s)}), ")")
	case 8:
		return text(k, "split_part(", str(), g.oneOf(", 'a', 1)", ", 'b', 2)", ", '_', 1)"))
	case 9:
		u := []Type{Int4, Int8, Bool, Timestamp, Mood}[g.r.IntN(5)]
		return text(k, "(", g.expr(u, d, s), ")::text")
	case 10:
		return text(k, "translate(", str(), ", 'ab', 'xyz')")
	}
	return text(k, "(", str(), " || ", g.expr([]Type{Int4, Int8, Bool, Mood}[g.r.IntN(4)], d, s), ")")
}

// enumerated is an expression of the enumerated type.
func (g *generator) enumerated(d int, s *scope) *Node {
	k := Mood.kind()
	e := g.expr(Mood, d, s)
	switch g.r.IntN(4) {
	case 0:
		return text(k, g.oneOf("enum_first(", "enum_last("), e, ")")
	case 1:
		return text(k, "(enum_range(", e, ", ", g.expr(Mood, d, s), "))", g.oneOf("[1]", "[2]"))
	case 2:
		return text(k, "(", e, ")::text::mood")
	}
	return text(k, "(ARRAY[", e, ", ", g.expr(Mood, d, s), "])", g.oneOf("[1]", "[2]"))
}

// temporal is an expression of type timestamp.
func (g *generator) temporal(d int, s *scope) *Node {
	k := Timestamp.kind()
	e := g.expr(Timestamp, d, s)
	switch g.r.IntN(5) {
	case 0:
		return text(k, "date_trunc('", g.oneOf("year", "month", "day", "hour", "week", "quarter", "minute"), "', ", e, ")")
	case 1:
		return text(k, "(", e, g.oneOf(" + ", " - "), "interval '", g.oneOf("1 day", "1 month", "2 hours 3 seconds", "1 year 1 mon -1 day", "0.5 seconds"), "')")
	case 2:
		return text(k, "(", e, ")::date::timestamp")
	case 3:
		return text(k, "(", g.expr(Timestamp, d, s), " + (", g.expr(Timestamp, d, s), " - ", e, "))")
	}
	return text(k, "(", e, " - interval '1 month')")
}

// aggregate is an aggregate function, or an expression over one.
func (g *generator) aggregate(t Type, s *scope) *Node {
	in := s.rows.alone()
	arg := func(u Type) *Node {
		if g.chance(60) {
			return g.leaf(u, in)
		}
		return g.expr(u, 1, in)
	}
	k := t.kind()
	filter := func(n *Node) *Node {
		if g.chance(25) {
			saved := g.queries
			g.queries = 0
			n.Parts = append(n.Parts, optional(" FILTER (WHERE ", g.expr(Bool, 1, in), ")"))
			g.queries = saved
		}
		return n
	}
	distinct := func() *Node {
		if g.chance(30) {
			return optional("DISTINCT ")
		}
		return text("")
	}
	saved := g.queries
	g.queries = 0
	defer func() { g.queries = saved }()
	switch {
	case g.chance(15):
		by := g.oneOf("", " DESC", " NULLS FIRST")
		if t == Int8 && g.chance(50) {
			u := g.anyType()
			return filter(text(k, g.oneOf("rank(", "dense_rank("), g.literal(u), ") WITHIN GROUP (ORDER BY ", arg(u), by, ")"))
		}
		return filter(text(k, g.oneOf("mode()", "percentile_disc(0.5)", "percentile_disc(0.9)"), " WITHIN GROUP (ORDER BY ", arg(t), by, ")"))
	case t.isInteger() && g.chance(15):
		return filter(text(k, g.oneOf("bit_and(", "bit_or(", "bit_xor("), distinct(), arg(t), ")"))
	case t == Int8 && g.chance(60):
		if g.chance(40) {
			return filter(text(k, "count(*)"))
		}
		return filter(text(k, "count(", distinct(), arg(g.anyType()), ")"))
	case t == Int8 && g.chance(60):
		return filter(text(k, "sum(", distinct(), arg(Int4), ")"))
	case t == Numeric && g.chance(70):
		u := []Type{Int4, Int8, Numeric}[g.r.IntN(3)]
		f := "avg("
		if u != Int4 && g.chance(50) {
			f = "sum("
		}
		return filter(text(k, f, distinct(), arg(u), ")"))
	case t == Float8 && g.chance(60):
		return filter(text(k, g.oneOf("sum(", "avg("), distinct(), arg(Float8), ")"))
	case t == Bool:
		return filter(text(k, g.oneOf("bool_and(", "bool_or(", "every("), arg(Bool), ")"))
	}
	return filter(text(k, g.oneOf("min(", "max("), distinct(), arg(t), ")"))
}
