package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A data change in WITH is bound by itself; what it returns is a relation to the
// queries that read it.

// change binds a data change in a WITH clause.
func (b *binder) change(env *cteEnv, w *ast.With) (*planner.Change, error) {
	c := env.cte
	if w != b.with {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level").At(c.Pos())
	}
	if !b.opts.MayChange {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "a data-modifying statement in WITH is not supported here").At(c.Change.Pos())
	}
	around, err := env.sees.again()
	if err != nil {
		return nil, err
	}
	wb := &writeBinder{b: newBinder(b.opts), around: around, inner: true}
	wb.b.params = b.params // one statement, one list
	write, err := wb.statement(c.Change)
	if err != nil {
		return nil, err
	}
	b.changes = append(b.changes, wb)
	out := b.q.NewChange(c.Name, write)
	if len(out.Rel.Columns) == 0 {
		return out, nil
	}
	var cols []nsColumn
	for _, col := range out.Rel.Columns {
		cols = append(cols, nsColumn{Name: col.Name})
	}
	if cols, err = cteColumns(c, cols); err != nil {
		return nil, err
	}
	for i := range cols {
		out.Rel.Columns[i].Name = cols[i].Name
	}
	return out, nil
}

// changed reads what a data change has returned.
func (b *binder) changed(c *planner.Change) *bound {
	scan, it := b.scan(c.Rel, c.Rel.Name)
	for i := range it.Cols {
		delete(b.origin, it.Cols[i].Col.ID)
		it.Cols[i].Rel, it.Cols[i].Attr = nil, 0
	}
	return &bound{node: scan, cols: it.Cols}
}

// again is the WITH queries in sight for another binder, which binds them anew.
func (e *cteEnv) again() (*cteEnv, error) {
	if e == nil {
		return nil, nil
	}
	if e.recursive {
		return nil, unsupported(e.cte.Pos(), "a recursive query before a data-modifying statement in WITH")
	}
	parent, err := e.parent.again()
	if err != nil {
		return nil, err
	}
	return &cteEnv{parent: parent, cte: e.cte, outer: e.outer, sees: parent, change: e.change}, nil
}
