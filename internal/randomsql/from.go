package randomsql

// source is an item of FROM with the columns that it shows.
type source struct {
	node  *Node
	alias string
	cols  []column
}

// from is a FROM clause, and the scope that it makes.
func (g *generator) from(depth int, outer *scope) (*Node, *scope) {
	first := g.item(depth, outer, nil)
	items := []source{first}
	node := first.node
	merged := map[string]Type{}
	n := 0
	for n < 3 && g.chance([]int{45, 30, 15}[n]) && depth > 0 {
		n++
		var right source
		node, right = g.join(node, items, merged, depth-1, outer)
		items = append(items, right)
	}
	if depth > 0 && g.chance(8) { // a comma binds least
		right := g.item(depth-1, outer, items)
		node = text("from", node, ", ", right.node)
		items = append(items, right)
	}
	s := &scope{outer: outer}
	count := map[string]int{}
	for _, it := range items {
		for _, c := range it.cols {
			count[c.name]++
			s.atoms = append(s.atoms, atom{node: text("", it.alias+"."+c.name), t: c.t, column: true})
		}
	}
	for name, t := range ordered(merged) {
		if len(items) == 2 && count[name] == 2 {
			s.atoms = append(s.atoms, atom{node: text("", name), t: t, column: true, bare: true})
		}
	}
	return node, s
}

// ordered goes through a map by type, so that a seed always gives the same text.
func ordered(m map[string]Type) func(func(string, Type) bool) {
	return func(yield func(string, Type) bool) {
		for _, c := range pool {
			if t, ok := m[c.name]; ok && !yield(c.name, t) {
				return
			}
		}
	}
}

// item is a table, a view or a query in FROM.
func (g *generator) item(depth int, outer *scope, left []source) source {
	if depth > 0 && g.chance(20) && g.mayQuery() {
		cols := g.someTypes(1, 3)
		a := g.alias("q")
		in, lateral := outer, ""
		if len(left) > 0 && g.chance(35) {
			in, lateral = &scope{outer: outer, atoms: atomsOf(left)}, "LATERAL "
		}
		return source{text("", lateral+"(", g.query(cols, depth-1, in), ") AS "+a+colNames(len(cols))), a, columnsOf(cols)}
	}
	t := g.tables[g.r.IntN(len(g.tables))]
	a := g.alias("a")
	return source{text("", t.name+" AS "+a), a, t.cols}
}

func atomsOf(items []source) []atom {
	var out []atom
	for _, it := range items {
		for _, c := range it.cols {
			out = append(out, atom{node: text("", it.alias+"."+c.name), t: c.t, column: true})
		}
	}
	return out
}

// join joins one more item to what is there.
func (g *generator) join(left *Node, items []source, merged map[string]Type, depth int, outer *scope) (*Node, source) {
	if g.chance(10) {
		right := g.item(depth, outer, items)
		return text("from", left, " CROSS JOIN ", right.node), right
	}
	kind := g.oneOf(" JOIN ", " JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ")
	var visible []source
	if kind == " JOIN " || kind == " LEFT JOIN " {
		visible = items
	}
	right := g.item(depth, outer, visible)
	if name, t, ok := g.shared(items, right); ok && len(items) == 1 && g.chance(30) {
		merged[name] = t
		return text("from", "(", left, kind, right.node, " USING (", name, "))"), right
	}
	s := &scope{atoms: atomsOf(append(items[:len(items):len(items)], right))}
	if kind != " FULL JOIN " {
		s.outer = outer
	}
	on := g.joinCondition(items, right, s)
	if kind != " FULL JOIN " && g.chance(40) || on == nil {
		rest := g.expr(Bool, 2, s)
		if on == nil {
			on = rest
		} else {
			on = text(Bool.kind(), "(", list(" AND ", []*Node{on, rest}), ")")
		}
	}
	return text("from", "(", left, kind, right.node, " ON ", on, ")"), right
}

// shared is a column that both sides have under one name and type.
func (g *generator) shared(items []source, right source) (string, Type, bool) {
	var found []column
	for _, c := range items[0].cols {
		for _, d := range right.cols {
			if c == d {
				found = append(found, c)
			}
		}
	}
	if len(found) == 0 {
		return "", 0, false
	}
	c := found[g.r.IntN(len(found))]
	return c.name, c.t, true
}

// joinCondition is an equation of columns of both sides, if there are such.
func (g *generator) joinCondition(items []source, right source, s *scope) *Node {
	var pairs [][2]atom
	for _, l := range atomsOf(items) {
		for _, r := range atomsOf([]source{right}) {
			if l.t == r.t || l.t.isNumber() && r.t.isNumber() && g.chance(10) {
				pairs = append(pairs, [2]atom{l, r})
			}
		}
	}
	if len(pairs) == 0 || g.chance(10) {
		return nil
	}
	p := pairs[g.r.IntN(len(pairs))]
	return text(Bool.kind(), "(", p[0].node, " = ", p[1].node, ")")
}
