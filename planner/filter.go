package planner

// Filter keeps the rows for which every predicate is true. The predicates are
// evaluated in order, and a later one only where the earlier ones are true:
// rules may reorder only predicates that cannot fail.
type Filter struct {
	Input Node
	Preds []Scalar
}

// NewFilter makes a filter; without predicates it is the input.
func NewFilter(in Node, preds ...Scalar) Node {
	if len(preds) == 0 {
		return in
	}
	if f, ok := in.(*Filter); ok {
		return &Filter{Input: f.Input, Preds: append(append([]Scalar(nil), f.Preds...), preds...)}
	}
	return &Filter{Input: in, Preds: preds}
}

// Columns lists the output columns.
func (f *Filter) Columns() []Col { return f.Input.Columns() }

// Children lists the input.
func (f *Filter) Children() []Node { return []Node{f.Input} }

// WithChildren replaces the input.
func (f *Filter) WithChildren(c ...Node) Node { return &Filter{Input: c[0], Preds: f.Preds} }

// Exprs lists the predicates.
func (f *Filter) Exprs() []Scalar { return f.Preds }

// WithExprs replaces the predicates.
func (f *Filter) WithExprs(e []Scalar) Node { return &Filter{Input: f.Input, Preds: e} }

// Describe is the EXPLAIN line.
func (f *Filter) Describe() string { return "Filter " + conjunctText(f.Preds, f.Input) }
