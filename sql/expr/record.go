package expr

import (
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// RowExpr is ROW(...), or a whole row: a record.
type RowExpr struct {
	Fields []Expr
	Names  []string // of the fields, where they have names
	At     int
}

// Field is (Arg).name: a field of a record, by its place. It is NULL where the record is.
type Field struct {
	Arg   Expr
	Index int // from 0
	Name  string
	Typ   row.Type
	At    int
}

func (e *RowExpr) Type() row.Type             { return row.T(row.Record) }
func (e *RowExpr) Pos() int                   { return e.At }
func (e *RowExpr) Children() []Expr           { return e.Fields }
func (e *RowExpr) WithChildren(c []Expr) Expr { n := *e; n.Fields = c; return &n }
func (e *Field) Type() row.Type               { return e.Typ }
func (e *Field) Pos() int                     { return e.At }
func (e *Field) Children() []Expr             { return []Expr{e.Arg} }
func (e *Field) WithChildren(c []Expr) Expr   { n := *e; n.Arg = c[0]; return &n }

// String has the place too: two fields may have one name.
func (e *Field) String() string {
	return "(" + e.Arg.String() + ")." + e.Name + "@" + strconv.Itoa(e.Index+1)
}

// String has the names too: they decide what the record is as JSON.
func (e *RowExpr) String() string {
	if e.Names == nil {
		return "ROW(" + list(e.Fields) + ")"
	}
	text := "ROW("
	for i, f := range e.Fields {
		if i > 0 {
			text += ", "
		}
		text += f.String() + " AS " + e.Names[i]
	}
	return text + ")"
}

// recordNode is ROW(...).
type recordNode struct {
	fields []node
	names  []string
}

func (n *recordNode) eval(f *frame) fn.Arg {
	vals := make([]fn.Arg, len(n.fields))
	types := make([]row.Type, len(n.fields))
	for i, e := range n.fields {
		vals[i] = e.eval(f)
		types[i] = vals[i].Col.Type
	}
	out := row.NewColumn(row.T(row.Record), f.n)
	r := make(row.Row, len(vals))
	for i := 0; i < f.n; i++ {
		for k := range vals {
			r[k] = vals[k].Datum(i)
		}
		out.Data = row.AppendRecord(out.Data, n.names, types, r)
		out.EndBytes()
	}
	return fn.Arg{Col: &out}
}

// fieldNode takes a field out of a record.
type fieldNode struct {
	arg   node
	index int
	typ   row.Type
}

func (n *fieldNode) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.NewColumn(n.typ, rows)
	for i := range rows {
		d := row.NullDatum
		if !a.Col.IsNull(i) {
			if _, _, r, err := row.RecordFields(a.Col.Bytes(i)); err == nil && n.index < len(r) {
				d = r[n.index]
			}
		}
		out.Append(d)
	}
	return fn.Arg{Col: &out, Const: a.Const}
}
