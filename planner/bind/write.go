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
	w := &writeBinder{b: newBinder(opts)}
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
	q, err := w.b.finish(&w.out)
	if err != nil {
		return nil, err
	}
	w.write.Query = q
	if w.returns {
		w.write.Returning = q.Columns[w.write.Old+w.write.New:]
	}
	if c := w.write.Conflict; c != nil && c.Query != nil {
		c.Query.Params = q.Params
	}
	return &w.write, nil
}

type writeBinder struct {
	b       *binder
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

// insertColumns are the attributes that the values go to, in order.
func (w *writeBinder) insertColumns(s *ast.Insert, width int) ([]slot, error) {
	rel := w.write.Rel
	var slots []slot
	for i, id := range s.Columns {
		a := rel.Column(id.Name)
		if a < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", id.Name, rel.Name).At(id.Pos())
		}
		var parts []ast.Part
		if s.Parts != nil {
			parts = s.Parts[i]
		}
		to, err := w.slot(a, parts, id.Pos())
		if err != nil {
			return nil, err
		}
		for _, have := range slots {
			if have.attr == a && (len(have.parts) == 0 || len(to.parts) == 0) {
				return nil, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", id.Name).At(id.Pos())
			}
		}
		slots = append(slots, to)
	}
	if s.Columns == nil {
		for i := range min(width, len(rel.Columns)) {
			slots = append(slots, slot{attr: i, col: rel.Columns[i]})
		}
	}
	if width > len(slots) {
		return nil, pgerr.New(pgerr.SyntaxError, "INSERT has more expressions than target columns").At(w.extra(s, len(slots)))
	}
	if width < len(slots) {
		return nil, pgerr.New(pgerr.SyntaxError, "INSERT has more target columns than expressions").At(s.Columns[width].Pos())
	}
	return slots, nil
}

func (w *writeBinder) extra(s *ast.Insert, i int) int {
	if len(s.Query.Values) > 0 && i < len(s.Query.Values[0]) {
		return s.Query.Values[0][i].Pos()
	}
	if len(s.Query.Targets) <= i {
		return ast.NoPos // of a * PostgreSQL names no place
	}
	return armPos(s.Query, i)
}

func (w *writeBinder) insert(s *ast.Insert) error {
	env, err := w.b.withQueries(s.With, nil, nil)
	if err != nil {
		return err
	}
	rel, err := w.target(s.Table, "insert into")
	if err != nil {
		return err
	}
	w.write.Kind, w.write.New = planner.WriteInsert, len(rel.Columns)
	w.overriding = s.Overriding
	var values []planner.Scalar
	var slots []slot
	in := planner.Node(planner.Unit())
	switch q := s.Query; {
	case s.DefaultValues || q == nil:
	case q.Values != nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil && q.With == nil:
		in, slots, values, err = w.insertValues(s, env)
	default:
		in, slots, values, err = w.insertQuery(s, env)
	}
	if err != nil {
		return err
	}
	items := make([]planner.Item, len(rel.Columns))
	for i, c := range rel.Columns {
		e, err := w.inserted(env, i, slots, values)
		if err != nil {
			return err
		}
		items[i] = planner.Item{Col: w.b.newCol(c.Name, rel.Name+"."+c.Name, c.Type), Expr: e}
	}
	if err := w.givenError("cannot insert a non-DEFAULT value into column %q"); err != nil {
		return err
	}
	if w.line.ID != 0 {
		items = append(items, planner.Pass(w.line))
		w.out.order = []planner.Sort{{Col: w.line}}
	}
	project := &planner.Project{Input: in, Items: items}
	n, fresh, err := w.generate(project, project.Columns()[:len(rel.Columns)])
	if err != nil {
		return err
	}
	w.item = w.rowItem(aliasOf(s.Table.Alias, rel.Name), fresh)
	returning := s.Returning
	if s.OnConflict != nil {
		if err := w.conflict(s, env); err != nil {
			return err
		}
		if s.OnConflict.Update {
			returning = nil // of the rows as they become: conflict has bound it
		}
	}
	return w.finish(n, nil, fresh, []*nsItem{w.item}, returning, env)
}

