package planner

import (
	"strings"

	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
)

// Over adds to each row the values of window functions that share a partition and an
// order. Ties in the order are broken by the rows themselves, as in a TopK, so that
// what rows a frame holds is a function of the input.
type Over struct {
	Input     Node
	Partition []Col
	Order     []Sort
	Calls     []OverCall
}

// OverCall is one window function, or an aggregate, over its frame.
type OverCall struct {
	Col    Col
	Window *expr.Function // nil: an aggregate
	Agg    *AggFunc       // nil: a window function
	Args   []Scalar       // columns of the input, or expressions without columns
	Filter Col            // an aggregate's, a column of the input; its ID is 0 when absent
	Frame  over.Frame     // its offsets read no columns
}

// Columns lists the input's columns, then the calls'.
func (o *Over) Columns() []Col {
	in := o.Input.Columns()
	out := append(make([]Col, 0, len(in)+len(o.Calls)), in...)
	for _, c := range o.Calls {
		out = append(out, c.Col)
	}
	return out
}

// Children lists the input.
func (o *Over) Children() []Node { return []Node{o.Input} }

// WithChildren replaces the input.
func (o *Over) WithChildren(c ...Node) Node {
	out := *o
	out.Input = c[0]
	return &out
}

// Exprs lists of each call the arguments, then the frame's offsets.
func (o *Over) Exprs() []Scalar {
	var out []Scalar
	for _, c := range o.Calls {
		out = append(append(out, c.Args...), c.Frame.Offsets()...)
	}
	return out
}

// WithExprs replaces them.
func (o *Over) WithExprs(e []Scalar) Node {
	out := *o
	out.Calls = make([]OverCall, len(o.Calls))
	for i, c := range o.Calls {
		n, m := len(c.Args), len(c.Frame.Offsets())
		c.Args, c.Frame, e = e[:n:n], c.Frame.WithOffsets(e[n:n+m]), e[n+m:]
		out.Calls[i] = c
	}
	return &out
}

func (o *Over) keyCols() []ColID {
	var out []ColID
	for _, c := range o.Partition {
		out = append(out, c.ID)
	}
	for _, s := range o.Order {
		out = append(out, s.Col.ID)
	}
	for _, c := range o.Calls {
		if c.Filter.ID != 0 {
			out = append(out, c.Filter.ID)
		}
	}
	return out
}

// Describe is the EXPLAIN line.
func (o *Over) Describe() string {
	s := "Over"
	if len(o.Partition) > 0 {
		s += " by " + colList(o.Partition)
	}
	if len(o.Order) > 0 {
		s += " order by " + sortList(o.Order)
	}
	parts := make([]string, len(o.Calls))
	for i, c := range o.Calls {
		parts[i] = c.Col.String() + " := " + c.text(o.Input)
	}
	return s + " [" + strings.Join(parts, ", ") + "]"
}

func (c OverCall) text(in Node) string {
	args := scalarList(c.Args, in)
	if c.Agg != nil && len(c.Args) == 0 {
		args = "*"
	}
	s := c.name() + "(" + args + ")"
	if c.Filter.ID != 0 {
		s += " filter (" + c.Filter.String() + ")"
	}
	if frame := c.Frame.Text(func(e expr.Expr) string { return scalarText(e, in) }); frame != "" {
		s += " " + frame
	}
	return s
}

func (c OverCall) name() string {
	if c.Agg != nil {
		return c.Agg.Name
	}
	return c.Window.Name
}

// numbers reports a call that gives no two rows of a partition the same value.
func (c OverCall) numbers() bool { return c.Window != nil && c.Window.Name == "row_number" }
