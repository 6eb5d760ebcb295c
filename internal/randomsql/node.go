package randomsql

import "strings"

// Node is a piece of SQL.
type Node struct {
	Kind     string // nodes of one kind may stand in each other's place; empty: nothing may
	Sep      string // stands between the parts
	Parts    []any  // string or *Node; a node may stand in several places
	Optional bool   // the text around it is SQL without it too
	Gone     bool   // it is left out
}

// String is the SQL.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *Node) write(b *strings.Builder) {
	first := true
	for _, p := range n.Parts {
		sub, isNode := p.(*Node)
		if isNode && sub.Gone {
			continue
		}
		if !first {
			b.WriteString(n.Sep)
		}
		first = false
		if isNode {
			sub.write(b)
		} else {
			b.WriteString(p.(string))
		}
	}
}

// text is a node of one kind whose parts are strings and nodes in a row.
func text(kind string, parts ...any) *Node { return &Node{Kind: kind, Parts: parts} }

// optional is a piece that may be left out.
func optional(parts ...any) *Node { return &Node{Parts: parts, Optional: true} }

// list is nodes with something between them; any of them may be left out.
func list(sep string, nodes []*Node) *Node {
	out := &Node{Sep: sep}
	for _, n := range nodes {
		out.Parts = append(out.Parts, &Node{Parts: []any{n}, Optional: true})
	}
	return out
}

// fixed is a list of which nothing may be left out.
func fixed(sep string, nodes []*Node) *Node {
	out := &Node{Sep: sep}
	for _, n := range nodes {
		out.Parts = append(out.Parts, n)
	}
	return out
}
