package table

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Taken reports the names that relations of a table's schema have already, indexes
// among them.
type Taken func(name string) bool

// Keys lists the keys of a statement, in the order written.
func Keys(n *ast.Relation) []*ast.KeyConstraint {
	var out []*ast.KeyConstraint
	for _, def := range n.Columns {
		out = append(out, def.Keys...)
	}
	out = append(out, n.Keys...)
	slices.SortStableFunc(out, func(a, b *ast.KeyConstraint) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return out
}

// SetKey makes the one key that a source may have its own.
func SetKey(keys []*ast.KeyConstraint, o *catalog.Object) error {
	for _, k := range keys {
		if !k.Primary {
			return pgerr.New(pgerr.FeatureNotSupported, "UNIQUE constraints are not supported on sources").At(k.Pos()).
				WithHint("PRIMARY KEY is supported.")
		}
		if o.Key != nil {
			return multipleKeys(o, k.Pos())
		}
		x, err := resolveKey(k, o)
		if err != nil {
			return err
		}
		o.Key, o.KeyName = x.Columns, x.Name
		for _, c := range x.Columns {
			o.Columns[c].NotNull = true
		}
	}
	return nil
}

// resolveKey finds the columns of a key; its name is as written.
func resolveKey(k *ast.KeyConstraint, o *catalog.Object) (*catalog.IndexDef, error) {
	x := &catalog.IndexDef{Name: k.Name, Unique: true, NullsEqual: k.NullsEqual}
	for _, id := range k.Columns {
		i := columnNamed(o, id.Name)
		if i < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column %q named in key does not exist", id.Name).At(k.Pos())
		}
		if slices.Contains(x.Columns, i) {
			what := "unique"
			if k.Primary {
				what = "primary key"
			}
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q appears twice in %s constraint", id.Name, what).At(k.Pos())
		}
		x.Columns = append(x.Columns, i)
	}
	for _, id := range k.Include {
		i := columnNamed(o, id.Name)
		if i < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column %q named in key does not exist", id.Name).At(k.Pos())
		}
		x.Include = append(x.Include, i)
	}
	if k.Primary && k.Include != nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "INCLUDE in a PRIMARY KEY is not supported").At(k.Pos())
	}
	return x, nil
}

// keyPlan is the keys of CREATE TABLE on their way: those that say the same are one.
type keyPlan struct {
	primary *catalog.IndexDef
	uniques []*catalog.IndexDef
}

// resolveKeys finds the columns of a table's keys.
func resolveKeys(keys []*ast.KeyConstraint, o *catalog.Object) (*keyPlan, error) {
	p := &keyPlan{}
	for _, k := range keys {
		if k.Primary && p.primary != nil {
			return nil, multipleKeys(o, k.Pos())
		}
		x, err := resolveKey(k, o)
		if err != nil {
			return nil, err
		}
		if k.Primary {
			p.primary = x
			for _, c := range x.Columns {
				o.Columns[c].NotNull = true
			}
			continue
		}
		p.uniques = append(p.uniques, x)
	}
	all := p.uniques
	if p.primary != nil {
		all = slices.Concat([]*catalog.IndexDef{p.primary}, all)
	}
	var kept []*catalog.IndexDef
	for _, x := range all {
		same := slices.IndexFunc(kept, func(k *catalog.IndexDef) bool {
			return slices.Equal(k.Columns, x.Columns) && slices.Equal(k.Include, x.Include) && k.NullsEqual == x.NullsEqual
		})
		switch {
		case same < 0:
			kept = append(kept, x)
		case kept[same].Name == "":
			kept[same].Name = x.Name
		}
	}
	if p.primary != nil {
		kept = kept[1:]
	}
	p.uniques = kept
	return p, nil
}

// apply names the keys and gives them numbers, from next on.
func (p *keyPlan) apply(o *catalog.Object, next uint32, taken Taken) error {
	if p.primary != nil {
		if err := setPrimary(o, p.primary, taken); err != nil {
			return err
		}
	}
	for _, x := range p.uniques {
		x.OID, x.Constraint = next, next+1
		next += 2
		if err := addIndex(o, x, "key", taken); err != nil {
			return err
		}
	}
	return nil
}