// inserted is the value of a new row's column: one that is given, one put together of
// parts, or the default.
func (w *writeBinder) inserted(env *cteEnv, attr int, slots []slot, values []planner.Scalar) (out planner.Scalar, err error) {
	for k, to := range slots {
		switch {
		case to.attr != attr:
		case len(to.parts) == 0:
			return values[k], nil
		default:
			if out == nil {
				out = expr.NullConst(w.write.Rel.Columns[attr].Type)
			}
			if out, err = w.assignPart(w.scope(env), to, out, values[k]); err != nil {
				return nil, err
			}
		}
	}
	if out == nil {
		return w.defaultOf(w.write.Rel.Columns[attr])
	}
	return out, nil
}

// insertValues types each cell by its column: unlike in a query, the cells of one
// column need no common type.
func (w *writeBinder) insertValues(s *ast.Insert, env *cteEnv) (planner.Node, []slot, []planner.Scalar, error) {
	sc := w.scope(env)
	sc.clause = "VALUES"
	slots, err := w.insertColumns(s, len(s.Query.Values[0]))
	if err != nil {
		return nil, nil, nil, err
	}
	v := &planner.Values{}
	var refs []planner.Scalar
	for _, to := range slots {
		v.Cols = append(v.Cols, w.b.newCol(to.col.Name, to.col.Name, to.col.Type))
		refs = append(refs, planner.ColumnExpr(v.Cols[len(v.Cols)-1]))
	}
	if len(s.Query.Values) == 1 {
		sc.srfs = &srfCollector{} // one row is as good as a select list
	} else {
		w.line = w.b.newCol("line", "line", row.T(row.Int8))
		v.Cols = append(v.Cols, w.line)
	}
	for n, list := range s.Query.Values {
		if len(list) != len(slots) {
			return nil, nil, nil, pgerr.New(pgerr.SyntaxError, "VALUES lists must all be the same length").At(list[0].Pos())
		}
		cells := make([]planner.Scalar, len(list))
		for i, e := range list {
			if cells[i], err = w.value(sc, e, slots[i]); err == nil && w.overridden(slots[i].col) {
				cells[i], err = w.defaultOf(slots[i].col)
			}
			if err != nil {
				return nil, nil, nil, err
			}
			w.onlyDefault(slots[i].col, e)
		}
		if w.line.ID != 0 {
			cells = append(cells, intConst(int64(n)))
		}
		v.Rows = append(v.Rows, cells)
	}
	if sc.srfs != nil && len(sc.srfs.calls) > 0 {
		return w.b.spreadRow(sc, v), slots, refs, nil
	}
	return w.b.liftValues(v), slots, refs, nil
}

// spreadRow is a row of VALUES with set-returning functions: the rows that they make.
func (b *binder) spreadRow(s *scope, v *planner.Values) planner.Node {
	c := &coreBinder{b: b, s: s, node: planner.Unit()}
	c.spread()
	in, cells := b.lift(c.node, v.Rows[0])
	out := &planner.Project{Input: in}
	for i, col := range v.Cols {
		out.Items = append(out.Items, planner.Item{Col: col, Expr: cells[i]})
	}
	return out
}

func (w *writeBinder) insertQuery(s *ast.Insert, env *cteEnv) (planner.Node, []slot, []planner.Scalar, error) {
	q, err := w.b.query(s.Query, w.scope(env), env, false)
	if err != nil {
		return nil, nil, nil, err
	}
	slots, err := w.insertColumns(s, len(q.cols))
	if err != nil {
		return nil, nil, nil, err
	}
	out := make([]planner.Scalar, len(q.cols))
	for i := range q.cols {
		c := slots[i].col
		if q.cols[i].Col.Type.Kind == row.Unknown {
			if err := w.b.coerceOutput(q, i, c.Type.Base()); err != nil {
				return nil, nil, nil, err
			}
		}
		e := planner.ColumnExpr(q.cols[i].Col).(*expr.ColRef)
		e.At = armPos(s.Query, i)
		if out[i], err = w.assign(e, slots[i]); err == nil && w.overridden(slots[i].col) {
			out[i], err = w.defaultOf(slots[i].col)
		}
		if err != nil {
			return nil, nil, nil, err
		}
		w.onlyDefault(c, nil)
	}
	return q.node, slots, out, nil
}

func (w *writeBinder) rowItem(alias string, cols []planner.Col) *nsItem {
	it := &nsItem{Alias: alias, relVisible: true, colsVisible: true, Record: true, entry: w.table.entries[0]}
	for i, c := range w.write.Rel.Columns {
		it.Cols = append(it.Cols, nsColumn{Name: c.Name, Col: cols[i], Rel: w.write.Rel, Attr: i + 1})
	}
	return it
}

