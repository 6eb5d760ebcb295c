package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// generate computes the generated columns of new rows from their other columns.
func (w *writeBinder) generate(n planner.Node, cols []planner.Col) (planner.Node, []planner.Col, error) {
	out := slices.Clone(cols)
	var items []planner.Item
	for i, c := range w.write.Rel.Columns {
		if c.Generated == nil {
			continue
		}
		s := &scope{items: []*nsItem{w.rowItem(w.write.Rel.Name, cols)}, clause: "column generation expressions"}
		e, err := w.b.expr(s, c.Generated)
		if err == nil {
			e, err = w.assign(e, slot{col: c})
		}
		if err != nil {
			return nil, nil, err
		}
		out[i] = w.b.newCol(c.Name, cols[i].Name, c.Type)
		items = append(items, planner.Item{Col: out[i], Expr: e})
	}
	return planner.Extend(n, items...), out, nil
}

// onlyDefault remembers the first generated column that a statement gives a value.
func (w *writeBinder) onlyDefault(c planner.RelColumn, e ast.Expr) {
	if _, ok := e.(*ast.DefaultExpr); !ok && c.Generated != nil && w.given == "" {
		w.given = c.Name
	}
}

// givenError is PostgreSQL's error for it, which comes after those of names and types.
func (w *writeBinder) givenError(format string) error {
	if w.given == "" {
		return nil
	}
	return pgerr.New(pgerr.GeneratedAlways, format, w.given).
		WithDetail("Column %q is a generated column.", w.given)
}
