package table

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// What indexes compute of rows is immutable and names nothing of a user's, so that it
// is the same for every session, and without one after a start.

// boundExprs binds the expressions of an index.
func boundExprs(rel *planner.Relation, x *planner.RelExprs) (where planner.Scalar, keys []planner.Scalar, err error) {
	for _, k := range x.Keys {
		e, err := bind.IndexKey(k, rel, bind.Options{})
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, e)
	}
	if x.Where != nil {
		where, err = bind.IndexWhere(x.Where, rel, bind.Options{})
	}
	return where, keys, err
}

// Entries makes of rows of a table those that one of its indexes has, with what it
// computes of them behind their columns.
func Entries(o *catalog.Object, x *catalog.IndexDef) (operators.Transform, error) {
	rel, err := o.Relation()
	if err != nil {
		return nil, err
	}
	where, keys, err := boundExprs(rel, &rel.Indexes[o.IndexNamed(x.Name)].RelExprs)
	if err != nil {
		return nil, err
	}
	var filter, project []expr.Expr
	if where != nil {
		filter = []expr.Expr{where}
	}
	for i, c := range o.Columns {
		project = append(project, &expr.ColRef{Index: i, Typ: c.Type, Name: c.Name, At: -1})
	}
	return build.Transform(filter, append(project, keys...), &expr.Context{})
}

// indexed is the expressions of an index, compiled. It is immutable.
type indexed struct {
	name  string
	where *expr.Program // nil: it has all rows
	keys  *expr.Program
}

func newIndexed(rel *planner.Relation, name string, x *planner.RelExprs) (*indexed, error) {
	where, keys, err := boundExprs(rel, x)
	if err != nil {
		return nil, err
	}
	var types []row.Type
	for _, c := range rel.Columns {
		types = append(types, c.Type)
	}
	out := &indexed{name: name}
	if out.keys, err = expr.Compile(keys, types); err == nil && where != nil {
		out.where, err = expr.Compile([]expr.Expr{where}, types)
	}
	return out, err
}

// entries are what an index makes of the rows of a batch.
type entries struct {
	rows  *row.Batch // with what is computed behind their columns
	where *outcome   // nil: it has all rows
	bad   map[int]error
}

func (x *indexed) run(ctx *expr.Context, rows *row.Batch) *entries {
	out := &entries{bad: map[int]error{}}
	if x.where != nil {
		holds := (&check{x.name, x.where}).run(ctx, rows)
		out.where = &holds
	}
	cols, errs := x.keys.Eval(ctx, rows, nil)
	errs.Each(func(i int, err error) { out.bad[i] = err })
	out.rows = &row.Batch{Cols: append(append([]row.Column{}, rows.Cols...), cols...), Weights: rows.Weights}
	return out
}

// has reports that the index has a row.
func (e *entries) has(i int) (bool, error) {
	if e.where != nil {
		if err := e.where.failed[i]; err != nil {
			return false, err
		}
		if holds := e.where.holds.Datum(i); holds.Null || holds.I == 0 {
			return false, nil
		}
	}
	return true, e.bad[i]
}
