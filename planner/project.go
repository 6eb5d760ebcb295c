package planner

import "strings"

// Project computes each output column from the input's row. An item that is
// just a column of the input keeps the column's number.
type Project struct {
	Input Node
	Items []Item
}

// Item is a computed column.
type Item struct {
	Col  Col
	Expr Scalar
}

// Pass is the item that hands a column on.
func Pass(c Col) Item { return Item{Col: c, Expr: ColumnExpr(c)} }

// Passes reports whether the item hands a column on under its own number.
func (it Item) Passes() bool {
	id, ok := AsColumn(it.Expr)
	return ok && id == it.Col.ID
}

// NewProject makes a projection, or returns the input when it would change nothing.
func NewProject(in Node, items []Item) Node {
	cols := in.Columns()
	same := len(cols) == len(items)
	for i := 0; same && i < len(items); i++ {
		same = items[i].Passes() && items[i].Col.ID == cols[i].ID
	}
	if same {
		return in
	}
	return &Project{Input: in, Items: items}
}

// Keep projects onto columns of the input, in the given order.
func Keep(in Node, cols []Col) Node {
	items := make([]Item, len(cols))
	for i, c := range cols {
		items[i] = Pass(c)
	}
	return NewProject(in, items)
}

// Extend adds computed columns to those of the input.
func Extend(in Node, items ...Item) Node {
	if len(items) == 0 {
		return in
	}
	all := make([]Item, 0, len(in.Columns())+len(items))
	for _, c := range in.Columns() {
		all = append(all, Pass(c))
	}
	return &Project{Input: in, Items: append(all, items...)}
}

// Columns lists the output columns.
func (p *Project) Columns() []Col {
	out := make([]Col, len(p.Items))
	for i, it := range p.Items {
		out[i] = it.Col
	}
	return out
}

// Children lists the input.
func (p *Project) Children() []Node { return []Node{p.Input} }

// WithChildren replaces the input.
func (p *Project) WithChildren(c ...Node) Node { return &Project{Input: c[0], Items: p.Items} }

// Exprs lists the items' expressions.
func (p *Project) Exprs() []Scalar {
	out := make([]Scalar, len(p.Items))
	for i, it := range p.Items {
		out[i] = it.Expr
	}
	return out
}

// WithExprs replaces the items' expressions.
func (p *Project) WithExprs(e []Scalar) Node {
	items := make([]Item, len(p.Items))
	for i, it := range p.Items {
		items[i] = Item{Col: it.Col, Expr: e[i]}
	}
	return &Project{Input: p.Input, Items: items}
}

// Describe is the EXPLAIN line.
func (p *Project) Describe() string {
	parts := make([]string, len(p.Items))
	for i, it := range p.Items {
		if it.Passes() {
			parts[i] = it.Col.String()
		} else {
			parts[i] = it.Col.String() + " := " + scalarText(it.Expr, p.Input)
		}
	}
	return "Project " + strings.Join(parts, ", ")
}
