package planner

import "strings"

// SetKind is a set operation.
type SetKind uint8

// The set operations. Without All each different row comes once.
const (
	Union SetKind = iota
	Intersect
	Except
)

var setKindNames = [...]string{"Union", "Intersect", "Except"}

func (k SetKind) String() string { return setKindNames[k] }

// SetOp combines two inputs whose columns correspond by position: column i of
// the output comes from LeftCols[i] or RightCols[i], all three of one type.
type SetOp struct {
	noExprs
	Kind                SetKind
	All                 bool
	Left, Right         Node
	LeftCols, RightCols []Col
	Cols                []Col
}

// Columns lists the output columns.
func (s *SetOp) Columns() []Col { return s.Cols }

// Children lists left and right.
func (s *SetOp) Children() []Node { return []Node{s.Left, s.Right} }

// WithChildren replaces left and right.
func (s *SetOp) WithChildren(c ...Node) Node {
	out := *s
	out.Left, out.Right = c[0], c[1]
	return &out
}

// WithExprs is the node itself.
func (s *SetOp) WithExprs([]Scalar) Node { return s }

func (s *SetOp) keyCols() []ColID {
	var out []ColID
	for i := range s.Cols {
		out = append(out, s.LeftCols[i].ID, s.RightCols[i].ID)
	}
	return out
}

// Describe is the EXPLAIN line.
func (s *SetOp) Describe() string {
	name := s.Kind.String()
	if s.All {
		name += " all"
	}
	parts := make([]string, len(s.Cols))
	for i, c := range s.Cols {
		parts[i] = c.String() + " := " + s.LeftCols[i].String() + " | " + s.RightCols[i].String()
	}
	return name + " [" + strings.Join(parts, ", ") + "]"
}
