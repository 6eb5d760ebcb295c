package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

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
	env, err := w.withQueries(s.With)
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
