package randomsql

import (
	"fmt"
	"strings"
)

// queryKind is the kind of queries with the given columns.
func queryKind(cols []Type) string {
	names := make([]string, len(cols))
	for i, t := range cols {
		names[i] = t.String()
	}
	return "query " + strings.Join(names, ",")
}

// query is a query with columns of the given types, named c0, c1 and so on.
func (g *generator) query(cols []Type, depth int, outer *scope) *Node {
	if depth > 0 {
		switch n := g.r.IntN(100); {
		case n < 14:
			op := g.oneOf(" UNION ", " UNION ALL ", " INTERSECT ", " INTERSECT ALL ", " EXCEPT ", " EXCEPT ALL ")
			return text(queryKind(cols), "(", g.query(cols, depth-1, outer), ")", op, "(", g.query(cols, depth-1, outer), ")")
		case n < 22:
			return g.with(cols, depth-1, outer)
		case n < 32:
			return g.first(cols, outer)
		case n < 40:
			return g.windowed(cols, depth-1, outer)
		}
	}
	if g.chance(5) {
		return g.values(cols, outer)
	}
	if g.chance(35) {
		return g.grouped(cols, depth, outer)
	}
	return g.plain(cols, depth, outer)
}

// named is the list of a SELECT.
func named(exprs []*Node) *Node {
	items := make([]*Node, len(exprs))
	for i, e := range exprs {
		items[i] = text("", e, fmt.Sprintf(" AS c%d", i))
	}
	return list(", ", items)
}

// plain is SELECT ... FROM ... WHERE.
func (g *generator) plain(cols []Type, depth int, outer *scope) *Node {
	from, s := g.from(depth+1, outer)
	exprs := make([]*Node, len(cols))
	for i, t := range cols {
		if exprs[i] = g.leaf(t, s); g.chance(50) {
			exprs[i] = g.expr(t, 1+g.r.IntN(3), s)
		}
	}
	out := text(queryKind(cols), "SELECT ")
	if g.chance(20) {
		out.Parts = append(out.Parts, optional("DISTINCT "))
	}
	out.Parts = append(out.Parts, named(exprs), " FROM ", from)
	if g.chance(40) {
		out.Parts = append(out.Parts, optional(" WHERE ", g.expr(Bool, 1+g.r.IntN(3), s)))
	}
	return out
}

// grouped is SELECT ... GROUP BY ... HAVING.
func (g *generator) grouped(cols []Type, depth int, outer *scope) *Node {
	from, rows := g.from(depth+1, outer)
	s := &scope{outer: outer, rows: rows}
	var keys []*Node
	for range g.r.IntN(3) {
		if a, ok := g.key(rows); ok {
			s.atoms = append(s.atoms, a)
			keys = append(keys, a.node)
		}
	}
	exprs := make([]*Node, len(cols))
	for i, t := range cols {
		if exprs[i] = g.leaf(t, s); g.chance(30) {
			exprs[i] = g.expr(t, 1+g.r.IntN(2), s)
		}
	}
	out := text(queryKind(cols), "SELECT ", named(exprs), " FROM ", from)
	if g.chance(30) {
		out.Parts = append(out.Parts, optional(" WHERE ", g.expr(Bool, 1+g.r.IntN(2), rows)))
	}
	switch {
	case len(keys) > 0 && g.chance(25):
		out.Parts = append(out.Parts, " GROUP BY ", g.groupingSets(keys))
	case len(keys) > 0:
		out.Parts = append(out.Parts, optional(" GROUP BY ", list(", ", keys)))
	}
	if having := optional(" HAVING ", g.expr(Bool, 1, s)); len(keys) == 0 || g.chance(30) {
		if len(keys) == 0 && g.chance(70) {
			having = text("", " HAVING true") // one group, even of no rows
		}
		out.Parts = append(out.Parts, having)
	}
	return out
}

// groupingSets is several sets of the keys.
func (g *generator) groupingSets(keys []*Node) *Node {
	all := fixed(", ", keys)
	return []*Node{
		text("", "ROLLUP (", all, ")"),
		text("", "CUBE (", all, ")"),
		text("", "GROUPING SETS ((", all, "), ())"),
		text("", "GROUPING SETS (", all, ", CUBE (", keys[0], "))"),
		text("", keys[0], ", ROLLUP (", all, ")"),
	}[g.r.IntN(5)]
}

// key is something that rows are grouped by.
func (g *generator) key(rows *scope) (atom, bool) {
	if len(rows.atoms) == 0 {
		return atom{}, false
	}
	if g.chance(65) {
		return rows.atoms[g.r.IntN(len(rows.atoms))], true
	}
	saved := g.queries
	g.queries = 0
	defer func() { g.queries = saved }()
	before := g.atoms
	t := g.anyType()
	e := g.expr(t, 1, rows.alone())
	if g.atoms == before { // a constant may not be a key
		return rows.atoms[g.r.IntN(len(rows.atoms))], true
	}
	return atom{node: text("", "(", e, ")"), t: t}, true
}

// first is the first rows of an order in which equal rows are equal in everything.
func (g *generator) first(cols []Type, outer *scope) *Node {
	in := g.query(cols, 0, outer)
	var order []string
	for i := range cols {
		order = append(order, fmt.Sprintf("%d%s%s", i+1, g.oneOf("", " DESC", " ASC"), g.oneOf("", "", " NULLS FIRST", " NULLS LAST")))
	}
	g.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	limit := fmt.Sprintf(" LIMIT %d", 1+g.r.IntN(4))
	a := g.alias("f")
	out := text(queryKind(cols), "SELECT * FROM (", in, ") AS "+a+colNames(len(cols))+" ORDER BY "+strings.Join(order, ", "), limit)
	if g.chance(30) {
		out.Parts = append(out.Parts, optional(fmt.Sprintf(" OFFSET %d", g.r.IntN(3))))
	}
	return out
}

func colNames(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// with is a query that uses a common table expression, once or twice.
func (g *generator) with(cols []Type, depth int, outer *scope) *Node {
	inner := g.someTypes(1, 3)
	name := g.alias("w")
	body := g.query(inner, depth, outer)
	t := &table{name: name, cols: columnsOf(inner)}
	g.tables = append(g.tables, t, t, t) // so that it is used
	main := g.query(cols, depth, outer)
	g.tables = g.tables[:len(g.tables)-3]
	return text(queryKind(cols), "WITH "+name+colNames(len(inner))+" AS (", body, ") (", main, ")")
}

func columnsOf(ts []Type) []column {
	out := make([]column, len(ts))
	for i, t := range ts {
		out[i] = column{fmt.Sprintf("c%d", i), t}
	}
	return out
}

func (g *generator) someTypes(low, high int) []Type {
	out := make([]Type, low+g.r.IntN(high-low+1))
	for i := range out {
		out[i] = g.anyType()
	}
	return out
}

// values is a list of rows.
func (g *generator) values(cols []Type, outer *scope) *Node {
	s := &scope{outer: outer}
	var rows []*Node
	for range 1 + g.r.IntN(3) {
		var cells []*Node
		for _, t := range cols {
			cells = append(cells, g.expr(t, g.r.IntN(2), s))
		}
		rows = append(rows, text("", "(", fixed(", ", cells), ")"))
	}
	return text(queryKind(cols), "SELECT * FROM (VALUES ", list(", ", rows), ") AS "+g.alias("v")+colNames(len(cols)))
}
