package table

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
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
	for i, name := range nameColumns(o, x) {
		if i > 0 {
			columns += "_"
		}
		if columns += name; len(columns) > maxName {
			break
		}
	}
	if err := nameIndex(o, x, []string{o.Name, columns}, label, taken); err != nil {
		return err
	}
	o.Indexes = append(o.Indexes, *x)
	return nil
}

// nameColumns are the names of an index's columns, of which no two are the same; the
// expressions among them get theirs.
func nameColumns(o *catalog.Object, x *catalog.IndexDef) []string {
	var names []string
	for _, c := range slices.Concat(x.Columns, x.Include) {
		first := ""
		if c < 0 {
			first = x.Exprs[-1-c].Name
		} else {
			first = o.Columns[c].Name
		}
		name := first
		for n := 1; slices.Contains(names, name); n++ {
			suffix := strconv.Itoa(n)
			name = shorten([]string{first}, maxName-len(suffix)) + suffix
		}
		if names = append(names, name); c < 0 {
			x.Exprs[-1-c].Name = name
		}
	}
	return names
}

// nameIndex makes sure that an index can be made, and has a name that is free.
func nameIndex(o *catalog.Object, x *catalog.IndexDef, parts []string, label string, taken Taken) error {
	if err := mayBeKey(o, x); err != nil {
		return err
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

// mayBeKey makes sure that the values of an index's key have an order.
func mayBeKey(o *catalog.Object, x *catalog.IndexDef) error {
	types, key := o.Entries(x)
	for _, c := range key {
		if !types[c].Comparable() || types[c].Kind == row.Unknown {
			return pgerr.New(pgerr.UndefinedObject, "data type %s has no default operator class for access method \"btree\"", types[c]).
				WithHint("You must specify an operator class for the index or define a default operator class for the data type.")
		}
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
func newIndex(n *ast.CreateIndex, o *catalog.Object, opts bind.Options) (*catalog.IndexDef, error) {
	x := &catalog.IndexDef{Name: n.Name, Unique: n.Unique, NullsEqual: n.NullsEqual}
	plain := true
	for k, c := range n.Columns {
		i, err := indexKey(c.Expr, n.Texts[k], x, o, opts)
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
	if n.Where != nil {
		if _, err := bind.IndexWhere(n.Where, relationOf(o), opts); err != nil {
			return nil, err
		}
		x.Where = &catalog.IndexExpr{SQL: n.WhereText}
	}
	return x, describe(x, o)
}

// indexKey is the number of a column of an index's key; expressions are added to the
// index.
func indexKey(e ast.Expr, text string, x *catalog.IndexDef, o *catalog.Object, opts bind.Options) (int, error) {
	if ref, ok := e.(*ast.ColumnRef); ok && len(ref.Names) == 1 {
		return indexColumn(o, ref.Names[0])
	}
	if c, ok := e.(*ast.CollateExpr); ok {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "a collation in an index is not supported").At(c.Pos())
	}
	bound, err := bind.IndexKey(e, relationOf(o), opts)
	if err != nil {
		return 0, err
	}
	name := ast.ColumnName(e)
	if name == "?column?" {
		name = "expr"
	}
	if k := bound.Type().Kind; k == row.Record || k == row.Void {
		return 0, pgerr.New(pgerr.InvalidTableDefinition, "column %q has pseudo-type %s", name, bound.Type())
	}
	x.Exprs = append(x.Exprs, catalog.IndexExpr{SQL: text, Name: name})
	return -len(x.Exprs), nil
}

// describe sets what is known of the expressions of an index.
func describe(x *catalog.IndexDef, o *catalog.Object) error {
	rel := relationOf(o)
	for _, e := range x.All() {
		parsed, err := parser.ParseExpr(e.SQL)
		if err != nil {
			return err
		}
		to := bind.IndexKey
		if e == x.Where {
			to = bind.IndexWhere
		}
		bound, err := to(parsed, rel, bind.Options{})
		if pgerr.Code(err) == pgerr.UndefinedObject {
			return pgerr.New(pgerr.FeatureNotSupported, "an index whose expressions name a type that a user has made is not supported")
		}
		if err != nil {
			return pgerr.Unplaced(err)
		}
		e.Text, e.Type, e.Columns = exprText(bound, o), bound.Type(), readColumns(bound)
	}
	return nil
}

func indexColumn(o *catalog.Object, name string) (int, error) {
	if i := columnNamed(o, name); i >= 0 {
		return i, nil
	}
	return 0, pgerr.New(pgerr.UndefinedColumn, "column %q does not exist", name)
}

// promised reports that no two rows can agree in an index's columns, NULLs alike.
func promised(o *catalog.Object, x *catalog.IndexDef) bool {
	return x.Unique && x.Plain() && (x.NullsEqual || !slices.ContainsFunc(x.Columns, func(c int) bool { return !o.Columns[c].NotNull }))
}

// Promise lets plans rely on the keys of a table that nothing reads yet.
func Promise(o *catalog.Object) {
	for i := range o.Indexes {
		o.Indexes[i].Promised = promised(o, &o.Indexes[i])
	}
}
