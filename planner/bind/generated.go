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

// onlyDefault remembers the first column that a statement gives a value and that
// takes none: a generated one, or one of the identity that is always generated.
func (w *writeBinder) onlyDefault(c planner.RelColumn, e ast.Expr) {
	always := c.Generated != nil || c.Identity == planner.IdentityAlways && w.overriding == ast.OverridingNothing
	if _, ok := e.(*ast.DefaultExpr); !ok && always && w.given == nil {
		w.given = &c
	}
}

// overridden reports that OVERRIDING USER VALUE puts the default in a value's place.
func (w *writeBinder) overridden(c planner.RelColumn) bool {
	return c.Identity != planner.IdentityNone && w.overriding == ast.OverridingUser
}

// givenError is PostgreSQL's error for it, which comes after those of names and types.
func (w *writeBinder) givenError(format string) error {
	if w.given == nil {
		return nil
	}
	err := pgerr.New(pgerr.GeneratedAlways, format, w.given.Name)
	switch {
	case w.given.Generated != nil:
		return err.WithDetail("Column %q is a generated column.", w.given.Name)
	case w.write.Kind == planner.WriteInsert && !w.updates:
		err = err.WithHint("Use OVERRIDING SYSTEM VALUE to override.")
	}
	return err.WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", w.given.Name)
}
