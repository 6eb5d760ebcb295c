package catalog

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/storage"
)

// IndexDef is a further order in which a table's rows are kept, by some of its columns:
// where UNIQUE constraints look for a key, and reads for the rows of one. It is
// immutable.
type IndexDef struct {
	OID        uint32
	Constraint uint32 `json:",omitempty"` // the number of the UNIQUE constraint that it stands for; 0: it is only an index
	Name       string
	Columns    []int       // of the key; -1-n stands for the n-th of Exprs
	Exprs      []IndexExpr `json:",omitempty"`
	Where      *IndexExpr  `json:",omitempty"` // what holds of the rows that it has; nil: it has all
	Unique     bool        `json:",omitempty"`
	NullsEqual bool        `json:",omitempty"` // NULLS NOT DISTINCT
	// Promised says that plans may rely on it: no two rows agree in Columns, NULLs alike.
	// One that came when views read the table already is not: their plans must stay.
	Promised bool `json:",omitempty"`
	// Options are pg_index.indoption, as written: all columns are kept ascending. nil: none.
	Options []int         `json:",omitempty"`
	Include []int         `json:",omitempty"` // columns of INCLUDE, which are there anyway
	Rows    storage.ArrID // the arrangement of the rows by Columns
	Comment string        `json:",omitempty"`
}

// IndexExpr is what an index computes of a row of its table. It is immutable.
type IndexExpr struct {
	SQL     string // as written
	Text    string // as catalogs print it
	Name    string `json:",omitempty"` // of the index's column
	Type    row.Type
	Columns []int `json:",omitempty"` // that it reads
}

// Plain says that an index has all rows of its table, by columns alone.
func (x *IndexDef) Plain() bool { return x.Exprs == nil && x.Where == nil }

// All are the expressions of the index.
func (x *IndexDef) All() []*IndexExpr {
	var out []*IndexExpr
	for i := range x.Exprs {
		out = append(out, &x.Exprs[i])
	}
	if x.Where != nil {
		out = append(out, x.Where)
	}
	return out
}

// Reads reports that an index has to do with a column of its table.
func (x *IndexDef) Reads(column int) bool {
	return slices.Contains(x.Columns, column) || slices.Contains(x.Include, column) ||
		slices.ContainsFunc(x.All(), func(e *IndexExpr) bool { return slices.Contains(e.Columns, column) })
}

// Shown is the expression as PostgreSQL prints it in the key of an index: in
// parentheses, unless it is a call.
func (e *IndexExpr) Shown(pretty bool) string {
	text := e.Text
	if pretty {
		text = Unparenthesized(text)
	}
	if name := strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyz_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ."); name != text && Unparenthesized(name) != name {
		return text
	}
	return "(" + text + ")"
}

// Unparenthesized is an expression's text without the parentheses around all of it.
func Unparenthesized(text string) string {
	if !strings.HasPrefix(text, "(") {
		return text
	}
	depth := 0
	quoted := byte(0)
	for i := range len(text) {
		switch b := text[i]; {
		case quoted != 0:
			if b == quoted {
				quoted = 0
			}
		case b == '\'' || b == '"':
			quoted = b
		case b == '(':
			depth++
		case b == ')':
			if depth--; depth == 0 && i < len(text)-1 {
				return text
			}
		}
	}
	return text[1 : len(text)-1]
}

// The bits of IndexDef.Options.
const (
	IndexDesc       = 1
	IndexNullsFirst = 2
)

// UniqueKey is columns in which no two rows of a table agree, but for NULLs unless
// they are equal too.
type UniqueKey struct {
	Name       string
	Columns    []int
	NullsEqual bool
	Constraint bool
	Rows       storage.ArrID // where rows are found by it
	Index      *IndexDef     // nil: the primary key
}

