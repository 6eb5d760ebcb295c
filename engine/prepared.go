package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/listing"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Prepared is a statement whose names and types are known, under the catalog of
// when it was prepared. To its users it is immutable; any number of sessions may
// use it at once.
type Prepared struct {
	st      *Statement
	text    string     // of the statement alone
	given   []row.Type // the types that the client declared
	params  []row.Type
	columns []ResultColumn
	catalog *catalog.Catalog
	path    string // the search path and zone that names and literals were read under

	inner  *Prepared // DECLARE: its query
	binary bool      // FETCH: the cursor is BINARY

	query *ast.Select // SELECT, VALUES, or what a SHOW of objects stands for
	tag   string      // of a query: SELECT, SHOW, FETCH

	mu    sync.Mutex
	bound *planner.Query            // of query, under catalog and path; never changed
	plan  atomic.Pointer[queryPlan] // of bound, good for any values of the parameters; nil: none yet
	needs bool                      // no plan is good for all values
}

// Statement is what was prepared.
func (p *Prepared) Statement() *Statement { return p.st }

// ParamTypes are the types of $1, $2, ...
func (p *Prepared) ParamTypes() []row.Type { return p.params }

// Columns is the result's shape; nil if the statement returns no rows.
func (p *Prepared) Columns() []ResultColumn { return p.columns }

// Binary reports a FETCH whose rows a simple query is sent in binary form.
func (p *Prepared) Binary() bool { return p.binary }

// Fetches reports a FETCH: what it gives is known when it runs.
func (p *Prepared) Fetches() bool {
	_, ok := p.st.AST.(*ast.Fetch)
	return ok
}

// Prepare binds a statement. It runs nothing.
func (s *Session) Prepare(ctx context.Context, st *Statement, paramTypes []row.Type) (*Prepared, error) {
	if err := s.checkOpen(st.AST); err != nil {
		return nil, err
	}
	if err := s.db.enter(); err != nil {
		return nil, err
	}
	defer s.db.gate.Leave()
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, err
	}
	p := &Prepared{st: st, text: st.Source(), given: paramTypes, catalog: c, path: s.bindKey()}
	if err := s.bind(p); err != nil {
		return nil, located(err, st.Text)
	}
	return p, nil
}

// currentCatalog is the catalog that the next read sees.
func (s *Session) currentCatalog(ctx context.Context) (*catalog.Catalog, error) {
	if s.tx != nil && s.tx.st != nil {
		return s.tx.st.catalog, nil
	}
	return s.db.catalogNow(ctx)
}

func (s *Session) bindKey() string { return s.derived().bindKey }

// Revalidate gives the statement under the catalog of now: p itself when nothing changed.
func (s *Session) Revalidate(ctx context.Context, p *Prepared) (*Prepared, error) {
	if s.Current(p) {
		return p, nil
	}
	if err := s.checkOpen(p.st.AST); err != nil {
		return nil, err
	}
	if err := s.db.enter(); err != nil {
		return nil, err
	}
	defer s.db.gate.Leave()
	c, err := s.currentCatalog(ctx)
	if err != nil || c == p.catalog && p.path == s.bindKey() && !p.named() {
		return p, err
	}
	return s.Prepare(ctx, p.st, p.given)
}

// Current reports, without waiting, that Revalidate would give p itself.
func (s *Session) Current(p *Prepared) bool {
	return !p.named() && s.tx == nil && p.catalog == s.db.catalogHeard() && p.path == s.bindKey()
}

// named reports a statement that names a prepared statement or a cursor, which may be
// another one by now.
func (p *Prepared) named() bool {
	_, execute := p.st.AST.(*ast.Execute)
	return execute || p.Fetches()
}

func (s *Session) bind(p *Prepared) error {
	switch n := p.st.AST.(type) {
	case *ast.Select:
		p.tag = "SELECT"
		return s.bindQuery(p, n)
	case *ast.Insert, *ast.Update, *ast.Delete:
		return s.bindDML(p)
	case *ast.Show:
		return s.bindShow(p, n)
	case *ast.Prepare:
		return nil
	case *ast.Execute:
		return s.bindExecute(p, n)
	case *ast.DeclareCursor:
		return s.bindDeclare(p, n)
	case *ast.Fetch:
		p.tag = "FETCH"
		s.bindFetch(p, n)
	case *ast.Explain:
		p.columns = []ResultColumn{{Name: "QUERY PLAN", Type: row.T(row.Text)}}
	}
	p.params = make([]row.Type, p.st.Params)
	for i := range p.params {
		p.params[i] = row.T(row.Text)
	}
	if p.st.Params > 0 {
		return pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	return nil
}

func (s *Session) bindQuery(p *Prepared, n *ast.Select) error {
	opts := s.bindOptions(p.catalog, p.given)
	opts.MayChange = p.st != nil && p.st.AST == ast.Statement(n)
	q, err := bind.Query(n, opts)
	if err != nil {
		return err
	}
	p.query, p.params, p.columns = n, q.Params, resultColumns(q.Columns)
	p.bound = q
	return nil
}

func resultColumns(cols []planner.OutCol) []ResultColumn {
	out := make([]ResultColumn, len(cols))
	for i, c := range cols {
		out[i] = ResultColumn{Name: c.Name, Type: c.Type}
		if c.Rel != nil {
			out[i].TableOID, out[i].Attnum = c.Rel.ID, int16(c.Attr)
		}
	}
	return out
}

func (s *Session) bindShow(p *Prepared, n *ast.Show) error {
	if n.What == "" {
		p.columns = settings.ShownColumns(n.Name)
		return nil
	}
	text, err := listing.Query(n)
	if err != nil {
		return err
	}
	q, err := catalog.ParseQuery(text)
	if err != nil {
		return err
	}
	p.tag = "SHOW"
	return s.bindQuery(p, q)
}

func (s *Session) bindOptions(c *catalog.Catalog, params []row.Type) bind.Options {
	return bind.Options{
		Catalog:    plannerCatalog{db: s.db, c: c},
		Database:   s.database,
		SearchPath: s.derived().searchPath,
		ParamTypes: params,
		Context:    s.evalContext(c, nil),
	}
}

// evalContext is what the session's expressions are evaluated in.
func (s *Session) evalContext(c *catalog.Catalog, params []row.Datum) *expr.Context {
	return &expr.Context{
		Now: s.now(), Zone: s.Style().Zone, Forms: s.Style().Forms, Params: params, System: &sysfn.Functions{Session: (*caller)(s), Catalog: c},
		Chance: &s.chance, Done: s.done,
	}
}

// now is when the transaction began.
func (s *Session) now() int64 {
	if s.tx != nil {
		return s.tx.now
	}
	return s.db.opts.now()
}
