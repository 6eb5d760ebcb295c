package table

import (
	"slices"

	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Rewriter brings rows to the shape that an ALTER TABLE gives them.
type Rewriter struct {
	a      *Alteration
	ctx    *expr.Context
	types  []row.Type
	values map[int]*expr.Program // of new columns, over the new row
	rules  *Rules
}

// NewRewriter compiles what the rows of the table need.
func (a *Alteration) NewRewriter(ctx *expr.Context) (*Rewriter, error) {
	rel, err := a.Object.Relation()
	if err != nil {
		return nil, err
	}
	r := &Rewriter{a: a, ctx: ctx, types: a.Object.Types(), values: map[int]*expr.Program{}}
	if r.rules, err = NewRules(rel, a.opts); err != nil {
		return nil, err
	}
	for i, c := range a.Object.Columns {
		if a.from[i] >= 0 || c.ValueSQL == "" {
			continue
		}
		e, err := parser.ParseExpr(c.ValueSQL)
		if err != nil {
			return nil, err
		}
		var bound expr.Expr
		if c.Generated {
			bound, err = bind.Generated(e, rel, rel.Columns[i], a.opts)
		} else {
			bound, err = bind.Default(e, rel.Columns[i], a.opts)
		}
		if err != nil {
			return nil, err
		}
		if r.values[i], err = expr.Compile([]expr.Expr{bound}, r.types); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Rows gives rows of the table their new shape; those that break a new rule are an error.
func (r *Rewriter) Rows(b *row.Batch) (*row.Batch, error) {
	out := &row.Batch{Cols: make([]row.Column, len(r.types)), Weights: b.Weights}
	for i, from := range r.a.from {
		if from >= 0 {
			out.Cols[i] = b.Cols[from]
			continue
		}
		out.Cols[i] = row.NewColumn(r.types[i], b.Len())
		for range b.Len() {
			out.Cols[i].AppendNull()
		}
	}
	for _, generated := range []bool{false, true} { // which read the others
		for i, c := range r.a.Object.Columns {
			if r.values[i] == nil || c.Generated != generated {
				continue
			}
			cols, errs := r.values[i].Eval(r.ctx, out, nil)
			if err := errs.First(); err != nil {
				return nil, err
			}
			out.Cols[i] = cols[0]
		}
	}
	return out, r.validate(out)
}

// validate checks what is new among the rules.
func (r *Rewriter) validate(b *row.Batch) error {
	o := r.a.Object
	if !r.a.Validates() {
		return nil
	}
	v := r.rules.judge(r.ctx, b)
	for i := range b.Len() {
		for j, c := range o.Columns {
			if slices.Contains(r.a.notNull, c.Name) && b.Cols[j].IsNull(i) {
				e := pgerr.New(pgerr.NotNullViolation, "column %q of relation %q contains null values", c.Name, o.Name)
				e.Schema, e.Table, e.Column = o.Schema, o.Name, c.Name
				return e
			}
		}
		for k, c := range r.rules.checks {
			if !slices.Contains(r.a.checks, c.name) {
				continue
			}
			if err := v.checks[k].failed[i]; err != nil {
				return err
			}
			if holds := v.checks[k].holds.Datum(i); !holds.Null && holds.I == 0 {
				e := pgerr.New(pgerr.CheckViolation, "check constraint %q of relation %q is violated by some row", c.name, o.Name)
				e.Schema, e.Table, e.Constraint = o.Schema, o.Name, c.name
				return e
			}
		}
	}
	return nil
}
