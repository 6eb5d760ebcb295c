package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Alteration is a table as ALTER TABLE leaves it, and what becomes of its rows.
type Alteration struct {
	Old, Object *catalog.Object
	Notices     []string
	Dropped     []string          // columns of Old
	Sequences   []*catalog.Object // that come with new columns
	Lost        []*catalog.Object // sequences that go with columns; of who carries it out

	from     []int    // by column of Object: the column of Old, -1 for a new one
	notNull  []string // columns that must turn out to have no NULL
	checks   []string // constraints that must turn out to hold
	uniques  []string // keys that must turn out to stand once
	computed []string // indexes whose expressions must turn out not to fail

	Retyped  []string               // columns of Old that get another type
	using    map[int]planner.Scalar // by column of Old: its values, of the row as it was
	firstOID uint32                 // for new constraints
	opts     bind.Options
	taken    Taken
}

// Alter applies the parts of ALTER TABLE, in order, to a copy of a table. firstOID
// is the first number that new constraints may have.
func Alter(old *catalog.Object, actions []*ast.AlterAction, firstOID uint32, opts bind.Options, taken Taken) (*Alteration, error) {
	o, err := old.Altered()
	if err != nil {
		return nil, err
	}
	a := &Alteration{Old: old, Object: o, from: span(0, len(old.Columns)), firstOID: firstOID, opts: opts, taken: taken}
	o.KeyName = old.PrimaryKeyName() // it stays when the table gets another name
	if o.Key == nil {
		o.KeyName = ""
	}
	for _, act := range actions {
		if err := a.apply(act); err != nil {
			return nil, err
		}
	}
	if err := a.rebind(); err != nil {
		return nil, err
	}
	if o.Kind == catalog.Table {
		if o.SQL, err = definition(o); err != nil {
			return nil, err
		}
	}
	if a.Rewrites() || a.Validates() || a.Reindexes() || a.loosens() {
		o.Version++
	}
	return a, nil
}

// In is a catalog with the table as it is now in the place of what it was.
func (a *Alteration) In(c *catalog.Catalog) *catalog.Catalog {
	return c.Without([]*catalog.Object{a.Old}).With(a.Object)
}

// Rewrites reports that rows change their shape.
func (a *Alteration) Rewrites() bool {
	return !slices.Equal(a.from, span(0, len(a.Old.Columns))) || !slices.Equal(a.Old.Key, a.Object.Key) || len(a.using) > 0
}

// Validates reports that the rows that are there must be looked at.
func (a *Alteration) Validates() bool {
	return len(a.notNull)+len(a.checks)+len(a.uniques)+len(a.computed) > 0
}

// loosens reports that rows may be there that could not be before: who writes one must
// wait until that is durable.
func (a *Alteration) loosens() bool {
	for i, from := range a.from {
		if from >= 0 && a.Old.Columns[from].NotNull && !a.Object.Columns[i].NotNull {
			return true
		}
	}
	return slices.ContainsFunc(a.Old.Checks, func(k catalog.Check) bool {
		return !slices.ContainsFunc(a.Object.Checks, func(n catalog.Check) bool { return n.OID == k.OID })
	})
}

func (a *Alteration) apply(act *ast.AlterAction) error {
	switch act.Kind {
	case ast.AddColumn:
		return a.addColumn(act)
	case ast.DropColumn:
		return a.dropColumn(act)
	case ast.AddCheck:
		return a.addChecks([]*ast.Check{act.Check})
	case ast.AddKey:
		return a.addKey(act.Key)
	case ast.AddIndex:
		return a.addIndex(act.Index)
	case ast.DropIndex:
		return a.dropIndex(act.Name)
	case ast.DropConstraint:
		return a.dropConstraint(act)
	case ast.RenameObject:
		a.Object.Name = act.NewName
		return nil
	case ast.RenameColumn:
		return a.renameColumn(act)
	case ast.RenameConstraint:
		return a.renameConstraint(act)
	case ast.RenameIndex:
		return a.renameIndex(act.Name, act.NewName)
	case ast.RetypeColumn:
		return a.retypeColumn(act)
	}
	return a.alterColumn(act)
}

func (a *Alteration) addColumn(act *ast.AlterAction) error {
	o, def := a.Object, act.Column
	if columnNamed(o, def.Name) >= 0 {
		message := fmt.Sprintf("column %q of relation %q already exists", def.Name, o.Name)
		if act.IfNotExists {
			a.Notices = append(a.Notices, message+", skipping")
			return nil
		}
		return pgerr.New(pgerr.DuplicateColumn, "%s", message)
	}
	s, err := addColumn(def, o, a.firstOID, a.opts, a.taken)
	if err != nil {
		return err
	}
	if s != nil {
		a.Sequences = append(a.Sequences, s)
		a.firstOID++
	}
	a.from = append(a.from, -1)
	if err := addValues([]*ast.ColumnDef{def}, o, a.opts); err != nil {
		return err
	}
	if o.Columns[len(o.Columns)-1].NotNull && s == nil {
		a.notNull = append(a.notNull, def.Name)
	}
	if err := a.addChecks(def.Check); err != nil {
		return err
	}
	for _, k := range def.Keys {
		if err := a.addKey(k); err != nil {
			return err
		}
	}
	return nil
}

