package table

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Reindexes reports that the table's indexes are not those that it had.
func (a *Alteration) Reindexes() bool { return len(a.Fresh()) > 0 || len(a.Gone()) > 0 }

// Fresh are the numbers among the table's indexes of those that have no rows yet.
func (a *Alteration) Fresh() []int {
	var out []int
	for i := range a.Object.Indexes {
		if a.Object.Indexes[i].Rows == 0 {
			out = append(out, i)
		}
	}
	return out
}

// Gone are the indexes that the table had.
func (a *Alteration) Gone() []catalog.IndexDef {
	return slices.DeleteFunc(slices.Clone(a.Old.Indexes), func(x catalog.IndexDef) bool {
		return slices.ContainsFunc(a.Object.Indexes, func(y catalog.IndexDef) bool { return y.OID == x.OID })
	})
}

// addKey adds a PRIMARY KEY or UNIQUE that the rows must turn out to obey.
func (a *Alteration) addKey(k *ast.KeyConstraint) error {
	o := a.Object
	if k.Primary && o.Key != nil {
		return multipleKeys(o, -1)
	}
	for _, id := range k.Columns {
		if _, err := a.column(id.Name); k.Primary && err != nil {
			return err // of NOT NULL, which comes first
		}
	}
	x, err := resolveKey(k, o)
	if err != nil {
		return err
	}
	if !k.Primary {
		x.OID, x.Constraint = a.firstOID, a.firstOID+1
		a.firstOID += 2
		if err := addIndex(o, x, "key", a.taken); err != nil {
			return err
		}
		a.uniques = append(a.uniques, o.Indexes[len(o.Indexes)-1].Name)
		return nil
	}
	if err := setPrimary(o, x, a.taken); err != nil {
		return err
	}
	for _, c := range x.Columns {
		if !o.Columns[c].NotNull {
			o.Columns[c].NotNull = true
			a.notNull = append(a.notNull, o.Columns[c].Name)
		}
	}
	a.uniques = append(a.uniques, o.KeyName)
	return nil
}

func (a *Alteration) addIndex(n *ast.CreateIndex) error {
	x, err := newIndex(n, a.Object, a.opts)
	if err != nil {
		return err
	}
	x.OID = a.firstOID
	a.firstOID++
	if err := addIndex(a.Object, x, "idx", a.taken); err != nil {
		return err
	}
	if x.Unique {
		a.uniques = append(a.uniques, x.Name)
	}
	if !x.Plain() {
		a.computed = append(a.computed, x.Name)
	}
	return nil
}

// dropIndex drops an index that is no constraint's.
func (a *Alteration) dropIndex(name string) error {
	o := a.Object
	i := o.IndexNamed(name)
	if i < 0 || o.Indexes[i].Constraint != 0 {
		return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop index %s because constraint %[1]s on table %s requires it", name, o.Name).
			WithHint("You can drop constraint %s on table %s instead.", name, o.Name)
	}
	a.removeIndex(i)
	return nil
}

func (a *Alteration) removeIndex(i int) {
	o := a.Object
	name := o.Indexes[i].Name
	o.Indexes = slices.Delete(o.Indexes, i, i+1)
	gone := func(n string) bool { return n == name }
	a.uniques, a.computed = slices.DeleteFunc(a.uniques, gone), slices.DeleteFunc(a.computed, gone)
}

func (a *Alteration) renameIndex(name, to string) error {
	o := a.Object
	if a.taken(to) {
		return pgerr.New(pgerr.DuplicateTable, "relation %q already exists", to)
	}
	if i := o.IndexNamed(name); i >= 0 {
		o.Indexes[i].Name = to
	} else {
		o.KeyName = to
	}
	return nil
}

// dropFromKeys drops the keys and indexes that have a column that is gone, and
// numbers the others' columns anew.
func (a *Alteration) dropFromKeys(column int) {
	o := a.Object
	if slices.Contains(o.Key, column) {
		o.Key, o.KeyName, o.KeyComment = nil, "", ""
	}
	for i := len(o.Indexes) - 1; i >= 0; i-- {
		if o.Indexes[i].Reads(column) {
			a.removeIndex(i)
		}
	}
	lists := [][]int{o.Key}
	for _, x := range o.Indexes {
		lists = append(lists, x.Columns, x.Include)
		for _, e := range x.All() {
			lists = append(lists, e.Columns)
		}
	}
	for _, list := range lists {
		for i, c := range list {
			if c > column {
				list[i]--
			}
		}
	}
}

// constraintIndex finds the index of a UNIQUE constraint, -1 if there is none.
func constraintIndex(o *catalog.Object, name string) int {
	return slices.IndexFunc(o.Indexes, func(x catalog.IndexDef) bool { return x.Name == name && x.Constraint != 0 })
}

func hasConstraint(o *catalog.Object, name string) bool {
	return hasCheck(o, name) || name == o.KeyName && o.Key != nil || constraintIndex(o, name) >= 0
}

// once makes sure that the values of new keys stand once in a table.
type once struct {
	*keyed
	seen map[string]bool
}

func (a *Alteration) once() ([]*once, error) {
	var out []*once
	keys, err := keysOf(a.Object)
	for _, k := range keys {
		if slices.Contains(a.uniques, k.Name) {
			out = append(out, &once{k, map[string]bool{}})
		}
	}
	return out, err
}

// add takes rows in, and gives the bytes that it holds more than before.
func (k *once) add(o *catalog.Object, b *row.Batch) (size int64, err error) {
	const entry = 48 // of a map, beside the key's bytes
	for i := range b.Len() {
		key, ok := k.of(b, i)
		if !ok {
			continue
		}
		if k.seen[string(key)] || b.Weights[i] > 1 {
			return size, k.duplicated(o, b, i)
		}
		k.seen[string(key)] = true
		size += int64(len(key)) + entry
	}
	return size, nil
}
