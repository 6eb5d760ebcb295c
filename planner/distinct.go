package planner

// Distinct keeps each different row once; NULLs are alike.
type Distinct struct {
	noExprs
	Input Node
}

// Columns lists the output columns.
func (d *Distinct) Columns() []Col { return d.Input.Columns() }

// Children lists the input.
func (d *Distinct) Children() []Node { return []Node{d.Input} }

// WithChildren replaces the input.
func (d *Distinct) WithChildren(c ...Node) Node { return &Distinct{Input: c[0]} }

// WithExprs is the node itself.
func (d *Distinct) WithExprs([]Scalar) Node { return d }

// keyCols: every column decides which rows are alike, so none may be pruned.
func (d *Distinct) keyCols() []ColID { return ColsOf(d.Input.Columns()).IDs() }

// Describe is the EXPLAIN line.
func (d *Distinct) Describe() string { return "Distinct" }
