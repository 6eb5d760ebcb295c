package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// UsersOf lists what has columns of any of the types, and the views that name one, in
// the order of their numbers.
func (c *Catalog) UsersOf(types ...*Type) []*Object {
	var out []*Object
	for _, o := range c.Ordered() {
		if slices.ContainsFunc(types, o.uses) {
			out = append(out, o)
		}
	}
	return out
}

func (o *Object) uses(t *Type) bool {
	return slices.Contains(o.Deps, t.OID) || slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Type.User == t.OID })
}

// usesOf says what depends on types, and on what: a line each.
func usesOf(types []*Type, users []*Object) []string {
	var detail []string
	for _, t := range types {
		for _, of := range []row.Type{t.Type().ArrayType(), t.Type()} {
			for _, o := range users {
				detail = append(detail, o.columnsOf(of)...)
			}
		}
		for _, o := range users {
			detail = append(detail, o.readsOf(t, users)...)
		}
	}
	return detail
}

// TypeTakes is what goes with types, in words.
func TypeTakes(types []*Type, users []*Object) []string {
	var out []string
	for _, line := range usesOf(types, users) {
		if what, _, _ := strings.Cut(line, " depends on "); !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	return out
}

// TypeNeeded is the error of a DROP TYPE of what is used.
func TypeNeeded(types []*Type, users []*Object) error {
	return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop type %s because other objects depend on it", &types[0].EnumType).
		WithDetail("%s", strings.Join(usesOf(types, users), "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// columnsOf says which columns of a table or source are of a type, the last first as
// PostgreSQL does.
func (o *Object) columnsOf(t row.Type) []string {
	var out []string
	for _, c := range slices.Backward(o.Columns) {
		if c.Type == t && o.Query == "" {
			out = append(out, fmt.Sprintf("column %s of %s depends on type %s", c.Name, o.Words(), t))
		}
	}
	return out
}

// readsOf says how a view uses a type: it names it, or reads columns of it.
func (o *Object) readsOf(t *Type, users []*Object) []string {
	if slices.Contains(o.Deps, t.OID) {
		return []string{fmt.Sprintf("%s depends on type %s", o.Words(), &t.EnumType)}
	}
	var out []string
	for _, in := range users {
		if !readsDirectly(o, in, users) {
			continue
		}
		for _, c := range in.sources(t, o) {
			out = append(out, fmt.Sprintf("%s depends on column %s of %s", o.Words(), c, in.Words()))
		}
	}
	return out
}

// sources are the columns of the type that a reader seems to read: those that it
// shows under their names, or the first.
func (o *Object) sources(t *Type, reader *Object) []string {
	var all, shown []string
	for _, c := range o.Columns {
		if c.Type.User != t.OID {
			continue
		}
		all = append(all, c.Name)
		if slices.ContainsFunc(reader.Columns, func(own Column) bool { return own.Name == c.Name && own.Type == c.Type }) {
			shown = append(shown, c.Name)
		}
	}
	if len(shown) == 0 && len(all) > 0 && slices.ContainsFunc(reader.Columns, func(own Column) bool { return own.Type.User == t.OID }) {
		return all[:1]
	}
	return shown
}

// TypesIn lists the types in some schemas.
func (c *Catalog) TypesIn(schemas []string) []*Type {
	return slices.DeleteFunc(c.OrderedTypes(), func(t *Type) bool { return !slices.Contains(schemas, t.Schema) })
}

// Unrenamable is the error of a rename of a type or of a value of it that would
// change what views hold or what texts mean, all of which name it as it was: nil if
// there is none. The text of a view or of a table's expression is looked through for
// the old name.
func (c *Catalog) Unrenamable(t *Type, n *ast.AlterType) error {
	if n.Kind == ast.AddValue {
		return nil
	}
	name := "'" + strings.ReplaceAll(n.Label, "'", "''") + "'"
	if n.Kind == ast.RenameType {
		name = t.Name
	}
	users := c.UsersOf(t)
	for _, o := range slices.Concat(users, c.Dependents(users...)) {
		if o.Kind == MaterializedView || slices.ContainsFunc(o.texts(), func(s string) bool { return strings.Contains(s, name) }) {
			return Unalterable(t, o)
		}
	}
	return nil
}

// texts are an object's expressions and query, as written and as catalogs print them.
func (o *Object) texts() []string {
	out := []string{o.Query}
	for _, c := range o.Columns {
		out = append(out, c.ValueSQL, c.Default)
	}
	for _, c := range o.Checks {
		out = append(out, c.SQL, c.Text)
	}
	for i := range o.Indexes {
		for _, e := range o.Indexes[i].All() {
			out = append(out, e.SQL, e.Text)
		}
	}
	return out
}

// Unalterable is the error of an ALTER TYPE that an object stands in the way of.
func Unalterable(t *Type, o *Object) error {
	return pgerr.New(pgerr.FeatureNotSupported, "cannot alter type %s: %s was made with the values and names that it has", &t.EnumType, o.Words()).
		WithHint("Drop the %s first, and create it again afterwards.", o.Words())
}
