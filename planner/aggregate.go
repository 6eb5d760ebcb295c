package planner

import "strings"

// Aggregate makes one row of each group: the group columns, which keep their
// numbers, then the aggregates. NULLs of a group column form one group. Without
// group columns there is always exactly one row.
type Aggregate struct {
	Input Node
	Group []Col
	Aggs  []Agg
}

// Agg is one aggregate call.
type Agg struct {
	Col      Col
	Func     *AggFunc
	Args     []Scalar
	Distinct bool
	Filter   Scalar // nil: all rows
	Order    []SortExpr
}

// SortExpr is an ORDER BY item inside an aggregate call.
type SortExpr struct {
	Expr       Scalar
	Desc       bool
	NullsFirst bool
}

// Columns lists the output columns.
func (a *Aggregate) Columns() []Col {
	out := append([]Col(nil), a.Group...)
	for _, g := range a.Aggs {
		out = append(out, g.Col)
	}
	return out
}

// Children lists the input.
func (a *Aggregate) Children() []Node { return []Node{a.Input} }

// WithChildren replaces the input.
func (a *Aggregate) WithChildren(c ...Node) Node {
	return &Aggregate{Input: c[0], Group: a.Group, Aggs: a.Aggs}
}

// Exprs lists of each call the arguments, the filter if any, and the order.
func (a *Aggregate) Exprs() []Scalar {
	var out []Scalar
	for _, g := range a.Aggs {
		out = append(out, g.Args...)
		if g.Filter != nil {
			out = append(out, g.Filter)
		}
		for _, o := range g.Order {
			out = append(out, o.Expr)
		}
	}
	return out
}

// WithExprs replaces them.
func (a *Aggregate) WithExprs(e []Scalar) Node {
	aggs := make([]Agg, len(a.Aggs))
	for i, g := range a.Aggs {
		n := len(g.Args)
		g.Args, e = e[:n:n], e[n:]
		if g.Filter != nil {
			g.Filter, e = e[0], e[1:]
		}
		order := make([]SortExpr, len(g.Order))
		for k, o := range g.Order {
			o.Expr, e = e[0], e[1:]
			order[k] = o
		}
		g.Order = order
		aggs[i] = g
	}
	return &Aggregate{Input: a.Input, Group: a.Group, Aggs: aggs}
}

func (a *Aggregate) keyCols() []ColID {
	out := make([]ColID, len(a.Group))
	for i, c := range a.Group {
		out[i] = c.ID
	}
	return out
}

// Describe is the EXPLAIN line.
func (a *Aggregate) Describe() string {
	parts := make([]string, len(a.Aggs))
	for i, g := range a.Aggs {
		parts[i] = g.Col.String() + " := " + g.Text(a.Input)
	}
	s := "Aggregate"
	if len(a.Group) > 0 {
		s += " by " + colList(a.Group)
	}
	if len(parts) > 0 {
		s += " [" + strings.Join(parts, ", ") + "]"
	}
	return s
}

// Text is the call as EXPLAIN prints it above the given input. Calls over one input
// that have equal texts are equal.
func (g Agg) Text(in Node) string {
	args := scalarList(g.Args, in)
	if len(g.Args) == 0 {
		args = "*"
	}
	if g.Distinct {
		args = "distinct " + args
	}
	for i, o := range g.Order {
		sep := " order by "
		if i > 0 {
			sep = ", "
		}
		args += sep + scalarText(o.Expr, in) + orderSuffix(o.Desc, o.NullsFirst)
	}
	s := g.Func.Name + "(" + args + ")"
	if g.Filter != nil {
		s += " filter (" + scalarText(g.Filter, in) + ")"
	}
	return s
}
