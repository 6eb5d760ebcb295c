package planner

// MaxOne holds that its input has at most one row of each group (one row in
// all without a group): what a scalar subquery promises. Where it has more, its
// rows are an error with SQLSTATE 21000, "more than one row returned by a
// subquery used as an expression".
type MaxOne struct {
	noExprs
	Input Node
	Group []Col
}

// Columns lists the output columns.
func (m *MaxOne) Columns() []Col { return m.Input.Columns() }

// Children lists the input.
func (m *MaxOne) Children() []Node { return []Node{m.Input} }

// WithChildren replaces the input.
func (m *MaxOne) WithChildren(c ...Node) Node { return &MaxOne{Input: c[0], Group: m.Group} }

// WithExprs is the node itself.
func (m *MaxOne) WithExprs([]Scalar) Node { return m }

func (m *MaxOne) keyCols() []ColID {
	out := make([]ColID, len(m.Group))
	for i, c := range m.Group {
		out[i] = c.ID
	}
	return out
}

// Describe is the EXPLAIN line.
func (m *MaxOne) Describe() string {
	if len(m.Group) == 0 {
		return "MaxOne"
	}
	return "MaxOne by " + colList(m.Group)
}
