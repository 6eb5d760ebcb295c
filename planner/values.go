package planner

import "strings"

// Values is a list of rows. The expressions read no columns but outer ones. One
// row of no columns is the unit: what a SELECT without FROM reads.
type Values struct {
	leaf
	Rows [][]Scalar
	Cols []Col
}

// Unit makes the relation of one row and no columns.
func Unit() *Values { return &Values{Rows: [][]Scalar{{}}} }

// IsUnit reports whether n is the relation of one row and no columns.
func IsUnit(n Node) bool {
	v, ok := n.(*Values)
	return ok && len(v.Rows) == 1 && len(v.Cols) == 0
}

// Columns lists the output columns.
func (v *Values) Columns() []Col { return v.Cols }

// WithChildren is the node itself.
func (v *Values) WithChildren(...Node) Node { return v }

// Exprs lists the cells, row by row.
func (v *Values) Exprs() []Scalar {
	var out []Scalar
	for _, r := range v.Rows {
		out = append(out, r...)
	}
	return out
}

// WithExprs replaces the cells.
func (v *Values) WithExprs(exprs []Scalar) Node {
	out := &Values{Cols: v.Cols, Rows: make([][]Scalar, len(v.Rows))}
	for i, r := range v.Rows {
		out.Rows[i], exprs = exprs[:len(r):len(r)], exprs[len(r):]
	}
	return out
}

// Describe is the EXPLAIN line. Long lists are cut: the text is for people.
func (v *Values) Describe() string {
	const shown = 4
	var b strings.Builder
	b.WriteString("Values [" + colList(v.Cols) + "]")
	for i, r := range v.Rows {
		if i == shown {
			b.WriteString(" ...")
			break
		}
		b.WriteString(" (" + scalarList(r, v) + ")")
	}
	return b.String()
}
