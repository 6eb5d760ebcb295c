package table

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// retypeColumn is ALTER COLUMN TYPE. The rows are written anew, and what is said of the
// column must turn out to hold of its new values.
func (a *Alteration) retypeColumn(act *ast.AlterAction) error {
	o := a.Object
	i, err := a.column(act.Name)
	if err != nil {
		return err
	}
	c := &o.Columns[i]
	from := a.from[i]
	switch {
	case from < 0:
		return pgerr.New(pgerr.FeatureNotSupported, "cannot alter the type of a column that the same statement adds").At(act.Pos())
	case a.using[from] != nil:
		return pgerr.New(pgerr.FeatureNotSupported, "cannot alter type of column %q twice", c.Name)
	case c.Generated && act.Using != nil:
		return pgerr.New(pgerr.InvalidColumnDefinition, "cannot specify USING when altering type of generated column").
			WithDetail("Column %q is a generated column.", c.Name)
	case c.Identity != "":
		return pgerr.New(pgerr.FeatureNotSupported, "altering the type of an identity column is not supported").At(act.Pos())
	}
	to, err := bind.Type(act.Type, a.opts)
	if err != nil {
		return pgerr.Unplaced(err)
	}
	if to == c.Type && act.Using == nil {
		return nil
	}
	def := relationOf(o).Columns[i]
	def.Type = to
	values, err := bind.Retyped(act.Using, relationOf(a.Old), from, def, a.opts)
	if e, ok := pgerr.As(err); ok && e.Code == pgerr.DatatypeMismatch && act.Using == nil && !c.Generated {
		return e.WithHint("You might need to specify \"USING %s::%s\".", ident.Quote(c.Name), to)
	}
	if err != nil {
		return err
	}
	for _, other := range o.Columns {
		reads, err := a.generatedFrom(other, i)
		if err != nil {
			return err
		}
		if reads {
			return pgerr.New(pgerr.SyntaxError, "cannot alter type of a column used by a generated column").
				WithDetail("Column %q is used by generated column %q.", c.Name, other.Name)
		}
	}
	if a.using == nil {
		a.using = map[int]planner.Scalar{}
	}
	a.using[from] = values
	a.Retyped = append(a.Retyped, a.Old.Columns[from].Name)
	a.fixMeanings(i)
	old := c.Type
	c.Type = to
	if err := a.retypeValue(c, i, old); err != nil {
		return err
	}
	return a.provesAnew(i)
}

// fixMeanings keeps the expressions that read a column as they were understood: with the
// types that their constants have got.
func (a *Alteration) fixMeanings(column int) {
	o := a.Object
	fix := func(sql *string, text string) {
		if _, err := parser.ParseExpr(text); err == nil {
			*sql = text
		}
	}
	for i := range o.Checks {
		if k := &o.Checks[i]; slices.Contains(k.Columns, column) {
			fix(&k.SQL, k.Text)
		}
	}
	for i := range o.Indexes {
		for _, e := range o.Indexes[i].All() {
			if slices.Contains(e.Columns, column) {
				fix(&e.SQL, e.Text)
			}
		}
	}
}

// retypeValue gives a column's default, or what it is computed from, the new type. A
// constant stays what it was in the old one.
func (a *Alteration) retypeValue(c *catalog.Column, i int, old row.Type) error {
	if c.ValueSQL == "" {
		return nil
	}
	e, err := parser.ParseExpr(c.ValueSQL)
	if err != nil {
		return err
	}
	what := "default"
	rel := relationOf(a.Object)
	if !c.Generated {
		was := rel.Columns[i]
		was.Type = old
		value, err := bind.Default(e, was, a.opts)
		if err != nil {
			return pgerr.Unplaced(err)
		}
		if cast, is := value.(*expr.Cast); is && !cast.Explicit {
			value = cast.Arg
		}
		if _, is := value.(*expr.Const); is {
			c.ValueSQL = exprText(value, a.Object)
			if e, err = parser.ParseExpr(c.ValueSQL); err != nil {
				return err
			}
		}
	}
	var bound planner.Scalar
	if c.Generated {
		what = "generation expression"
		bound, err = bind.Generated(e, rel, rel.Columns[i], a.opts)
	} else {
		bound, err = bind.Default(e, rel.Columns[i], a.opts)
	}
	if pgerr.Code(err) == pgerr.DatatypeMismatch {
		return pgerr.New(pgerr.DatatypeMismatch, "%s for column %q cannot be cast automatically to type %s", what, c.Name, c.Type.Base())
	}
	if err != nil {
		return pgerr.Unplaced(err)
	}
	setValue(c, bound, c.ValueSQL, a.Object)
	return nil
}

// provesAnew has all that is said of a column looked at again.
func (a *Alteration) provesAnew(column int) error {
	o := a.Object
	if c := &o.Columns[column]; c.NotNull && !slices.Contains(a.notNull, c.Name) {
		a.notNull = append(a.notNull, c.Name)
	}
	for _, k := range o.Checks {
		if slices.Contains(k.Columns, column) {
			a.checks = append(a.checks, k.Name)
		}
	}
	if slices.Contains(o.Key, column) {
		if err := mayBeKey(o, &catalog.IndexDef{Columns: o.Key}); err != nil {
			return err
		}
		a.uniques = append(a.uniques, o.KeyName)
	}
	for i := range o.Indexes {
		x := &o.Indexes[i]
		if !x.Reads(column) {
			continue
		}
		if err := describe(x, o); err != nil {
			return err
		}
		if err := mayBeKey(o, x); err != nil {
			return err
		}
		if x.Unique {
			a.uniques = append(a.uniques, x.Name)
		}
		if !x.Plain() {
			a.computed = append(a.computed, x.Name)
		}
	}
	return nil
}

// converter computes the columns that get another type.
type converter struct {
	columns []int // of the table as it was
	prog    *expr.Program
}

// newConverter is nil where no column gets another type.
func (a *Alteration) newConverter() (*converter, error) {
	if len(a.using) == 0 {
		return nil, nil
	}
	c := &converter{}
	var exprs []expr.Expr
	for i := range a.Old.Columns {
		if e := a.using[i]; e != nil {
			c.columns, exprs = append(c.columns, i), append(exprs, e)
		}
	}
	var err error
	c.prog, err = expr.Compile(exprs, a.Old.Types())
	return c, err
}

func (c *converter) convert(ctx *expr.Context, b *row.Batch) (*row.Batch, error) {
	cols, errs := c.prog.Eval(ctx, b, nil)
	if err := errs.First(); err != nil {
		return nil, err
	}
	out := &row.Batch{Cols: slices.Clone(b.Cols), Weights: b.Weights}
	for k, i := range c.columns {
		out.Cols[i] = cols[k]
	}
	return out, nil
}
