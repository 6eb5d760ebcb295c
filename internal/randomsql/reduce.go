package randomsql

// Reduce leaves out of a case what is not needed for fails to stay true. fails is
// asked at most budget times.
func Reduce(c *Case, budget int, fails func(*Case) bool) {
	r := &reducer{c: c, left: budget, fails: fails}
	for changed := true; changed && r.left > 0; {
		changed = r.halve(c.Queries)
		changed = r.halve(c.Changes) || changed
		for _, list := range [][]*Node{c.Queries, c.Changes, c.Tables} {
			for _, n := range list {
				if !n.Gone {
					changed = r.shrink(n, map[*Node]bool{}) || changed
				}
			}
		}
		changed = r.halve(c.Tables) || changed
	}
}

type reducer struct {
	c     *Case
	left  int
	fails func(*Case) bool
}

// try asks whether the case still fails after a change, and takes it back if not.
func (r *reducer) try(do, undo func()) bool {
	if r.left <= 0 {
		return false
	}
	r.left--
	do()
	if r.fails(r.c) {
		return true
	}
	undo()
	return false
}

// halve leaves out ever smaller parts of a list.
func (r *reducer) halve(list []*Node) bool {
	changed := false
	var there []*Node
	for _, n := range list {
		if !n.Gone {
			there = append(there, n)
		}
	}
	for size := (len(there) + 1) / 2; size > 0; size /= 2 {
		for at := len(there) - size; at > -size; at -= size {
			part := there[max(0, at) : at+size]
			gone := func(is bool) func() {
				return func() {
					for _, n := range part {
						n.Gone = is
					}
				}
			}
			if r.try(gone(true), gone(false)) {
				changed = true
				there = append(there[:max(0, at):max(0, at)], there[at+size:]...)
			}
		}
	}
	return changed
}

// shrink tries to make a tree smaller, from its root on.
func (r *reducer) shrink(n *Node, seen map[*Node]bool) bool {
	if n.Gone || seen[n] {
		return false
	}
	seen[n] = true
	changed := false
	if n.Optional && r.try(func() { n.Gone = true }, func() { n.Gone = false }) {
		return true
	}
	if n.Kind != "" {
		changed = r.replace(n)
	}
	if n.Sep != "" {
		var subs []*Node
		for _, p := range n.Parts {
			if sub, ok := p.(*Node); ok && sub.Optional {
				subs = append(subs, sub)
			}
		}
		if len(subs) > 2 {
			changed = r.halve(subs) || changed
		}
	}
	for _, p := range n.Parts {
		if sub, ok := p.(*Node); ok {
			changed = r.shrink(sub, seen) || changed
		}
	}
	return changed
}

// replace puts a part of the same kind, or a constant, in a node's place.
func (r *reducer) replace(n *Node) bool {
	if len(n.Parts) == 1 {
		if _, ok := n.Parts[0].(string); ok {
			return false
		}
	}
	saved := *n
	options := [][]any{}
	if simple, ok := simplest[n.Kind]; ok {
		for _, s := range simple {
			options = append(options, []any{s})
		}
	}
	for _, sub := range n.below(n.Kind, nil) {
		options = append(options, sub.Parts)
	}
	for _, parts := range options {
		if len(parts) == 1 && parts[0] == n.String() {
			continue
		}
		if r.try(func() { n.Parts, n.Sep = parts, "" }, func() { *n = saved }) {
			return true
		}
	}
	return false
}

// simplest are constants that any expression of a kind may become.
var simplest = map[string][]string{
	Int4.kind(): {"1"}, Int8.kind(): {"1::int8"}, Numeric.kind(): {"1.5"}, Float8.kind(): {"1.5::float8"},
	Text.kind(): {"'a'::text"}, Bool.kind(): {"true", "false"}, Timestamp.kind(): {"'2024-01-31 00:00:00'::timestamp"},
	Mood.kind(): {"'ok'::mood"},
}

// below collects the nodes of a kind in a tree, the nearest first.
func (n *Node) below(kind string, out []*Node) []*Node {
	for _, p := range n.Parts {
		sub, ok := p.(*Node)
		if !ok || sub.Gone {
			continue
		}
		if sub.Kind == kind {
			out = append(out, sub)
		}
		out = sub.below(kind, out)
	}
	return out
}
