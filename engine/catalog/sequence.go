package catalog

import (
	"slices"

	"github.com/tarndb/tarn/row"
)

// Counting is how a sequence counts. It is immutable.
type Counting struct {
	Type      row.Type // smallint, integer or bigint
	Start     int64
	Increment int64
	Min, Max  int64
	Cache     int64
	Cycle     bool `json:",omitempty"`
}

// SequenceColumns are those of a sequence's one row: all values up to last_value are
// given out, that one too if is_called.
func SequenceColumns() []Column {
	return []Column{
		{Name: "last_value", Type: row.T(row.Int8), NotNull: true},
		{Name: "log_cnt", Type: row.T(row.Int8), NotNull: true},
		{Name: "is_called", Type: row.T(row.Bool), NotNull: true},
	}
}

// Owner is the table, and the number of its column, that a sequence goes with.
func (c *Catalog) Owner(sequence uint32) (table *Object, column int) {
	for _, o := range c.Objects {
		for i := range o.Columns {
			if slices.Contains(o.Columns[i].Owns, sequence) {
				return o, i
			}
		}
	}
	return nil, 0
}

// Owned lists the sequences that go with tables.
func (c *Catalog) Owned(tables ...*Object) []*Object {
	var out []*Object
	for _, t := range tables {
		for i := range t.Columns {
			for _, oid := range t.Columns[i].Owns {
				if s := c.Objects[oid]; s != nil {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// Drawer is a column whose default takes values from a sequence.
type Drawer struct {
	Table  *Object
	Column int
}

// Drawers lists the columns whose defaults take values from a sequence.
func (c *Catalog) Drawers(sequence uint32) []Drawer {
	var out []Drawer
	for _, o := range c.Ordered() {
		for i := range o.Columns {
			if slices.Contains(o.Columns[i].Draws, sequence) {
				out = append(out, Drawer{o, i})
			}
		}
	}
	return out
}
