package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// conflict binds ON CONFLICT. DO UPDATE is a query of its own: the rows that are
// there are found by their keys, which no join could do as cheaply.
func (w *writeBinder) conflict(s *ast.Insert, env *cteEnv) error {
	c := s.OnConflict
	arbiters, err := w.arbiters(c)
	if err != nil {
		return err
	}
	w.write.Conflict = &planner.Conflict{Arbiters: arbiters}
	if !c.Update {
		return nil
	}
	u := &writeBinder{b: newBinder(w.b.opts), write: planner.Write{Rel: w.write.Rel}, returns: s.Returning != nil, updates: true}
	u.b.params = w.b.params // one statement, one list
	in, err := u.conflictRows(s, env)
	if err != nil {
		return err
	}
	q, err := u.b.finish(&u.out)
	if err != nil {
		return err
	}
	w.write.Conflict.Rows, w.write.Conflict.Query = in, q
	if u.returns {
		w.write.Conflict.Returning = q.Columns[1+len(w.write.Rel.Columns):]
	}
	return nil
}

// arbiters finds the keys that the target of ON CONFLICT means: all without one.
func (w *writeBinder) arbiters(c *ast.OnConflict) (keys []int, err error) {
	rel := w.write.Rel
	if c.Constraint != "" {
		i := slices.IndexFunc(rel.Uniques, func(k planner.RelUnique) bool { return k.Constraint && k.Name == c.Constraint })
		switch {
		case i >= 0:
			return []int{i}, nil
		case slices.ContainsFunc(rel.Checks, func(k planner.RelCheck) bool { return k.Name == c.Constraint }):
			return nil, pgerr.New(pgerr.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
		}
		return nil, pgerr.New(pgerr.UndefinedObject, "constraint %q for table %q does not exist", c.Constraint, rel.Name)
	}
	if c.Columns == nil && c.Exprs == nil {
		if c.Update {
			return nil, pgerr.New(pgerr.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
				WithHint("For example, ON CONFLICT (column_name).").At(c.Pos())
		}
		for i := range rel.Uniques {
			keys = append(keys, i)
		}
		return keys, nil
	}
	var cols []int
	for _, id := range c.Columns {
		i := rel.Column(id.Name)
		if i < 0 {
			return nil, w.b.missingColumn(w.scope(nil, w.item), "", id.Name, int(c.Target))
		}
		cols = append(cols, i)
	}
	slices.Sort(cols)
	cols = slices.Compact(cols)
	about, err := w.indexTexts(planner.RelExprs{Keys: c.Exprs, Where: c.Among}, w.b.opts)
	if err != nil {
		return nil, err
	}
	for i, k := range rel.Uniques {
		if !slices.Equal(cols, plainColumns(k.Columns)) {
			continue
		}
		of, err := w.indexTexts(k.RelExprs, Options{})
		if err != nil {
			return nil, err
		}
		if slices.Equal(about.keys, of.keys) && !slices.ContainsFunc(of.where, func(c string) bool { return !slices.Contains(about.where, c) }) {
			keys = append(keys, i)
		}
	}
	if keys == nil {
		return nil, pgerr.New(pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return keys, nil
}

// plainColumns are those of an index's key that are columns, in their own order.
func plainColumns(key []int) []int {
	out := slices.DeleteFunc(slices.Clone(key), func(c int) bool { return c < 0 })
	slices.Sort(out)
	return slices.Compact(out)
}

// indexTexts are an index's expressions and the parts of its condition, each as the
// same text as what means the same, in the order of the texts.
type indexTexts struct{ keys, where []string }

func (w *writeBinder) indexTexts(x planner.RelExprs, opts Options) (out indexTexts, err error) {
	for _, k := range x.Keys {
		e, err := IndexKey(k, w.write.Rel, opts)
		if err != nil {
			return out, err
		}
		out.keys = append(out.keys, e.String())
	}
	slices.Sort(out.keys)
	out.keys = slices.Compact(out.keys)
	if x.Where == nil {
		return out, nil
	}
	e, err := IndexWhere(x.Where, w.write.Rel, opts)
	if err != nil {
		return out, err
	}
	for _, c := range expr.Conjuncts(e) {
		out.where = append(out.where, c.String())
	}
	return out, nil
}

// conflictRows binds SET, WHERE and RETURNING over the rows that are there and
// those to add.
func (w *writeBinder) conflictRows(s *ast.Insert, env *cteEnv) (*planner.Values, error) {
	b, rel := w.b, w.write.Rel
	alias := aliasOf(s.Table.Alias, rel.Name)
	w.enterTarget(alias)
	excluded := *w.table.entries[0]
	excluded.alias, excluded.name = "excluded", ""
	w.table.entries = append(w.table.entries, &excluded)
	in := &planner.Values{}
	add := func(qualifier string) []planner.Col {
		for _, c := range rel.Columns {
			in.Cols = append(in.Cols, b.newCol(c.Name, qualifier+"."+c.Name, c.Type))
		}
		return in.Cols[len(in.Cols)-len(rel.Columns):]
	}
	old, proposed := add(alias), add("excluded")
	there, line := b.newCol("there", "there", row.T(row.Bool)), b.newCol("line", "line", row.T(row.Int8))
	in.Cols = append(in.Cols, there, line)
	sc := w.scope(env, w.rowItem(alias, old), w.rowItem("excluded", proposed))
	exprs, err := w.assignments(sc, s.OnConflict.Set, old)
	if err != nil {
		return nil, err
	}
	where := planner.Scalar(expr.BoolConst(true))
	if s.OnConflict.Where != nil {
		sc.clause = "WHERE"
		if where, err = b.condition(sc, s.OnConflict.Where, "WHERE"); err != nil {
			return nil, err
		}
	}
	n, exprs := b.lift(in, append(exprs, where))
	// Nothing is computed for rows that it does not concern: it may fail on them.
	change := planner.Item{
		Col:  b.newCol("change", "change", row.T(row.Bool)),
		Expr: choose(planner.ColumnExpr(there), exprs[len(rel.Columns)], expr.BoolConst(false)),
	}
	items := make([]planner.Item, len(rel.Columns))
	fresh := make([]planner.Col, len(rel.Columns))
	for i, c := range rel.Columns {
		fresh[i] = b.newCol(c.Name, alias+"."+c.Name, c.Type)
		items[i] = planner.Item{Col: fresh[i], Expr: choose(planner.ColumnExpr(change.Col), exprs[i], planner.ColumnExpr(proposed[i]))}
	}
	n, fresh, err = w.generate(planner.Extend(planner.Extend(n, change), items...), fresh)
	if err != nil {
		return nil, err
	}
	w.item = w.rowItem(alias, fresh)
	w.out.order = []planner.Sort{{Col: line}}
	return in, w.finish(n, []planner.Col{change.Col}, fresh, []*nsItem{w.item}, s.Returning, env)
}

func choose(when, then, otherwise planner.Scalar) planner.Scalar {
	return &expr.Case{Whens: []expr.When{{Cond: when, Then: then}}, Else: otherwise, Typ: then.Type(), At: -1}
}
