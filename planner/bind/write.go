package bind

import (
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Write binds *ast.Insert, *ast.Update or *ast.Delete.
func Write(stmt ast.Statement, opts Options) (*planner.Write, error) {
	opts.MayChange = true
	w := &writeBinder{b: newBinder(opts)}
	return w.statement(stmt)
}

func (w *writeBinder) statement(stmt ast.Statement) (*planner.Write, error) {
	var err error
	switch s := stmt.(type) {
	case *ast.Insert:
		err = w.insert(s)
	case *ast.Update:
		err = w.update(s)
	case *ast.Delete:
		err = w.delete(s)
	default:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "this statement changes no rows").At(stmt.Pos())
	}
	if err != nil {
		return nil, err
	}
	var q *planner.Query
	if w.inner {
		q = w.b.shown(&w.out)
	} else if q, err = w.b.finish(&w.out); err != nil {
		return nil, err
	}
	w.write.Query = q
	if w.returns {
		w.write.Returning = q.Columns[w.write.Old+w.write.New:]
	}
	w.takeParams(q.Params)
	return &w.write, nil
}

// takeParams gives the types of the statement's parameters to all that it runs.
func (w *writeBinder) takeParams(types []row.Type) {
	w.b.q.Params = types
	if c := w.write.Conflict; c != nil && c.Query != nil {
		c.Query.Params = types
	}
}

// withQueries binds the WITH clause of the statement.
func (w *writeBinder) withQueries(with *ast.With) (*cteEnv, error) {
	if !w.inner {
		w.b.with = with
	}
	return w.b.withQueries(with, nil, w.around)
}

type writeBinder struct {
	b       *binder
	around  *cteEnv // the WITH queries around a data change in WITH
	inner   bool    // it is one
	write   planner.Write
	out     bound
	returns bool
	item    *nsItem            // the target, as expressions see it
	given   *planner.RelColumn // that the statement gives a value, and takes none
	updates bool               // it binds DO UPDATE
	// overriding is what an INSERT does with values for identity columns.
	overriding ast.Overriding
	// table has the target, and what else the statement lists beside it.
	table *rangeTable
	// line numbers the rows of an INSERT's VALUES: they come in that order, so that of
	// several bad ones the first is named.
	line planner.Col
}

// target finds the table, and refuses what cannot be written.
func (w *writeBinder) target(t *ast.TableRef, verb string) (*planner.Relation, error) {
	if err := w.b.catalogName(t.Catalog, t.Schema, t.Name, t.Pos()); err != nil {
		return nil, err
	}
	rel, err := w.b.relation(t.Schema, t.Name)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		return nil, missingRelation(t.Schema, t.Name, t.Pos())
	}
	switch rel.Kind {
	case planner.KindTable:
		w.write.Rel = rel
		w.enterTarget(aliasOf(t.Alias, rel.Name))
		return rel, nil
	case planner.KindView:
		return nil, viewNotWritable(rel, verb)
	case planner.KindSystem:
		return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied for table %s", rel.Name)
	}
	return nil, pgerr.New(pgerr.WrongObjectType, "cannot change %s \"%s\"", rel.Kind, rel.Name)
}

// viewNotWritable is PostgreSQL's error for a view that it could not write either,
// which says why; others are not writable here.
func viewNotWritable(rel *planner.Relation, verb string) error {
	err := pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cannot %s view \"%s\"", verb, rel.Name)
	why := ""
	switch q := rel.View; {
	case q.Distinct || len(q.DistinctOn) > 0:
		why = "containing DISTINCT"
	case len(q.GroupBy) > 0:
		why = "containing GROUP BY"
	case q.Having != nil:
		why = "containing HAVING"
	case q.Op != ast.NoSetOp:
		why = "containing UNION, INTERSECT, or EXCEPT"
	case q.With != nil:
		why = "containing WITH"
	case q.Limit != nil || q.Offset != nil:
		why = "containing LIMIT or OFFSET"
	default:
		return err.WithDetail("Views are not automatically updatable.")
	}
	event := strings.ToUpper(strings.Fields(verb)[0])
	doing := map[string]string{"INSERT": "inserting into", "UPDATE": "updating", "DELETE": "deleting from"}[event]
	return err.WithDetail("Views %s are not automatically updatable.", why).
		WithHint("To enable %s the view, provide an INSTEAD OF %s trigger or an unconditional ON %s DO INSTEAD rule.", doing, event, event)
}

