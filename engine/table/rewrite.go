package table

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Rewriter brings rows to the shape that an ALTER TABLE gives them.
type Rewriter struct {
	a       *Alteration
	ctx     *expr.Context
	convert *converter // nil: no column gets another type
	filler  *Filler
	rules   *Rules
	once    []*once
	held    int64
}

// NewRewriter compiles what the rows of the table need.
func (a *Alteration) NewRewriter(ctx *expr.Context) (*Rewriter, error) {
	rel, err := a.Object.Relation()
	if err != nil {
		return nil, err
	}
	r := &Rewriter{a: a, ctx: ctx}
	if r.once, err = a.once(); err != nil {
		return nil, err
	}
	if r.convert, err = a.newConverter(); err != nil {
		return nil, err
	}
	if r.rules, err = NewRules(rel, a.opts); err != nil {
		return nil, err
	}
	r.filler, err = NewFiller(rel, a.from, a.opts, ctx)
	return r, err
}

// Rows gives rows of the table their new shape; those that break a new rule are an error.
func (r *Rewriter) Rows(b *row.Batch) (*row.Batch, error) {
	if len(r.a.Sequences) > 0 {
		b = single(b)
	}
	if r.convert != nil {
		var err error
		if b, err = r.convert.convert(r.ctx, b); err != nil {
			return nil, err
		}
	}
	out, err := r.filler.Fill(b)
	if err != nil {
		return nil, err
	}
	if err := r.validate(out); err != nil {
		return nil, err
	}
	for _, k := range r.once {
		n, err := k.add(r.a.Object, out)
		if err != nil {
			return nil, err
		}
		r.held += n
	}
	return out, nil
}

// Held is about the bytes that the rewriter itself occupies.
func (r *Rewriter) Held() int64 { return r.held }

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
		for k, x := range r.rules.indexes {
			if !slices.Contains(r.a.computed, x.name) {
				continue
			}
			if _, err := v.made[k].has(i); err != nil {
				return err
			}
		}
	}
	return nil
}
