package engine

import (
	"context"
	"fmt"
	"maps"

	"github.com/tarndb/tarn/engine/cursor"
	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// bindDeclare gives DECLARE the parameters of its query.
func (s *Session) bindDeclare(p *Prepared, n *ast.DeclareCursor) error {
	if err := cursor.CheckOptions(n); err != nil {
		return err
	}
	q := &Prepared{st: p.st, text: p.text, given: p.given, catalog: p.catalog, path: p.path, tag: "SELECT"}
	if err := s.bindQuery(q, n.Query); err != nil {
		return err
	}
	p.inner, p.params = q, q.params
	return nil
}

// bindFetch gives FETCH the shape of what it reads. That there is no such cursor is
// said when it runs.
func (s *Session) bindFetch(p *Prepared, n *ast.Fetch) {
	if c := s.cursors.Find(n.Cursor); c != nil && !n.Move {
		p.columns, p.binary = c.Columns, c.Binary
	}
}

// declareCursor runs DECLARE. The query reads the epoch and the transaction's own writes
// as they are now, whenever its rows are fetched.
func (s *Session) declareCursor(ctx context.Context, p *Prepared, n *ast.DeclareCursor, params []row.Datum) (*Rows, error) {
	if !n.Hold && !s.tx.block && s.alone {
		return nil, pgerr.New(pgerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if s.names.HasPortal(n.Name) {
		return nil, cursor.Taken(n.Name)
	}
	plan, st, err := s.ready(ctx, p.inner, params)
	if err != nil {
		return nil, err
	}
	mem := s.db.newMemory(storage.QueryMemory)
	writes := maps.Clone(s.tx.writes)
	c := &cursor.Cursor{
		Name: n.Name, Statement: p.st.Text, Columns: p.inner.columns, Created: s.db.opts.now(),
		Binary: n.Binary, Hold: n.Hold, Scroll: n.Scroll || !n.NoScroll && cursor.Scrolls(p.inner.bound), Level: len(s.tx.saves),
		Query: cursor.Query{
			Done: st.release, Hold: mem.hold, Release: mem.release,
			Open: func(ctx context.Context) (cursor.Source, error) {
				defer func(w map[uint32]row.Delta) { s.tx.writes = w }(s.tx.writes)
				s.tx.writes = writes
				return s.openRows(ctx, st, plan, p.inner, params, !plan.whole)
			},
		},
	}
	if err := s.cursors.Add(c); err != nil {
		return nil, err
	}
	st.retain()
	return done("DECLARE CURSOR"), nil
}

// fetch runs FETCH and MOVE.
func (s *Session) fetch(ctx context.Context, p *Prepared, n *ast.Fetch) (*Rows, error) {
	c, err := s.cursors.Get(n.Cursor)
	switch {
	case err != nil && s.names.HasPortal(n.Cursor):
		return nil, pgerr.New(pgerr.FeatureNotSupported, "FETCH from a portal of the protocol is not supported").At(n.Pos())
	case err != nil:
		return nil, err
	}
	if !n.Move && !result.Same(p.columns, c.Columns) {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
	}
	r, err := c.Fetch(ctx, n)
	if err != nil {
		return nil, err
	}
	if n.Move {
		err := r.Drain(ctx)
		return done(fmt.Sprintf("MOVE %d", r.Count())), err
	}
	next := func(ctx context.Context) (*row.Batch, error) {
		if err := s.db.enter(); err != nil {
			return nil, err
		}
		defer s.db.gate.Leave()
		b, err := r.Next(ctx)
		return b, ended(ctx, err)
	}
	return &Rows{columns: c.Columns, next: next, tag: func() string { return p.tagOf(r.Count()) }, close: r.Close}, nil
}

// closeCursor runs CLOSE.
func (s *Session) closeCursor(n *ast.CloseCursor) (*Rows, error) {
	if n.All {
		s.cursors.CloseAll()
		s.names.ClosePortals()
		return done("CLOSE CURSOR ALL"), nil
	}
	err := s.cursors.Close(n.Name)
	if err != nil && s.names.HasPortal(n.Name) {
		s.names.ClosePortal(n.Name)
		err = nil
	}
	return done("CLOSE CURSOR"), err
}

// FromCursor is a statement that reads the next rows of a cursor, as Execute does of a
// portal: at most limit of them, or all for 0. nil if there is no such cursor.
func (s *Session) FromCursor(name string, limit int64) *Prepared {
	c := s.cursors.Find(name)
	if c == nil {
		return nil
	}
	n := &ast.Fetch{Cursor: name, Count: limit, All: limit == 0}
	return &Prepared{st: &Statement{AST: n, Text: c.Statement}, text: c.Statement, columns: c.Columns, tag: "SELECT"}
}

// CloseCursor closes a cursor of that name, if there is one.
func (s *Session) CloseCursor(name string) { _ = s.cursors.Close(name) }