// addChecks adds constraints that the rows must turn out to obey.
func (a *Alteration) addChecks(checks []*ast.Check) error {
	o := a.Object
	for _, c := range checks {
		if c.Name != "" && hasConstraint(o, c.Name) {
			return pgerr.New(pgerr.DuplicateObject, "constraint %q for relation %q already exists", c.Name, o.Name)
		}
		before := slices.Clone(o.Checks)
		if err := AddChecks([]*ast.Check{c}, o, a.firstOID, a.opts); err != nil {
			return err
		}
		a.firstOID++
		for _, k := range o.Checks {
			if !slices.ContainsFunc(before, func(b catalog.Check) bool { return b.Name == k.Name }) {
				a.checks = append(a.checks, k.Name)
			}
		}
	}
	return nil
}

func (a *Alteration) dropColumn(act *ast.AlterAction) error {
	o := a.Object
	i, err := a.column(act.Name)
	if err != nil {
		if act.IfExists {
			a.Notices = append(a.Notices, fmt.Sprintf("column %q of relation %q does not exist, skipping", act.Name, o.Name))
			return nil
		}
		return err
	}
	if len(o.Columns) == 1 {
		return pgerr.New(pgerr.FeatureNotSupported, "a table without columns is not supported").At(act.Pos())
	}
	for _, c := range o.Columns {
		reads, err := a.generatedFrom(c, i)
		if err != nil {
			return err
		}
		if reads {
			return pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop column %s of table %s because other objects depend on it", act.Name, o.Name).
				WithDetail("column %s of table %s depends on column %s of table %[2]s", c.Name, o.Name, act.Name).
				WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
		}
	}
	if a.from[i] >= 0 {
		a.Dropped = append(a.Dropped, act.Name)
	}
	o.Columns = slices.Delete(o.Columns, i, i+1)
	a.from = slices.Delete(a.from, i, i+1)
	a.notNull = slices.DeleteFunc(a.notNull, func(n string) bool { return n == act.Name })
	o.Checks = slices.DeleteFunc(o.Checks, func(c catalog.Check) bool { return slices.Contains(c.Columns, i) })
	a.checks = slices.DeleteFunc(a.checks, func(n string) bool { return !hasCheck(o, n) })
	a.dropFromKeys(i)
	return nil
}

// generatedFrom reports that a column is computed from column i.
func (a *Alteration) generatedFrom(c catalog.Column, i int) (bool, error) {
	if !c.Generated {
		return false, nil
	}
	e, err := parser.ParseExpr(c.ValueSQL)
	if err != nil {
		return false, err
	}
	rel := relationOf(a.Object)
	bound, err := bind.Generated(e, rel, rel.Columns[columnNamed(a.Object, c.Name)], a.opts)
	if err != nil {
		return false, err
	}
	return slices.Contains(readColumns(bound), i), nil
}

func (a *Alteration) column(name string) (int, error) {
	if i := columnNamed(a.Object, name); i >= 0 {
		return i, nil
	}
	return 0, pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, a.Object.Name)
}

// alterColumn is ALTER COLUMN: what concerns one column and no row's shape.
func (a *Alteration) alterColumn(act *ast.AlterAction) error {
	o := a.Object
	i, err := a.column(act.Name)
	if err != nil {
		return err
	}
	c := &o.Columns[i]
	switch act.Kind {
	case ast.SetDefault, ast.DropDefault:
		if c.Generated {
			err := pgerr.New(pgerr.SyntaxError, "column %q of relation %q is a generated column", c.Name, o.Name)
			if act.Kind == ast.DropDefault {
				err = err.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.")
			}
			return err
		}
		if c.Identity != "" {
			err := pgerr.New(pgerr.SyntaxError, "column %q of relation %q is an identity column", c.Name, o.Name)
			if act.Kind == ast.DropDefault {
				err = err.WithHint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.")
			}
			return err
		}
		c.Default, c.ValueSQL, c.Draws = "", "", nil
		if act.Kind == ast.DropDefault {
			return nil
		}
		e, err := bind.Default(act.Default, relationOf(o).Columns[i], a.opts)
		if err != nil {
			return err
		}
		setValue(c, e, act.DefaultText, o)
	case ast.SetNotNull:
		if !c.NotNull {
			c.NotNull = true
			a.notNull = append(a.notNull, c.Name)
		}
	case ast.DropNotNull:
		if c.Identity != "" {
			return pgerr.New(pgerr.SyntaxError, "column %q of relation %q is an identity column", c.Name, o.Name)
		}
		if slices.Contains(o.Key, i) {
			return pgerr.New(pgerr.InvalidTableDefinition, "column %q is in a primary key", c.Name)
		}
		c.NotNull = false
		for k := range o.Indexes {
			x := &o.Indexes[k]
			x.Promised = x.Promised && promised(o, x)
		}
	}
	return nil
}

