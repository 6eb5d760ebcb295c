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
	// When, which only a left join has, reads the left side: for a row for which one
	// of them is not true Right is not evaluated, and has no rows.
	When []Scalar
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
	return &Apply{Kind: a.Kind, Left: c[0], Right: c[1], On: a.On, When: a.When}
}

// Exprs lists the conditions.
func (a *Apply) Exprs() []Scalar {
	if len(a.When) == 0 {
		return a.On
	}
	return append(a.On[:len(a.On):len(a.On)], a.When...)
}

// WithExprs replaces the conditions.
func (a *Apply) WithExprs(e []Scalar) Node {
	n := len(a.On)
	return &Apply{Kind: a.Kind, Left: a.Left, Right: a.Right, On: e[:n:n], When: e[n:]}
}

// Describe is the EXPLAIN line.
func (a *Apply) Describe() string {
	s := "Apply " + a.Kind.String()
	if len(a.On) > 0 {
		s += " where " + conjunctText(a.On, a.Left, a.Right)
	}
	if len(a.When) > 0 {
		s += " when " + conjunctText(a.When, a.Left)
	}
	return s
}