func (w *writeBinder) enterTarget(alias string) {
	e := relationEntry(w.write.Rel)
	e.alias = alias
	for _, c := range w.write.Rel.Columns {
		e.cols = append(e.cols, c.Name)
	}
	w.table = &rangeTable{entries: []*rangeEntry{&e}}
}

// scope is the statement's own level, with the items that expressions may read.
func (w *writeBinder) scope(ctes *cteEnv, items ...*nsItem) *scope {
	return &scope{ctes: ctes, table: w.table, items: items}
}

// assign brings a value to the type of a column, or of the part that it goes to.
func (w *writeBinder) assign(e planner.Scalar, to slot) (planner.Scalar, error) {
	from, c := e.Type(), to.col
	out, err := w.b.typing.Coerce(e, c.Type, expr.Assignment)
	if from.Kind != row.Unknown && pgerr.Code(err) == pgerr.CannotCoerce {
		if len(to.parts) > 0 {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "subscripted assignment to \"%s\" requires type %s but expression is of type %s", c.Name, c.Type.Base(), from.Base()).
				WithHint("You will need to rewrite or cast the expression.").At(to.pos)
		}
		return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" is of type %s but expression is of type %s", c.Name, c.Type.Base(), from.Base()).
			WithHint("You will need to rewrite or cast the expression.").At(e.Pos())
	}
	return out, err
}

func (w *writeBinder) defaultOf(c planner.RelColumn) (planner.Scalar, error) {
	if c.Default == nil {
		return expr.NullConst(c.Type), nil
	}
	e, err := w.b.expr(&scope{clause: "DEFAULT expressions"}, c.Default)
	if err != nil {
		return nil, err
	}
	return w.assign(e, slot{col: c})
}

// value binds an expression that is stored in a column; DEFAULT is allowed, but not
// for a part of one.
func (w *writeBinder) value(s *scope, e ast.Expr, to slot) (planner.Scalar, error) {
	if _, ok := e.(*ast.DefaultExpr); ok {
		if len(to.parts) > 0 {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot set an array element to DEFAULT").At(to.pos)
		}
		return w.defaultOf(to.col)
	}
	v, err := w.b.expr(s, e)
	if err != nil {
		return nil, err
	}
	return w.assign(v, to)
}

// slot is where a value goes: a column, or a part of one.
type slot struct {
	attr  int
	col   planner.RelColumn // with the type of the part
	parts []ast.Part
	pos   int
}

func (w *writeBinder) delete(s *ast.Delete) error {
	env, err := w.withQueries(s.With)
	if err != nil {
		return err
	}
	rel, err := w.target(s.Table, "delete from")
	if err != nil {
		return err
	}
	n, scan, sc, err := w.source(s.Table, s.Using, s.Where, env)
	if err != nil {
		return err
	}
	w.write.Kind, w.write.Old = planner.WriteDelete, len(rel.Columns)
	return w.finish(n, scan.Cols, nil, sc.items, s.Returning, env)
}

// finish puts the parts of the written rows side by side.
func (w *writeBinder) finish(n planner.Node, old, fresh []planner.Col, items []*nsItem, returning []*ast.Target, env *cteEnv) error {
	b, rel := w.b, w.write.Rel
	for _, part := range [][]planner.Col{old, fresh} {
		for i, c := range part {
			w.out.cols = append(w.out.cols, nsColumn{Name: c.Name, Col: c, Rel: rel, Attr: i + 1})
		}
	}
	w.out.node = n
	if returning == nil {
		return nil
	}
	w.returns = true
	s := w.scope(env, items...)
	s.clause = "RETURNING"
	c := &coreBinder{b: b, s: s, sel: &ast.Select{Targets: returning, From: []ast.TableExpr{&ast.TableRef{}}}, node: n}
	if err := c.bindTargets(true); err != nil {
		return err
	}
	exprs := make([]planner.Scalar, len(c.targets))
	for i, t := range c.targets {
		exprs[i] = t.expr
	}
	in, exprs := b.lift(n, exprs)
	var more []planner.Item
	for i, t := range c.targets {
		col := b.newCol(t.name, t.name, exprs[i].Type())
		more = append(more, planner.Item{Col: col, Expr: exprs[i]})
		w.out.cols = append(w.out.cols, nsColumn{Name: t.name, Col: col, Rel: t.rel, Attr: t.attr})
	}
	w.out.node = planner.Extend(in, more...)
	return nil
}
