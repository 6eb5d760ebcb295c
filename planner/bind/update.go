package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (w *writeBinder) update(s *ast.Update) error {
	env, err := w.withQueries(s.With)
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