func (a *Alteration) dropConstraint(act *ast.AlterAction) error {
	o := a.Object
	switch {
	case hasCheck(o, act.Name):
		o.Checks = slices.DeleteFunc(o.Checks, func(c catalog.Check) bool { return c.Name == act.Name })
		a.checks = slices.DeleteFunc(a.checks, func(n string) bool { return n == act.Name })
		return nil
	case act.Name == o.KeyName && o.Key != nil:
		o.Key, o.KeyName, o.KeyComment = nil, "", ""
		return nil
	case constraintIndex(o, act.Name) >= 0:
		a.removeIndex(constraintIndex(o, act.Name))
		return nil
	case act.IfExists:
		a.Notices = append(a.Notices, fmt.Sprintf("constraint %q of relation %q does not exist, skipping", act.Name, o.Name))
		return nil
	}
	return pgerr.New(pgerr.UndefinedObject, "constraint %q of relation %q does not exist", act.Name, o.Name)
}

func (a *Alteration) renameConstraint(act *ast.AlterAction) error {
	o := a.Object
	if hasConstraint(o, act.NewName) {
		return pgerr.New(pgerr.DuplicateObject, "constraint %q for relation %q already exists", act.NewName, o.Name)
	}
	for i := range o.Checks {
		if o.Checks[i].Name == act.Name {
			o.Checks[i].Name = act.NewName
			slices.SortFunc(o.Checks, func(x, y catalog.Check) int { return strings.Compare(x.Name, y.Name) })
			return nil
		}
	}
	if i := constraintIndex(o, act.Name); i >= 0 || act.Name == o.KeyName && o.Key != nil {
		return a.renameIndex(act.Name, act.NewName)
	}
	return pgerr.New(pgerr.UndefinedObject, "constraint %q for table %q does not exist", act.Name, o.Name)
}

func (a *Alteration) renameColumn(act *ast.AlterAction) (err error) {
	o := a.Object
	i := columnNamed(o, act.Name)
	if i < 0 {
		return pgerr.New(pgerr.UndefinedColumn, "column %q does not exist", act.Name)
	}
	if columnNamed(o, act.NewName) >= 0 {
		return pgerr.New(pgerr.DuplicateColumn, "column %q of relation %q already exists", act.NewName, o.Name)
	}
	o.Columns[i].Name = act.NewName
	for k := range o.Columns {
		if c := &o.Columns[k]; c.Generated {
			if c.ValueSQL, err = parser.RenameColumn(c.ValueSQL, act.Name, act.NewName); err != nil {
				return err
			}
		}
	}
	for k := range o.Checks {
		if o.Checks[k].SQL, err = parser.RenameColumn(o.Checks[k].SQL, act.Name, act.NewName); err != nil {
			return err
		}
	}
	for k := range o.Indexes {
		for _, e := range o.Indexes[k].All() {
			if e.SQL, err = parser.RenameColumn(e.SQL, act.Name, act.NewName); err != nil {
				return err
			}
		}
	}
	return nil
}

// rebind reads the table's expressions again, under its names of now.
func (a *Alteration) rebind() error {
	o := a.Object
	rel := relationOf(o)
	for i := range o.Columns {
		c := &o.Columns[i]
		if !c.Generated {
			continue
		}
		e, err := parser.ParseExpr(c.ValueSQL)
		if err != nil {
			return err
		}
		bound, err := bind.Generated(e, rel, rel.Columns[i], a.opts)
		if err != nil {
			return pgerr.Unplaced(err)
		}
		c.Default = valueText(bound, o)
	}
	for i := range o.Checks {
		c := &o.Checks[i]
		e, err := parser.ParseExpr(c.SQL)
		if err != nil {
			return err
		}
		bound, err := bind.Check(e, rel, a.opts)
		if err != nil {
			return pgerr.Unplaced(err)
		}
		c.Text, c.Columns = exprText(bound, o), readColumns(bound)
	}
	for i := range o.Indexes {
		if err := describe(&o.Indexes[i], o); err != nil {
			return err
		}
	}
	return nil
}
