package catalog

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// IndexDef is a further order in which a table's rows are kept, by some of its columns:
// where UNIQUE constraints look for a key, and reads for the rows of one. It is
// immutable.
type IndexDef struct {
	OID        uint32
	Constraint uint32 `json:",omitempty"` // the number of the UNIQUE constraint that it stands for; 0: it is only an index
	Name       string
	Columns    []int
	Unique     bool `json:",omitempty"`
	NullsEqual bool `json:",omitempty"` // NULLS NOT DISTINCT
	// Promised says that plans may rely on it: no two rows agree in Columns, NULLs alike.
	// One that came when views read the table already is not: their plans must stay.
	Promised bool `json:",omitempty"`
	// Options are pg_index.indoption, as written: all columns are kept ascending. nil: none.
	Options []int         `json:",omitempty"`
	Include []int         `json:",omitempty"` // columns of INCLUDE, which are there anyway
	Rows    storage.ArrID // the arrangement of the rows by Columns
	Comment string        `json:",omitempty"`
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
			out = append(out, UniqueKey{Name: x.Name, Columns: x.Columns, NullsEqual: x.NullsEqual, Constraint: x.Constraint != 0, Rows: x.Rows})
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
	return o.LayoutBy(x.Columns), x.Rows
}

// LayoutBy is how the object's rows lie in an arrangement by some columns.
func (o *Object) LayoutBy(columns []int) *row.Layout {
	return row.NewLayout(o.Types(), KeyCols(columns), false)
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
func (o *Object) uniques(rel *planner.Relation) {
	for _, k := range o.UniqueKeys() {
		rel.Uniques = append(rel.Uniques, planner.RelUnique{Name: k.Name, Columns: k.Columns, Constraint: k.Constraint})
	}
	for i := range o.Indexes {
		x := &o.Indexes[i]
		rel.Indexes = append(rel.Indexes, planner.RelIndex{Name: x.Name, Columns: x.Columns, Unique: x.Unique})
		if x.Promised {
			rel.Keys = append(rel.Keys, x.Columns)
		}
	}
}
