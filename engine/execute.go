package engine

import (
	"context"
	"runtime/debug"
	"strconv"

	"github.com/tarndb/tarn/engine/query"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Execute runs a prepared statement; params have the types of p.ParamTypes. It
// begins the implicit transaction if none is open.
func (s *Session) Execute(ctx context.Context, p *Prepared, params []row.Datum) (rows *Rows, err error) {
	if err := s.checkOpen(p.st.AST); err != nil {
		return nil, err
	}
	if err := s.db.enter(); err != nil {
		return nil, err
	}
	defer s.db.gate.Leave()
	ctx, end := s.begin(ctx, p.text)
	defer end()
	defer func() {
		if r := recover(); r != nil {
			s.db.log.Error("a statement panicked", "statement", p.text, "panic", r, "stack", string(debug.Stack()))
			rows, err = nil, pgerr.New(pgerr.InternalError, "internal error: %v", r)
		}
		if err != nil {
			err = located(ended(ctx, err), p.st.Text)
		}
	}()
	s.open()
	defer func() { s.alone = false }()
	return s.dispatch(ctx, p, params)
}

func (s *Session) dispatch(ctx context.Context, p *Prepared, params []row.Datum) (*Rows, error) {
	switch n := p.st.AST.(type) {
	case *ast.Select:
		if n.Changes() {
			return s.runDML(ctx, p, params)
		}
		return s.runQuery(ctx, p, params)
	case *ast.Insert, *ast.Update, *ast.Delete, *ast.Truncate:
		return s.runDML(ctx, p, params)
	case *ast.Copy:
		if n.From {
			return s.copyFrom(ctx, p, n)
		}
		return s.copyTo(ctx, p, n)
	case *ast.Show:
		if n.What == "" {
			return s.showSetting(n)
		}
		return s.runQuery(ctx, p, params)
	case *ast.Explain:
		return s.explain(ctx, p.st, n)
	case *ast.Transaction:
		return s.transactionControl(ctx, n)
	case *ast.Set:
		return s.set(n)
	case *ast.SetTransaction:
		return s.setTransaction(n)
	case *ast.Discard:
		return s.discard(n)
	case *ast.Prepare:
		return s.prepareNamed(ctx, p.st, n)
	case *ast.Execute:
		return s.executeNamed(ctx, p, n)
	case *ast.Deallocate:
		return s.deallocate(n)
	case *ast.DeclareCursor:
		return s.declareCursor(ctx, p, n, params)
	case *ast.Fetch:
		return s.fetch(ctx, p, n)
	case *ast.CloseCursor:
		return s.closeCursor(n)
	case *ast.Listen:
		if n.Verb == "unlisten" {
			return done("UNLISTEN"), nil // a session listens to nothing
		}
	case *ast.Empty:
		return done(""), nil
	case *ast.Flush:
		return s.flushStatement(ctx)
	}
	return s.dispatchDDL(ctx, p.st)
}

func (s *Session) dispatchDDL(ctx context.Context, st *Statement) (*Rows, error) {
	switch n := st.AST.(type) {
	case *ast.CreateSource:
		return s.createSource(ctx, st, n)
	case *ast.CreateTable:
		return s.createTable(ctx, st, n)
	case *ast.CreateTableAs:
		return s.createTableAs(ctx, st, n)
	case *ast.CreateView:
		return s.createView(ctx, st, n)
	case *ast.Drop:
		return s.drop(ctx, n)
	case *ast.CreateSchema:
		return s.createSchema(ctx, n)
	case *ast.CreateType:
		return s.createType(ctx, n)
	case *ast.AlterType:
		return s.alterType(ctx, n)
	case *ast.Alter:
		return s.alterRelation(ctx, n)
	case *ast.Comment:
		return s.comment(ctx, n)
	case *ast.CreateIndex:
		return s.createIndex(ctx, n)
	case *ast.CreateSequence:
		return s.createSequence(ctx, st, n)
	case *ast.AlterSequence:
		return s.alterSequence(ctx, n)
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "%s is not supported", ast.Command(st.AST)).At(st.AST.Pos())
}

// runQuery runs SELECT, VALUES or SHOW of objects.
func (s *Session) runQuery(ctx context.Context, p *Prepared, params []row.Datum) (*Rows, error) {
	plan, st, err := s.ready(ctx, p, params)
	if err != nil {
		return nil, err
	}
	return s.openRows(ctx, st, plan, p, params, true)
}

// ready is the plan of a query, and the epoch that it reads.
func (s *Session) ready(ctx context.Context, p *Prepared, params []row.Datum) (*queryPlan, *state, error) {
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := s.lockInside(ctx, c, p.bound, params); err != nil {
		return nil, nil, err
	}
	plan, err := s.planQuery(c, p, params)
	if err != nil {
		return nil, nil, err
	}
	st, err := s.snapshotFor(ctx, plan.rels)
	if err != nil {
		return nil, nil, err
	}
	if plan.fits(st) != nil {
		if plan, err = s.planQuery(st.catalog, p, params); err != nil {
			return nil, nil, err
		}
		if plan.columns != len(p.columns) {
			return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
		}
	}
	return plan, st, nil
}

// openRows begins to give a query's rows: as they are read where that may be, and else
// all at once.
func (s *Session) openRows(ctx context.Context, st *state, plan *queryPlan, p *Prepared, params []row.Datum, mayStream bool) (*Rows, error) {
	if mayStream && s.canPeek(plan.peek) && plan.peek.Streams() {
		return s.streamPeek(ctx, st, p, plan.peek, s.evalContext(st.catalog, params))
	}
	mem := s.db.newMemory(storage.QueryMemory)
	kept := false
	defer func() {
		if !kept {
			mem.release()
		}
	}()
	b, err := s.rowsOf(ctx, st, plan, params, mem)
	if err != nil {
		return nil, err
	}
	rows := oneBatch(p.columns, b, p.tagOf(b.Total()))
	rows.close, rows.whole, kept = mem.release, b, true
	return rows, nil
}

// tagOf is the command tag of a query that gave n rows.
func (p *Prepared) tagOf(n int64) string {
	if p.tag == "SELECT" || p.tag == "FETCH" {
		return p.tag + " " + strconv.FormatInt(n, 10)
	}
	return p.tag
}

// readRows answers a query plan: by a peek where one stored relation's key
// answers it, else by running the plan.
func (s *Session) readRows(ctx context.Context, plan *queryPlan, params []row.Datum) (*row.Batch, error) {
	st, err := s.snapshotFor(ctx, plan.rels)
	if err != nil {
		return nil, err
	}
	mem := s.db.newMemory(storage.QueryMemory)
	defer mem.release()
	return s.rowsOf(ctx, st, plan, params, mem)
}

// rowsOf leaves the result charged to mem, which is the caller's to release.
func (s *Session) rowsOf(ctx context.Context, st *state, plan *queryPlan, params []row.Datum, mem *queryMemory) (b *row.Batch, err error) {
	if err := plan.fits(st); err != nil {
		return nil, err
	}
	ectx := s.evalContext(st.catalog, params)
	if s.canPeek(plan.peek) {
		b, err = s.peek(ctx, st, plan.peek, ectx, mem)
	} else {
		b, err = s.runSorted(ctx, st, plan, ectx, mem)
	}
	if err == nil {
		mem.keep(b)
	}
	return b, err
}

func (s *Session) runSorted(ctx context.Context, st *state, plan *queryPlan, ectx *expr.Context, mem *queryMemory) (*row.Batch, error) {
	b, err := s.runPlan(ctx, st, plan, ectx, mem)
	if err != nil {
		return nil, err
	}
	if err := mem.hold(ctx, b.Bytes()+query.SortBytes(b, len(plan.iplan.OrderBy) > 0)); err != nil {
		return nil, err
	}
	if err := s.lockRows(ctx, st, plan, b); err != nil {
		return nil, err
	}
	return visible(query.Sorted(b, plan.iplan.OrderBy), plan.iplan.Visible), nil
}

// visible drops the columns that only the order needed.
func visible(b *row.Batch, n int) *row.Batch {
	if len(b.Cols) == n {
		return b
	}
	return b.Project(allColumns(n))
}
