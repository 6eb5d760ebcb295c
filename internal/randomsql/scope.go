package randomsql

// atom is a thing that an expression may be made of.
type atom struct {
	node   *Node
	t      Type
	column bool // a name, not an expression
	bare   bool // a name without its table's
}

// scope is what expressions at one place may name.
type scope struct {
	atoms []atom
	outer *scope // of the query around
	rows  *scope // of the rows that are grouped: aggregates may be used
}

// pick is a random atom of a type; sometimes an outer one.
func (g *generator) pick(t Type, s *scope) *Node {
	var found []*Node
	for _, a := range s.atoms {
		if a.t == t {
			found = append(found, a.node)
		}
	}
	if o := s.outer; o != nil && (len(found) == 0 || g.chance(30)) {
		if n := g.pick(t, o.fromInside()); n != nil {
			return n
		}
	}
	if len(found) == 0 {
		return nil
	}
	g.atoms++
	return found[g.r.IntN(len(found))]
}

// fromInside is the part of a scope that a subquery sees: PostgreSQL matches only
// names, not expressions, with the keys of a group further out.
func (s *scope) fromInside() *scope {
	out := &scope{outer: s.outer}
	for _, a := range s.atoms {
		if a.column && !a.bare {
			out.atoms = append(out.atoms, a)
		}
	}
	return out
}

// alone is a scope without the queries around it.
func (s *scope) alone() *scope { return &scope{atoms: s.atoms} }
