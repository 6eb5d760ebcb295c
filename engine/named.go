package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/named"
	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// StatementNames is the client's prepared statements, which SQL's PREPARE shares with
// the protocol.
type StatementNames interface {
	// Lookup finds a statement; nil if there is none.
	Lookup(name string) *Prepared
	// Define adds one, with the text that made it; 42P05 if the name is taken.
	Define(name, sql string, p *Prepared) error
	// Drop forgets one; 26000 if there is none.
	Drop(name string) error
	DropAll()
	// HasPortal reports a portal of the protocol, which has the name of no cursor.
	HasPortal(name string) bool
	ClosePortal(name string)
	ClosePortals()
}

// prepareNamed runs PREPARE.
func (s *Session) prepareNamed(ctx context.Context, st *Statement, n *ast.Prepare) (*Rows, error) {
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, err
	}
	var types []row.Type
	for _, name := range n.Types {
		t, err := bind.Type(name, s.bindOptions(c, nil))
		if err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	inner := &Statement{AST: n.Stmt, Text: st.Text, Start: n.TextStart, End: n.TextStart + len(n.Text), Params: st.Params}
	p, err := s.Prepare(ctx, inner, types)
	if err != nil {
		return nil, err
	}
	return done("PREPARE"), s.names.Define(n.Name, st.Source(), p)
}

// bindExecute gives EXECUTE the shape of what it runs.
func (s *Session) bindExecute(p *Prepared, n *ast.Execute) error {
	q := s.names.Lookup(n.Name)
	if q == nil {
		return named.Missing(n.Name)
	}
	p.columns = q.columns
	return nil
}

// executeNamed runs EXECUTE.
func (s *Session) executeNamed(ctx context.Context, p *Prepared, n *ast.Execute) (*Rows, error) {
	q := s.names.Lookup(n.Name)
	if q == nil {
		return nil, named.Missing(n.Name)
	}
	q, err := s.Revalidate(ctx, q)
	if err != nil {
		return nil, err
	}
	if !result.Same(q.columns, p.columns) {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
	}
	if len(n.Args) != len(q.params) {
		return nil, pgerr.New(pgerr.SyntaxError, "wrong number of parameters for prepared statement \"%s\"", n.Name).
			WithDetail("Expected %d parameters but got %d.", len(q.params), len(n.Args))
	}
	args, err := bind.Arguments(n.Args, q.params, s.bindOptions(q.catalog, nil))
	if err != nil {
		return nil, err
	}
	values := make([]row.Datum, len(args))
	for i, a := range args {
		if values[i], err = expr.EvalConst(a, s.evalContext(q.catalog, nil)); err != nil {
			return nil, err
		}
	}
	return s.dispatch(ctx, q, values)
}
