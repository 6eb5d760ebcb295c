// Package table is what holds of the rows of tables: the constraints on single
// rows, the changes that bound statements make, and the admission of transactions'
// changes against what is there and against each other.
package table

import (
	"unicode/utf8"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Rules are the constraints on single rows of a table, compiled: NOT NULL and CHECK,
// and what its indexes must be able to compute.
// They are immutable.
type Rules struct {
	rel     *planner.Relation
	types   []row.Type
	checks  []check
	indexes []*indexed // that compute something, which may fail
}

type check struct {
	name string
	prog *expr.Program
}

// NewRules compiles the rules of a table.
func NewRules(rel *planner.Relation, opts bind.Options) (*Rules, error) {
	r := &Rules{rel: rel}
	for _, c := range rel.Columns {
		r.types = append(r.types, c.Type)
	}
	for _, c := range rel.Checks {
		e, err := bind.Check(c.Expr, rel, opts)
		if err != nil {
			return nil, err
		}
		prog, err := expr.Compile([]expr.Expr{e}, r.types)
		if err != nil {
			return nil, err
		}
		r.checks = append(r.checks, check{c.Name, prog})
	}
	for i := range rel.Indexes {
		x := &rel.Indexes[i]
		if x.None() {
			continue
		}
		exprs, err := newIndexed(rel, x.Name, &x.RelExprs)
		if err != nil {
			return nil, err
		}
		r.indexes = append(r.indexes, exprs)
	}
	return r, nil
}

// verdict is what the rules say of the rows of a batch.
type verdict struct {
	rules  *Rules
	ctx    *expr.Context
	rows   *row.Batch
	checks []outcome
	made   []*entries // by index
}

// judge applies the rules to rows that have the table's columns.
func (r *Rules) judge(ctx *expr.Context, rows *row.Batch) *verdict {
	v := &verdict{rules: r, ctx: ctx, rows: rows}
	for k := range r.checks {
		v.checks = append(v.checks, r.checks[k].run(ctx, rows))
	}
	for _, x := range r.indexes {
		v.made = append(v.made, x.run(ctx, rows))
	}
	return v
}

// row gives the error of a row that breaks a rule: a NULL first, then the checks in
// the order of their names, then the indexes.
func (v *verdict) row(i int) error {
	r := v.rules
	for j, c := range r.rel.Columns {
		if c.NotNull && v.rows.Cols[j].IsNull(i) {
			return r.nullError(v.ctx, v.rows.Row(i), j)
		}
	}
	for k := range v.checks {
		if err := v.checks[k].failed[i]; err != nil {
			return err
		}
		if holds := v.checks[k].holds.Datum(i); !holds.Null && holds.I == 0 {
			return r.checkError(v.ctx, v.rows.Row(i), r.checks[k].name)
		}
	}
	for _, e := range v.made {
		if _, err := e.has(i); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what a check says of the rows of a batch.
type outcome struct {
	holds  row.Column
	failed map[int]error
}

func (c *check) run(ctx *expr.Context, rows *row.Batch) outcome {
	cols, errs := c.prog.Eval(ctx, rows, nil)
	out := outcome{holds: cols[0]}
	if errs.Len() > 0 {
		out.failed = map[int]error{}
		errs.Each(func(i int, err error) { out.failed[i] = err })
	}
	return out
}

func (r *Rules) nullError(ctx *expr.Context, values row.Row, col int) error {
	name := r.rel.Columns[col].Name
	e := pgerr.New(pgerr.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", name, r.rel.Name).
		WithDetail("Failing row contains %s.", r.text(ctx, values))
	e.Schema, e.Table, e.Column = r.rel.Schema, r.rel.Name, name
	return e
}

func (r *Rules) checkError(ctx *expr.Context, values row.Row, name string) error {
	e := pgerr.New(pgerr.CheckViolation, "new row for relation %q violates check constraint %q", r.rel.Name, name).
		WithDetail("Failing row contains %s.", r.text(ctx, values))
	e.Schema, e.Table, e.Constraint = r.rel.Schema, r.rel.Name, name
	return e
}

// shownBytes is how much of a value PostgreSQL shows in the detail of an error.
const shownBytes = 64

// text prints a row as PostgreSQL's constraint errors do.
func (r *Rules) text(ctx *expr.Context, values row.Row) string {
	style := ctx.Style()
	out := []byte{'('}
	for i, d := range values {
		if i > 0 {
			out = append(out, ", "...)
		}
		if d.Null {
			out = append(out, "null"...)
			continue
		}
		from := len(out)
		if out = row.AppendText(out, r.types[i], d, style); len(out)-from > shownBytes {
			end := from + shownBytes
			for !utf8.RuneStart(out[end]) {
				end--
			}
			out = append(out[:end], "..."...)
		}
	}
	return string(append(out, ')'))
}