// source binds the target with the other relations of an UPDATE or DELETE, and
// its WHERE. Where others are joined, a row of the target comes once.
func (w *writeBinder) source(t *ast.TableRef, from []ast.TableExpr, where ast.Expr, env *cteEnv) (planner.Node, *planner.Scan, *scope, error) {
	b, rel := w.b, w.write.Rel
	scan, it := b.scan(rel, aliasOf(t.Alias, rel.Name))
	it.entry = w.table.entries[0]
	w.item = it
	s := w.scope(env, it)
	n := planner.Node(scan)
	if len(from) > 0 {
		if len(rel.Keys) == 0 {
			return nil, nil, nil, unsupported(from[0].Pos(), "a join with a table without a primary key that is changed")
		}
		other, err := b.from(s, from)
		if err != nil {
			return nil, nil, nil, err
		}
		n = b.lateralJoin(planner.JoinInner, n, other, nil)
	}
	if where != nil {
		s.clause = "WHERE"
		cond, err := b.condition(s, where, "WHERE")
		if err != nil {
			return nil, nil, nil, err
		}
		n = b.filter(n, expr.Conjuncts(cond))
	}
	if len(from) > 0 {
		k := &planner.TopK{Input: n, Limit: intConst(1)}
		for _, a := range rel.Keys[0] {
			k.Partition = append(k.Partition, scan.Cols[a])
		}
		n = k
	}
	return n, scan, s, nil
}

func (w *writeBinder) update(s *ast.Update) error {
	env, err := w.b.withQueries(s.With, nil, nil)
	if err != nil {
		return err
	}
	rel, err := w.target(s.Table, "update")
	if err != nil {
		return err
	}
	n, scan, sc, err := w.source(s.Table, s.From, s.Where, env)
	if err != nil {
		return err
	}
	w.write.Kind, w.write.Old, w.write.New = planner.WriteUpdate, len(rel.Columns), len(rel.Columns)
	set, err := w.assignments(sc, s.Set, scan.Cols)
	if err != nil {
		return err
	}
	in, set := w.b.lift(n, set)
	var items []planner.Item
	var fresh []planner.Col
	for i, c := range rel.Columns {
		col := w.b.newCol(c.Name, w.item.Alias+"."+c.Name, c.Type)
		fresh = append(fresh, col)
		items = append(items, planner.Item{Col: col, Expr: set[i]})
	}
	in, fresh, err = w.generate(planner.Extend(in, items...), fresh)
	if err != nil {
		return err
	}
	// RETURNING sees the new row under the target's name.
	seen := append([]*nsItem{w.rowItem(w.item.Alias, fresh)}, sc.items[1:]...)
	return w.finish(in, scan.Cols, fresh, seen, s.Returning, env)
}

// assignments binds SET: the new value of each column, which is the old one where
// nothing is assigned.
func (w *writeBinder) assignments(sc *scope, list []*ast.Assignment, old []planner.Col) ([]planner.Scalar, error) {
	rel := w.write.Rel
	sc.clause = "UPDATE"
	set := make([]planner.Scalar, len(rel.Columns))
	whole := make([]bool, len(rel.Columns))
	rows := map[ast.Expr]*subquery{}
	for _, a := range list {
		i := rel.Column(a.Column)
		if i < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a.Column, rel.Name).At(a.Pos())
		}
		to, err := w.slot(i, a.Parts, a.Pos())
		if err != nil {
			return nil, err
		}
		if set[i] != nil && (whole[i] || len(a.Parts) == 0) {
			return nil, pgerr.New(pgerr.SyntaxError, "multiple assignments to same column \"%s\"", a.Column)
		}
		whole[i] = len(a.Parts) == 0
		var v planner.Scalar
		if a.Field > 0 {
			v, err = w.ofRow(sc, a, list, rows, to)
		} else {
			v, err = w.value(sc, a.Value, to)
		}
		if err == nil && !whole[i] {
			if set[i] == nil {
				set[i] = planner.ColumnExpr(old[i])
			}
			v, err = w.assignPart(sc, to, set[i], v)
		}
		if err != nil {
			return nil, err
		}
		set[i] = v
		w.onlyDefault(rel.Columns[i], a.Value)
	}
	if err := w.givenError("column %q can only be updated to DEFAULT"); err != nil {
		return nil, err
	}
	for i := range set {
		if set[i] == nil {
			set[i] = planner.ColumnExpr(old[i])
		}
	}
	return set, nil
}

func (w *writeBinder) delete(s *ast.Delete) error {
	env, err := w.b.withQueries(s.With, nil, nil)
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