func setPrimary(o *catalog.Object, x *catalog.IndexDef, taken Taken) error {
	if err := nameIndex(o, x, []string{o.Name}, "pkey", taken); err != nil {
		return err
	}
	o.Key, o.KeyName = x.Columns, x.Name
	return nil
}

// addIndex adds an index; label ends the name that it gets if it has none.
func addIndex(o *catalog.Object, x *catalog.IndexDef, label string, taken Taken) error {
	columns := ""
	for i, c := range slices.Concat(x.Columns, x.Include) {
		if i > 0 {
			columns += "_"
		}
		if columns += o.Columns[c].Name; len(columns) > maxName {
			break
		}
	}
	if err := nameIndex(o, x, []string{o.Name, columns}, label, taken); err != nil {
		return err
	}
	o.Indexes = append(o.Indexes, *x)
	return nil
}

// nameIndex makes sure that an index can be made, and has a name that is free.
func nameIndex(o *catalog.Object, x *catalog.IndexDef, parts []string, label string, taken Taken) error {
	for _, c := range x.Columns {
		if o.Columns[c].Type.Kind == row.JSON {
			return pgerr.New(pgerr.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", o.Columns[c].Type).
				WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
		}
	}
	used := func(name string) bool {
		return taken(name) || name == o.Name || name == o.KeyName && o.Key != nil || o.IndexNamed(name) >= 0
	}
	if x.Name == "" {
		x.Name = freeRelationName(parts, label, func(name string) bool { return used(name) || hasCheck(o, name) })
		return nil
	}
	if used(x.Name) {
		return pgerr.New(pgerr.DuplicateTable, "relation %q already exists", x.Name)
	}
	if label != "idx" && hasCheck(o, x.Name) {
		return pgerr.New(pgerr.DuplicateObject, "constraint %q for relation %q already exists", x.Name, o.Name)
	}
	return nil
}

// freeRelationName is the name of what was given none: its parts and a label, and a
// number where that is taken.
func freeRelationName(parts []string, label string, taken Taken) string {
	for n := 0; ; n++ {
		suffix := "_" + label
		if n > 0 {
			suffix += strconv.Itoa(n)
		}
		if name := shorten(parts, maxName-len(suffix)) + suffix; !taken(name) {
			return name
		}
	}
}

// newIndex is what CREATE INDEX says of a table.
func newIndex(n *ast.CreateIndex, o *catalog.Object) (*catalog.IndexDef, error) {
	x := &catalog.IndexDef{Name: n.Name, Unique: n.Unique, NullsEqual: n.NullsEqual}
	plain := true
	for _, c := range n.Columns {
		ref, ok := c.Expr.(*ast.ColumnRef)
		if !ok || len(ref.Names) != 1 {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "an index on an expression is not supported").At(c.Pos())
		}
		i, err := indexColumn(o, ref.Names[0])
		if err != nil {
			return nil, err
		}
		option := 0
		if c.Dir == ast.SortDesc {
			option = catalog.IndexDesc | catalog.IndexNullsFirst
		}
		switch c.Nulls {
		case ast.NullsFirst:
			option |= catalog.IndexNullsFirst
		case ast.NullsLast:
			option &^= catalog.IndexNullsFirst
		}
		plain = plain && option == 0
		x.Columns, x.Options = append(x.Columns, i), append(x.Options, option)
	}
	if plain {
		x.Options = nil
	}
	for _, id := range n.Include {
		i, err := indexColumn(o, id.Name)
		if err != nil {
			return nil, err
		}
		x.Include = append(x.Include, i)
	}
	return x, nil
}

func indexColumn(o *catalog.Object, name string) (int, error) {
	if i := columnNamed(o, name); i >= 0 {
		return i, nil
	}
	return 0, pgerr.New(pgerr.UndefinedColumn, "column %q does not exist", name)
}

// promised reports that no two rows can agree in an index's columns, NULLs alike.
func promised(o *catalog.Object, x *catalog.IndexDef) bool {
	return x.Unique && (x.NullsEqual || !slices.ContainsFunc(x.Columns, func(c int) bool { return !o.Columns[c].NotNull }))
}

// Promise lets plans rely on the keys of a table that nothing reads yet.
func Promise(o *catalog.Object) {
	for i := range o.Indexes {
		o.Indexes[i].Promised = promised(o, &o.Indexes[i])
	}
}
