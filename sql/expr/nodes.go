package expr

import "github.com/tarndb/tarn/row"

var boolType = row.T(row.Bool)

// The types of the values.

func (e *ColRef) Type() row.Type        { return e.Typ }
func (e *Const) Type() row.Type         { return e.Typ }
func (e *Call) Type() row.Type          { return e.Typ }
func (e *Logic) Type() row.Type         { return boolType }
func (e *Not) Type() row.Type           { return boolType }
func (e *Case) Type() row.Type          { return e.Typ }
func (e *Coalesce) Type() row.Type      { return e.Typ }
func (e *NullIf) Type() row.Type        { return e.Typ }
func (e *MinMax) Type() row.Type        { return e.Typ }
func (e *IsNull) Type() row.Type        { return boolType }
func (e *IsTruth) Type() row.Type       { return boolType }
func (e *Distinct) Type() row.Type      { return boolType }
func (e *InList) Type() row.Type        { return boolType }
func (e *Cast) Type() row.Type          { return e.To }
func (e *ArrayExpr) Type() row.Type     { return e.Typ }
func (e *ScalarArrayOp) Type() row.Type { return boolType }
func (e *Subscript) Type() row.Type     { return e.Typ }

// Type is the type that the statement's binding has settled on so far.
func (e *Param) Type() row.Type {
	if e.Typ.Kind == row.Unknown && e.Decl != nil && e.N <= len(e.Decl.Types) {
		return e.Decl.Types[e.N-1]
	}
	return e.Typ
}

// The places in the statement's text.

func (e *ColRef) Pos() int        { return e.At }
func (e *Const) Pos() int         { return e.At }
func (e *Param) Pos() int         { return e.At }
func (e *Call) Pos() int          { return e.At }
func (e *Logic) Pos() int         { return e.At }
func (e *Not) Pos() int           { return e.At }
func (e *Case) Pos() int          { return e.At }
func (e *Coalesce) Pos() int      { return e.At }
func (e *NullIf) Pos() int        { return e.At }
func (e *MinMax) Pos() int        { return e.At }
func (e *IsNull) Pos() int        { return e.At }
func (e *IsTruth) Pos() int       { return e.At }
func (e *Distinct) Pos() int      { return e.At }
func (e *InList) Pos() int        { return e.At }
func (e *Cast) Pos() int          { return e.At }
func (e *ArrayExpr) Pos() int     { return e.At }
func (e *ScalarArrayOp) Pos() int { return e.At }
func (e *Subscript) Pos() int     { return e.At }

// The operands. Leaves have none.

func (e *ColRef) Children() []Expr        { return nil }
func (e *Const) Children() []Expr         { return nil }
func (e *Param) Children() []Expr         { return nil }
func (e *Call) Children() []Expr          { return e.Args }
func (e *Logic) Children() []Expr         { return e.Args }
func (e *Not) Children() []Expr           { return []Expr{e.Arg} }
func (e *Coalesce) Children() []Expr      { return e.Args }
func (e *NullIf) Children() []Expr        { return []Expr{e.Arg, e.Left, e.Right} }
func (e *MinMax) Children() []Expr        { return e.Args }
func (e *IsNull) Children() []Expr        { return []Expr{e.Arg} }
func (e *IsTruth) Children() []Expr       { return []Expr{e.Arg} }
func (e *Distinct) Children() []Expr      { return []Expr{e.Left, e.Right} }
func (e *InList) Children() []Expr        { return append([]Expr{e.Arg}, e.List...) }
func (e *Cast) Children() []Expr          { return []Expr{e.Arg} }
func (e *ArrayExpr) Children() []Expr     { return e.Elems }
func (e *ScalarArrayOp) Children() []Expr { return []Expr{e.Left, e.Right} }

// Children are condition and value of each arm, then the ELSE if there is one.
func (e *Case) Children() []Expr {
	out := make([]Expr, 0, 2*len(e.Whens)+1)
	for _, w := range e.Whens {
		out = append(out, w.Cond, w.Then)
	}
	if e.Else != nil {
		out = append(out, e.Else)
	}
	return out
}

// Children are the array, then the bounds that are not open.
func (e *Subscript) Children() []Expr {
	out := []Expr{e.Arg}
	for _, list := range [][]Expr{e.Lower, e.Index} {
		for _, b := range list {
			if b != nil {
				out = append(out, b)
			}
		}
	}
	return out
}

// The copies with other operands. Leaves return themselves.

func (e *ColRef) WithChildren([]Expr) Expr { return e }
func (e *Const) WithChildren([]Expr) Expr  { return e }
func (e *Param) WithChildren([]Expr) Expr  { return e }

func (e *Call) WithChildren(c []Expr) Expr      { n := *e; n.Args = c; return &n }
func (e *Logic) WithChildren(c []Expr) Expr     { n := *e; n.Args = c; return &n }
func (e *Not) WithChildren(c []Expr) Expr       { n := *e; n.Arg = c[0]; return &n }
func (e *Coalesce) WithChildren(c []Expr) Expr  { n := *e; n.Args = c; return &n }
func (e *MinMax) WithChildren(c []Expr) Expr    { n := *e; n.Args = c; return &n }
func (e *IsNull) WithChildren(c []Expr) Expr    { n := *e; n.Arg = c[0]; return &n }
func (e *IsTruth) WithChildren(c []Expr) Expr   { n := *e; n.Arg = c[0]; return &n }
func (e *Cast) WithChildren(c []Expr) Expr      { n := *e; n.Arg = c[0]; return &n }
func (e *ArrayExpr) WithChildren(c []Expr) Expr { n := *e; n.Elems = c; return &n }
func (e *NullIf) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Left, n.Right = c[0], c[1], c[2]
	return &n
}
func (e *Distinct) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}
func (e *InList) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.List = c[0], c[1:]
	return &n
}
func (e *ScalarArrayOp) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[0], c[1]
	return &n
}

// WithChildren keeps the arms and whether there is an ELSE.
func (e *Case) WithChildren(c []Expr) Expr {
	n := *e
	n.Whens = make([]When, len(e.Whens))
	for i := range n.Whens {
		n.Whens[i] = When{c[2*i], c[2*i+1]}
	}
	if e.Else != nil {
		n.Else = c[len(c)-1]
	}
	return &n
}

// WithChildren keeps open bounds open.
func (e *Subscript) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, c = c[0], c[1:]
	fill := func(list []Expr) []Expr {
		if list == nil {
			return nil
		}
		out := make([]Expr, len(list))
		for i, b := range list {
			if b != nil {
				out[i], c = c[0], c[1:]
			}
		}
		return out
	}
	n.Lower = fill(e.Lower)
	n.Index = fill(e.Index)
	return &n
}
