package planner

import "strings"

// Scan reads a stored or streamed relation. Only the wanted attributes are
// read; column pruning shortens the list, so that a source decodes no more.
type Scan struct {
	leaf
	noExprs
	Rel   *Relation
	Alias string
	Attrs []int // indexes into Rel.Columns
	Cols  []Col // one for each of Attrs
}

// Columns lists the output columns.
func (s *Scan) Columns() []Col { return s.Cols }

// WithChildren is the scan itself.
func (s *Scan) WithChildren(...Node) Node { return s }

// WithExprs is the scan itself.
func (s *Scan) WithExprs([]Scalar) Node { return s }

// Describe is the EXPLAIN line.
func (s *Scan) Describe() string {
	var b strings.Builder
	b.WriteString("Scan ")
	if s.Rel.Schema != "public" {
		b.WriteString(s.Rel.Schema + ".")
	}
	b.WriteString(s.Rel.Name)
	if s.Alias != "" && s.Alias != s.Rel.Name {
		b.WriteString(" as " + s.Alias)
	}
	b.WriteString(" [" + colList(s.Cols) + "]")
	return b.String()
}
