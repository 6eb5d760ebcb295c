package planner

// Apply is the dependent join: for each row of Left, Right is evaluated anew,
// with the row's columns as constants. Kind is inner (CROSS JOIN LATERAL), left
// (LEFT JOIN LATERAL, scalar subqueries), semi or anti (EXISTS, IN and their
// negations); On is the condition on each pair.
// Only the binder makes it; Decorrelate leaves none.
type Apply struct {
	Kind        JoinKind
	Left, Right Node
	On          []Scalar
}

// Columns lists the output columns: left, then right unless the join is one-sided.
func (a *Apply) Columns() []Col {
	if a.Kind.OneSided() {
		return a.Left.Columns()
	}
	return append(append([]Col(nil), a.Left.Columns()...), a.Right.Columns()...)
}

// Children lists left and right.
func (a *Apply) Children() []Node { return []Node{a.Left, a.Right} }

// WithChildren replaces left and right.
func (a *Apply) WithChildren(c ...Node) Node {
	return &Apply{Kind: a.Kind, Left: c[0], Right: c[1], On: a.On}
}

// Exprs lists the condition.
func (a *Apply) Exprs() []Scalar { return a.On }

// WithExprs replaces the condition.
func (a *Apply) WithExprs(e []Scalar) Node {
	return &Apply{Kind: a.Kind, Left: a.Left, Right: a.Right, On: e}
}

// Describe is the EXPLAIN line.
func (a *Apply) Describe() string {
	s := "Apply " + a.Kind.String()
	if len(a.On) > 0 {
		s += " where " + conjunctText(a.On, a.Left, a.Right)
	}
	return s
}