// UniqueKeys lists a table's keys: the primary key first, the others in the order in
// which they were made.
func (o *Object) UniqueKeys() []UniqueKey {
	var out []UniqueKey
	if o.Kind != Table {
		return nil
	}
	if len(o.Key) > 0 {
		out = append(out, UniqueKey{Name: o.PrimaryKeyName(), Columns: o.Key, Constraint: true, Rows: o.Output})
	}
	for i := range o.Indexes {
		if x := &o.Indexes[i]; x.Unique {
			out = append(out, UniqueKey{Name: x.Name, Columns: x.Columns, NullsEqual: x.NullsEqual, Constraint: x.Constraint != 0, Rows: x.Rows, Index: x})
		}
	}
	return out
}

// IndexNamed finds an index of the object, -1 if there is none. The primary key's is
// not among them.
func (o *Object) IndexNamed(name string) int {
	return slices.IndexFunc(o.Indexes, func(x IndexDef) bool { return x.Name == name })
}

// Placed is how and where the object's rows lie: by its own key for 0, else by one of
// its indexes, as planner.Relation numbers them.
func (o *Object) Placed(n int) (*row.Layout, storage.ArrID) {
	if n == 0 {
		return o.Layout(), o.Output
	}
	x := &o.Indexes[n-1]
	types, key := o.Entries(x)
	return row.NewLayout(types, KeyCols(key), false), x.Rows
}

// Entries are the columns of the rows in an index: the table's, and what is computed
// of them behind; key says by which of them the rows lie.
func (o *Object) Entries(x *IndexDef) (types []row.Type, key []int) {
	types = o.Types()
	for _, e := range x.Exprs {
		types = append(types, e.Type)
	}
	for _, c := range x.Columns {
		if c < 0 {
			c = len(o.Columns) - 1 - c
		}
		key = append(key, c)
	}
	return types, key
}

// Taken reports that a name is a relation's or an index's.
func (c *Catalog) Taken(schema, name string) bool {
	return c.Lookup(schema, name) != nil || c.indexOwner(schema, name) != nil
}

// indexOwner is the table whose key or index has a name.
func (c *Catalog) indexOwner(schema, name string) *Object {
	for _, o := range c.Objects {
		if o.Schema == schema && o.Kind == Table && (len(o.Key) > 0 && o.PrimaryKeyName() == name || o.IndexNamed(name) >= 0) {
			return o
		}
	}
	return nil
}

// IndexOwner finds an index, or a primary key, by its name: the table that it is of.
func (c *Catalog) IndexOwner(path []string, name string) *Object {
	for _, schema := range path {
		if o := c.indexOwner(schema, name); o != nil {
			return o
		}
	}
	return nil
}

// uniques adds what the planner may know of a table's keys and indexes.
func (o *Object) uniques(rel *planner.Relation) error {
	for _, k := range o.UniqueKeys() {
		exprs, err := k.Index.parsed()
		if err != nil {
			return err
		}
		rel.Uniques = append(rel.Uniques, planner.RelUnique{Name: k.Name, Columns: k.Columns, Constraint: k.Constraint, RelExprs: exprs})
	}
	for i := range o.Indexes {
		x := &o.Indexes[i]
		exprs, err := x.parsed()
		if err != nil {
			return err
		}
		rel.Indexes = append(rel.Indexes, planner.RelIndex{Name: x.Name, Columns: x.Columns, Unique: x.Unique, RelExprs: exprs})
		if x.Promised {
			rel.Keys = append(rel.Keys, x.Columns)
		}
	}
	return nil
}

// parsed are the expressions of an index; of nil, none.
func (x *IndexDef) parsed() (out planner.RelExprs, err error) {
	if x == nil || x.Plain() {
		return out, nil
	}
	for _, e := range x.Exprs {
		k, err := parser.ParseExpr(e.SQL)
		if err != nil {
			return out, err
		}
		out.Keys = append(out.Keys, k)
	}
	if x.Where != nil {
		out.Where, err = parser.ParseExpr(x.Where.SQL)
	}
	return out, err
}
