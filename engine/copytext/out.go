package copytext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Columns are those of a table that COPY is about; verb says where to: "from" it in
// COPY TO, "to" it in COPY FROM.
func Columns(o *catalog.Object, n *ast.Copy, verb string) ([]int, error) {
	if o.Kind != catalog.Table {
		err := pgerr.New(pgerr.WrongObjectType, "cannot copy %s %s %q", verb, o.Kind.Noun(), o.Name)
		switch {
		case verb == "from":
			err = err.WithHint("Try the COPY (SELECT ...) TO variant.")
		case o.Kind == catalog.View:
			err = err.WithHint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.")
		}
		return nil, err
	}
	var cols []int
	if n.Columns == nil {
		for i, c := range o.Columns {
			if !c.Generated {
				cols = append(cols, i)
			}
		}
		return cols, nil
	}
	for _, id := range n.Columns {
		i := slices.IndexFunc(o.Columns, func(c catalog.Column) bool { return c.Name == id.Name })
		switch {
		case i < 0:
			return nil, pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", id.Name, o.Name)
		case o.Columns[i].Generated:
			return nil, pgerr.New(pgerr.InvalidColumnReference, "column %q is a generated column", id.Name).
				WithDetail("Generated columns cannot be used in COPY.")
		case slices.Contains(cols, i):
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", id.Name)
		}
		cols = append(cols, i)
	}
	return cols, nil
}

// knownColumns checks the columns that an option names.
func knownColumns(list, columns []string, what string) error {
	for _, name := range list {
		if name != "*" && !slices.Contains(columns, name) {
			return pgerr.New(pgerr.InvalidColumnReference, "%s column %q not referenced by COPY", what, name)
		}
	}
	return nil
}

// Query is the query that COPY TO of a table stands for.
func Query(o *catalog.Object, n *ast.Copy) (*ast.Select, error) {
	cols, err := Columns(o, n, "from")
	if err != nil {
		return nil, err
	}
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	names := make([]string, len(cols))
	for i, k := range cols {
		names[i] = quote(o.Columns[k].Name)
	}
	return catalog.ParseQuery(fmt.Sprintf("SELECT %s FROM %s.%s", strings.Join(names, ", "), quote(o.Schema), quote(o.Name)))
}

// Out prints the rows of COPY TO.
type Out struct {
	format *Format
	names  []string
	force  []bool
	types  []row.Type
	style  row.Style
	text   []byte
	spans  [][2]int
	values [][]byte
}

// Columns is how many there are.
func (c *Out) Columns() int { return len(c.names) }

// AppendHeader prints the first line, if there is one.
func (c *Out) AppendHeader(dst []byte) []byte {
	if c.format.Header == NoHeader {
		return dst
	}
	return c.format.AppendHeader(dst, c.names)
}

// AppendRow prints a row with its line end.
func (c *Out) AppendRow(dst []byte, b *row.Batch, i int) []byte {
	c.text, c.spans = c.text[:0], c.spans[:0]
	for k, t := range c.types {
		from := len(c.text)
		if b.Cols[k].IsNull(i) {
			from = -1
		} else {
			c.text = row.AppendText(c.text, t, b.Cols[k].Datum(i), &c.style)
		}
		c.spans = append(c.spans, [2]int{from, len(c.text)})
	}
	for k, at := range c.spans {
		c.values[k] = nil
		if at[0] >= 0 {
			c.values[k] = c.text[at[0]:at[1]:at[1]]
		}
	}
	return c.format.Append(dst, c.values, c.force)
}

// NewOut prints rows of columns with these names and types.
func NewOut(f *Format, names []string, types []row.Type, style row.Style) (*Out, error) {
	out := &Out{format: f, names: names, types: types, style: style, values: make([][]byte, len(names))}
	for _, name := range names {
		out.force = append(out.force, Names(f.ForceQuote, name))
	}
	return out, knownColumns(f.ForceQuote, names, "FORCE_QUOTE")
}
