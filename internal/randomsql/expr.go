package randomsql

import (
	"fmt"
	"math/rand/v2"
)

// generator makes one case.
type generator struct {
	r       *rand.Rand
	tables  []*table
	aliases int
	atoms   int // how often an atom was used
	queries int // how many more subqueries may be made
	failing bool
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) alias(prefix string) string {
	g.aliases++
	return fmt.Sprintf("%s%d", prefix, g.aliases)
}

func (g *generator) oneOf(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *generator) anyType() Type { return Type(g.r.IntN(int(types))) }

// leaf is an expression without parts.
func (g *generator) leaf(t Type, s *scope) *Node {
	if s.rows != nil && g.chance(60) {
		return g.aggregate(t, s)
	}
	if g.chance(90) {
		if n := g.pick(t, s); n != nil {
			return text(t.kind(), n)
		}
	}
	return g.literal(t)
}

// expr is an expression of a type.
func (g *generator) expr(t Type, depth int, s *scope) *Node {
	if depth <= 0 || g.chance(15) {
		return g.leaf(t, s)
	}
	if g.chance(25) {
		if n := g.general(t, depth-1, s); n != nil {
			return n
		}
	}
	switch t {
	case Bool:
		return g.boolean(depth-1, s)
	case Text:
		return g.textual(depth-1, s)
	case Timestamp:
		return g.temporal(depth-1, s)
	case Mood:
		return g.enumerated(depth-1, s)
	}
	return g.number(t, depth-1, s)
}

// general is what expressions of every type may be.
func (g *generator) general(t Type, d int, s *scope) *Node {
	k := t.kind()
	switch g.r.IntN(7) {
	case 0:
		out := text(k, "CASE WHEN ", g.expr(Bool, d, s), " THEN ", g.expr(t, d, s))
		if g.chance(40) {
			out.Parts = append(out.Parts, optional(" WHEN ", g.expr(Bool, d, s), " THEN ", g.expr(t, d, s)))
		}
		if g.chance(70) {
			out.Parts = append(out.Parts, optional(" ELSE ", g.expr(t, d, s)))
		}
		out.Parts = append(out.Parts, " END")
		return out
	case 1:
		u := g.anyType()
		return text(k, "CASE ", g.expr(u, d, s), " WHEN ", g.expr(u, d, s), " THEN ", g.expr(t, d, s), optional(" ELSE ", g.expr(t, d, s)), " END")
	case 2:
		return text(k, "COALESCE(", list(", ", []*Node{g.expr(t, d, s), g.expr(t, d, s), g.leaf(t, s)}), ")")
	case 3:
		return text(k, "NULLIF(", g.expr(t, d, s), ", ", g.expr(t, d, s), ")")
	case 4:
		return text(k, g.oneOf("GREATEST(", "LEAST("), list(", ", []*Node{g.expr(t, d, s), g.expr(t, d, s)}), ")")
	case 5, 6:
		if q := g.scalarQuery(t, s); q != nil {
			return text(k, "(", q, ")")
		}
	}
	return nil
}

// boolean is a condition.
func (g *generator) boolean(d int, s *scope) *Node {
	k := Bool.kind()
	switch g.r.IntN(16) {
	case 0, 1:
		return text(k, "(", list(g.oneOf(" AND ", " OR "), []*Node{g.expr(Bool, d, s), g.expr(Bool, d, s)}), ")")
	case 2:
		return text(k, "(NOT ", g.expr(Bool, d, s), ")")
	case 3:
		return text(k, "(", g.expr(g.anyType(), d, s), g.oneOf(" IS NULL", " IS NOT NULL"), ")")
	case 4:
		t := g.anyType()
		return text(k, "(", g.expr(t, d, s), g.oneOf(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "), g.expr(t, d, s), ")")
	case 5, 6:
		return g.inList(d, s)
	case 7:
		t := g.anyType()
		return text(k, "(", g.expr(t, d, s), g.oneOf(" BETWEEN ", " NOT BETWEEN "), g.expr(t, d, s), " AND ", g.expr(t, d, s), ")")
	case 8:
		return text(k, "(", g.expr(Text, d, s), g.oneOf(" LIKE ", " NOT LIKE ", " ILIKE "), g.oneOf("'a%'", "'%b%'", "'_'", "'%'", "'a\\%'", "''"), ")")
	case 9:
		return text(k, "(", g.expr(Bool, d, s), g.oneOf(" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS UNKNOWN"), ")")
	case 10, 11:
		if n := g.subqueryTest(d, s); n != nil {
			return n
		}
	}
	return g.comparison(d, s)
}

func (g *generator) comparison(d int, s *scope) *Node {
	t := g.anyType()
	u := t
	if t.isNumber() && g.chance(30) {
		u = Type(g.r.IntN(int(Float8) + 1))
	}
	right := g.expr(u, d, s)
	if g.chance(20) && (t == Text || t == Timestamp || t == Mood) {
		right = text("", constant(g.r, t)) // of unknown type
	}
	return text(Bool.kind(), "(", g.expr(t, d, s), g.oneOf(" = ", " = ", " = ", " <> ", " < ", " <= ", " > ", " >= "), right, ")")
}

func (g *generator) inList(d int, s *scope) *Node {
	t := g.anyType()
	var items []*Node
	for range 1 + g.r.IntN(3) {
		if g.chance(70) {
			items = append(items, text("", constant(g.r, t)))
		} else {
			items = append(items, g.expr(t, d, s))
		}
	}
	return text(Bool.kind(), "(", g.expr(t, d, s), g.oneOf(" IN (", " NOT IN ("), list(", ", items), "))")
}

// subqueryTest is a condition on a subquery.
func (g *generator) subqueryTest(d int, s *scope) *Node {
	k := Bool.kind()
	if !g.mayQuery() {
		return nil
	}
	switch g.r.IntN(5) {
	case 0, 1:
		return text(k, "(", g.oneOf("EXISTS (", "NOT EXISTS ("), g.query([]Type{g.anyType()}, 1, s.fromInside()), "))")
	case 2, 3:
		t := g.anyType()
		return text(k, "(", g.expr(t, d, s), g.oneOf(" IN (", " NOT IN ("), g.query([]Type{t}, 1, s.fromInside()), "))")
	}
	t := g.anyType()
	return text(k, "(", g.expr(t, d, s), g.oneOf(" = ", " < ", " >= ", " <> "), g.oneOf("ANY (", "ALL ("), g.query([]Type{t}, 1, s.fromInside()), "))")
}

func (g *generator) mayQuery() bool {
	if g.queries <= 0 {
		return false
	}
	g.queries--
	return true
}

// scalarQuery is a query of one row: an aggregate, or the first of an order.
func (g *generator) scalarQuery(t Type, s *scope) *Node {
	if !g.mayQuery() {
		return nil
	}
	in := s.fromInside()
	if g.chance(10) { // may have several rows, which is an error
		return g.query([]Type{t}, 1, in)
	}
	if g.chance(40) {
		return g.first([]Type{t}, in)
	}
	from, rows := g.from(1, in)
	e := g.expr(t, 1, &scope{outer: in, rows: rows})
	out := text("", "SELECT ", e, " AS c0 FROM ", from)
	if g.chance(70) {
		out.Parts = append(out.Parts, optional(" WHERE ", g.expr(Bool, 2, rows)))
	}
	// Without an aggregate there is a row for each row.
	out.Parts = append(out.Parts, " HAVING count(*) >= 0")
	return out
}
