package table

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// keyed is a key of a table as rows are looked for by it.
type keyed struct {
	catalog.UniqueKey
	layout *row.Layout // of the arrangement that has the rows by it
	key    []int       // the columns of the key there
	exprs  *indexed    // nil: rows have all that the key is made of

	last    *row.Batch // the rows whose entries are known
	entries *entries
}

// keysOf are the keys of a table, in the order in which PostgreSQL checks them.
func keysOf(o *catalog.Object) ([]*keyed, error) {
	var out []*keyed
	for n, k := range o.UniqueKeys() {
		if k.Index == nil {
			out = append(out, &keyed{UniqueKey: k, layout: row.NewLayout(o.Types(), catalog.KeyCols(k.Columns), false), key: k.Columns})
			continue
		}
		types, key := o.Entries(k.Index)
		by := &keyed{UniqueKey: k, layout: row.NewLayout(types, catalog.KeyCols(key), false), key: key}
		if !k.Index.Plain() {
			rel, err := o.Relation()
			if err != nil {
				return nil, err
			}
			if by.exprs, err = newIndexed(rel, k.Name, &rel.Uniques[n].RelExprs); err != nil {
				return nil, err
			}
		}
		out = append(out, by)
	}
	return out, nil
}

// at is a batch as the key's index has it.
func (k *keyed) at(b *row.Batch) *row.Batch {
	if k.exprs == nil {
		return b
	}
	if k.last != b {
		k.last, k.entries = b, k.exprs.run(&expr.Context{}, b)
	}
	return k.entries.rows
}

// of is the key of a row; ok is false where it is not one of those that the key is
// about, or a NULL in it sets the row apart from all others.
func (k *keyed) of(b *row.Batch, i int) (key []byte, ok bool) {
	b = k.at(b)
	if k.exprs != nil {
		if has, err := k.entries.has(i); !has || err != nil {
			return nil, false // the statement that makes such a row fails
		}
	}
	if !k.NullsEqual {
		for _, c := range k.key {
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
	b = k.at(b)
	for j, c := range k.key {
		if j > 0 {
			names, values = append(names, ", "...), append(values, ", "...)
		}
		if c < len(o.Columns) {
			names = append(names, ident.Quote(o.Columns[c].Name)...)
		} else {
			names = append(names, k.Index.Exprs[c-len(o.Columns)].Shown(true)...)
		}
		if b.Cols[c].IsNull(i) {
			values = append(values, "null"...)
		} else {
			values = row.AppendText(values, k.layout.Types()[c], b.Cols[c].Datum(i), nil)
		}
	}
	return "Key (" + string(names) + ")=(" + string(values) + ")"
}
