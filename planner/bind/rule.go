package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// What CREATE and ALTER TABLE say about single rows: defaults, generated columns,
// checks. Their expressions read the columns of one row (ColRef.Index is a position
// in the relation's columns) and no other relation.

// Scalar binds an expression that reads no columns, such as the delay of a
// watermark. to is the type that the value is assigned to.
func Scalar(e ast.Expr, to row.Type, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, nil, "DEFAULT expressions", "DEFAULT expression")
	if err != nil {
		return nil, err
	}
	return b.typing.Coerce(out, to, expr.Assignment)
}

// Default binds the default of a column.
func Default(e ast.Expr, c planner.RelColumn, opts Options) (planner.Scalar, error) {
	if at, found := firstNode[*ast.ColumnRef](e); found {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use column reference in DEFAULT expression").At(at)
	}
	b := ruleBinder(opts)
	out, err := b.rule(e, nil, "DEFAULT expressions", "DEFAULT expression")
	if err != nil {
		return nil, err
	}
	return b.assignDefault(out, c)
}

// Check binds the condition of a CHECK constraint.
func Check(e ast.Expr, rel *planner.Relation, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, rel, "check constraints", "check constraint")
	if err != nil {
		return nil, err
	}
	if out, err = b.typing.Boolean(out, "CHECK"); err != nil {
		return nil, err
	}
	return byPosition(out), nil
}

// IndexKey binds an expression that rows are kept by, which must always give the same
// for the same row.
func IndexKey(e ast.Expr, rel *planner.Relation, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, rel, "index expressions", "index expression")
	if err != nil {
		return nil, err
	}
	if expr.VolatilityOf(out) != expr.Immutable {
		return nil, pgerr.New(pgerr.InvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE")
	}
	return byPosition(out), nil
}

// IndexWhere binds the condition of the rows that an index has.
func IndexWhere(e ast.Expr, rel *planner.Relation, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, rel, "index predicates", "index predicate")
	if err == nil {
		out, err = b.typing.Boolean(out, "WHERE")
	}
	if err != nil {
		return nil, err
	}
	if expr.VolatilityOf(out) != expr.Immutable {
		return nil, pgerr.New(pgerr.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE")
	}
	return byPosition(out), nil
}

// Retyped binds what a column's values become when it gets another type: those of an
// expression over the row as it was, without one their own. def is the column as it
// will be.
func Retyped(using ast.Expr, rel *planner.Relation, column int, def planner.RelColumn, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	e := using
	if e == nil {
		e = &ast.ColumnRef{Loc: ast.NoPos, Names: []string{rel.Columns[column].Name}}
	}
	out, err := b.rule(e, rel, "transform expressions", "transform expression")
	if err != nil {
		return nil, err
	}
	to, err := b.typing.Coerce(out, def.Type, expr.Assignment)
	switch {
	case err == nil:
		return byPosition(to), nil
	case pgerr.Code(err) != pgerr.CannotCoerce:
		return nil, pgerr.Unplaced(err)
	case using != nil:
		return nil, pgerr.New(pgerr.DatatypeMismatch, "result of USING clause for column \"%s\" cannot be cast automatically to type %s", def.Name, def.Type.Base()).
			WithHint("You might need to add an explicit cast.")
	}
	return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" cannot be cast automatically to type %s", def.Name, def.Type.Base())
}

// CopyWhere binds the condition under which COPY FROM takes a row.
func CopyWhere(e ast.Expr, rel *planner.Relation, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, rel, "COPY FROM WHERE conditions", "COPY FROM WHERE condition")
	if err != nil {
		return nil, err
	}
	if out, err = b.typing.Boolean(out, "WHERE"); err != nil {
		return nil, err
	}
	return byPosition(out), nil
}

// Generated binds the expression of a generated column, which must always give the
// same for the same row, and reads no other generated column.
func Generated(e ast.Expr, rel *planner.Relation, c planner.RelColumn, opts Options) (planner.Scalar, error) {
	b := ruleBinder(opts)
	out, err := b.rule(e, rel, "column generation expressions", "column generation expression")
	if err != nil {
		return nil, err
	}
	expr.Walk(out, func(x planner.Scalar) bool {
		if ref, ok := x.(*expr.ColRef); ok && err == nil && rel.Columns[ref.Index-1].Generated != nil {
			err = pgerr.New(pgerr.InvalidObjectDefinition, "cannot use generated column %q in column generation expression", ref.Name).
				WithDetail("A generated column cannot reference another generated column.").At(ref.At)
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	if expr.VolatilityOf(out) > expr.Formed {
		return nil, pgerr.New(pgerr.InvalidObjectDefinition, "generation expression is not immutable")
	}
	if out, err = b.assignDefault(out, c); err != nil {
		return nil, err
	}
	return byPosition(out), nil
}

// ruleBinder binds what a statement's parameters have nothing to do with.
func ruleBinder(opts Options) *binder {
	opts.ParamTypes = nil
	return newBinder(opts)
}

// byPosition makes columns count from 0: those of a binder with one relation have
// the numbers from 1.
func byPosition(e planner.Scalar) planner.Scalar {
	return expr.Remap(e, func(id int) int { return id - 1 })
}

// rule binds an expression over one row of rel, or over nothing. Messages name
// what it belongs to: clause in the plural, one in the singular.
func (b *binder) rule(e ast.Expr, rel *planner.Relation, clause, one string) (planner.Scalar, error) {
	if at, found := firstSubquery(e); found {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot use subquery in %s", one).At(at)
	}
	s := level(nil, nil)
	s.clause = clause
	if rel != nil {
		it := &nsItem{Alias: rel.Name, relVisible: true, colsVisible: true, Record: true}
		for i, c := range rel.Columns {
			it.Cols = append(it.Cols, nsColumn{Name: c.Name, Col: b.newCol(c.Name, c.Name, c.Type), Rel: rel, Attr: i + 1})
		}
		s.items = append(s.items, it)
		s.enter(it, relationEntry(rel))
	}
	out, err := b.expr(s, e)
	if err != nil {
		return nil, err
	}
	if len(b.params.Types) > 0 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", len(b.params.Types))
	}
	return out, nil
}

// firstNode is the place of the first node of a kind.
func firstNode[T ast.Node](e ast.Expr) (pos int, found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(T); ok && !found {
			pos, found = n.Pos(), true
		}
		return !found
	})
	return pos, found
}

func firstSubquery(e ast.Expr) (pos int, found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if found {
			return false
		}
		switch n.(type) {
		case *ast.SubqueryExpr, *ast.Select: // a bare one stands in IN, ANY or ALL
			pos, found = n.Pos(), true
		}
		return !found
	})
	return pos, found
}

// assignDefault brings a column's default or generated value to its type.
func (b *binder) assignDefault(e planner.Scalar, c planner.RelColumn) (planner.Scalar, error) {
	out, err := b.typing.Coerce(e, c.Type, expr.Assignment)
	if pgerr.Code(err) == pgerr.CannotCoerce {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" is of type %s but default expression is of type %s", c.Name, c.Type.Base(), e.Type().Base()).
			WithHint("You will need to rewrite or cast the expression.")
	}
	return out, err
}
