package table

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// keyed is a key of a table as rows are looked for by it.
type keyed struct {
	catalog.UniqueKey
	layout *row.Layout // of the arrangement that has the rows by it
}

// keysOf are the keys of a table, in the order in which PostgreSQL checks them.
func keysOf(o *catalog.Object) []*keyed {
	var out []*keyed
	for _, k := range o.UniqueKeys() {
		out = append(out, &keyed{k, o.LayoutBy(k.Columns)})
	}
	return out
}

// of is the key of a row; ok is false where a NULL in it sets the row apart from all others.
func (k *keyed) of(b *row.Batch, i int) (key []byte, ok bool) {
	if !k.NullsEqual {
		for _, c := range k.Columns {
			if b.Cols[c].IsNull(i) {
				return nil, false
			}
		}
	}
	return k.layout.EncodeKey(nil, b, i), true
}

// exists is the error of a row whose key is there already.
func (k *keyed) exists(o *catalog.Object, b *row.Batch, i int) error {
	e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint %q", k.Name).
		WithDetail("%s already exists.", k.text(o, b, i))
	e.Schema, e.Table, e.Constraint = o.Schema, o.Name, k.Name
	return e
}

// duplicated is the error of an index that cannot be made over the rows that are there.
func (k *keyed) duplicated(o *catalog.Object, b *row.Batch, i int) error {
	e := pgerr.New(pgerr.UniqueViolation, "could not create unique index %q", k.Name).
		WithDetail("%s is duplicated.", k.text(o, b, i))
	e.Schema, e.Table, e.Constraint = o.Schema, o.Name, k.Name
	return e
}

// text is Key (a, b)=(1, x).
func (k *keyed) text(o *catalog.Object, b *row.Batch, i int) string {
	var names, values []byte
	for j, c := range k.Columns {
		if j > 0 {
			names, values = append(names, ", "...), append(values, ", "...)
		}
		names = append(names, ident.Quote(o.Columns[c].Name)...)
		if b.Cols[c].IsNull(i) {
			values = append(values, "null"...)
		} else {
			values = row.AppendText(values, o.Columns[c].Type, b.Cols[c].Datum(i), nil)
		}
	}
	return "Key (" + string(names) + ")=(" + string(values) + ")"
}
