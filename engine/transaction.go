package engine

import (
	"context"
	"maps"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// transaction is what a session has open: a transaction block, or the implicit
// transaction of a simple query or of the messages between two Syncs. All its
// reads see one epoch, the one of its first read, and over it its own writes.
type transaction struct {
	block    bool // BEGIN was given
	failed   bool
	readOnly bool
	now      int64 // what now() answers, microseconds since 2000-01-01
	st       *state
	writes   map[uint32]row.Delta // nil: none
	locks    table.Locks          // of FOR UPDATE
	shapes   map[uint32]shape     // of the tables that writes and locks are for
	size     int64                // bytes of writes and locks
	mem      *queryMemory         // that they are charged to
	restarts []*catalog.Object    // sequences that begin anew with the writes
	old      map[string]string    // the settings before it; not to be changed
	local    map[string]string    // settings to go back to at its end, from SET LOCAL; nil: none
	saves    []savepoint
	check    *table.Admission // what the block's statements were admitted against; nil: to be made
}

type savepoint struct {
	name     string
	writes   map[uint32]row.Delta
	size     int64
	settings map[string]string
}

// TxStatus is 'I' outside a transaction block, 'T' in one, 'E' in a failed one.
func (s *Session) TxStatus() byte {
	switch {
	case s.tx == nil || !s.tx.block:
		return 'I'
	case s.tx.failed:
		return 'E'
	}
	return 'T'
}

// Idle reports that no transaction is open, implicit or not.
func (s *Session) Idle() bool { return s.tx == nil }

// open gives the transaction, beginning an implicit one if none is open.
func (s *Session) open() *transaction {
	if s.tx == nil {
		s.tx = &transaction{
			now: s.db.opts.now(), old: s.settings.Values(), readOnly: s.settings.Bool("default_transaction_read_only"),
			mem: s.db.newMemory(storage.SessionMemory),
		}
	}
	return s.tx
}

// snapshot is the epoch that the transaction reads, whole.
func (s *Session) snapshot(ctx context.Context) (*state, error) { return s.snapshotOf(ctx, nil) }

// snapshotOf is snapshot for a statement that reads some relations; what follows
// it in the transaction may read others.
func (s *Session) snapshotOf(ctx context.Context, rels []uint32) (*state, error) {
	tx := s.open()
	if tx.st == nil {
		if !s.alone || tx.block {
			rels = nil
		}
		st, err := s.db.acquire(ctx, rels)
		if err != nil {
			return nil, err
		}
		tx.st = st
	}
	return tx.st, nil
}

// snapshotFor is the epoch that the transaction reads, once the sources behind
// the relations have caught up after a restart: reads never go back.
func (s *Session) snapshotFor(ctx context.Context, rels []uint32) (*state, error) {
	for {
		fresh := s.tx == nil || s.tx.st == nil
		st, err := s.snapshotOf(ctx, rels)
		if err != nil {
			return nil, err
		}
		if err := s.db.missing(st, rels); err != nil {
			return nil, err
		}
		src := st.held(rels)
		if src == nil || s.settings.Bool("tarn.allow_stale_reads") {
			return st, nil
		}
		if !fresh {
			return nil, pgerr.New(pgerr.SerializationFailure, "source %q had not caught up when this transaction began", src.obj.Name).
				WithHint("Begin the transaction again.")
		}
		if err := src.awaitHold(ctx, s.db.haltedNow); err != nil {
			return nil, err
		}
		s.tx.unpin()
	}
}

// held is a source behind the relations that has not caught up, or nil.
func (st *state) held(rels []uint32) *source {
	if len(st.holding) == 0 {
		return nil
	}
	for _, oid := range rels {
		if o := st.catalog.Objects[oid]; o != nil {
			for _, in := range st.catalog.InputsOf(o) {
				if st.holding[in.OID] {
					return st.sources[in.OID]
				}
			}
		}
	}
	return nil
}

// unpin makes the next read of an implicit transaction see the newest epoch.
func (tx *transaction) unpin() {
	if tx.st != nil {
		tx.st.release()
		tx.st = nil
	}
}

// endTransaction ends what is open. Without commit, settings go back as well.
func (s *Session) endTransaction(commit bool) {
	tx := s.tx
	if tx == nil {
		return
	}
	tx.unpin()
	s.cursors.End(commit)
	if !commit {
		s.settings.Restore(tx.old)
	}
	for key, v := range tx.local {
		s.settings.Assign(key, v)
	}
	tx.mem.release()
	s.tx = nil
}

// flush makes the transaction's writes durable and visible.
func (s *Session) flush(ctx context.Context) error {
	tx := s.tx
	if tx == nil || len(tx.writes)+len(tx.restarts) == 0 {
		return nil
	}
	writes, locks, shapes, restarts := tx.writes, tx.locks, tx.shapes, tx.restarts
	tx.forget()
	defer tx.mem.release()
	tx.unpin()
	if err := s.db.enter(); err != nil {
		return err
	}
	defer s.db.gate.Leave()
	if len(restarts) > 0 {
		return s.db.writeRestarting(ctx, writes, locks, shapes, restarts)
	}
	return s.db.write(ctx, writes, locks, shapes)
}

// flushStatement is FLUSH: what the session wrote is visible when it returns.
func (s *Session) flushStatement(ctx context.Context) (*Rows, error) {
	if s.tx != nil && s.tx.block && len(s.tx.writes) > 0 {
		return nil, pgerr.New(pgerr.ActiveSQLTransaction, "FLUSH cannot run inside a transaction block that has written")
	}
	return done("FLUSH"), s.flush(ctx)
}

// add puts a statement's changes, computed under a catalog, into the transaction,
// which is bounded: it is one record of the table log and one epoch's delta.
func (tx *transaction) add(ctx context.Context, c *catalog.Catalog, deltas map[uint32]row.Delta) error {
	if tx.writes == nil {
		tx.writes = map[uint32]row.Delta{}
	}
	for oid, d := range deltas {
		tx.noteShape(c.Objects[oid])
		tx.writes[oid] = append(tx.writes[oid], d...)
		tx.size += d.Bytes()
	}
	return tx.charge(ctx)
}

// noteShape keeps what a table's rows look like when the transaction first has any.
func (tx *transaction) noteShape(o *catalog.Object) {
	if tx.shapes == nil {
		tx.shapes = map[uint32]shape{}
	}
	if o == nil {
		return
	}
	if _, ok := tx.shapes[o.OID]; !ok {
		tx.shapes[o.OID] = shapeOf(o)
	}
}

func (tx *transaction) charge(ctx context.Context) error {
	if tx.size > maxTransaction {
		return tooMuch()
	}
	return tx.mem.hold(ctx, tx.size)
}

// forget leaves nothing to commit.
func (tx *transaction) forget() {
	tx.writes, tx.locks, tx.shapes, tx.size, tx.restarts = nil, nil, nil, 0, nil
}

func tooMuch() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "a transaction changes too much").
		WithDetail("The limit is %d MB.", maxTransaction>>20).
		WithHint("Write in several transactions.")
}

// maxTransaction bounds the bytes of rows that a transaction changes.
const maxTransaction = 256 << 20

// EndImplicit ends the implicit transaction, if one is open. failed says that
// something failed: the implicit transaction is rolled back, a transaction
// block is marked as failed.
func (s *Session) EndImplicit(ctx context.Context, failed bool) error {
	switch {
	case s.tx == nil:
		return nil
	case s.tx.block:
		if failed {
			s.tx.failed = true
			if len(s.tx.saves) == 0 {
				s.tx.unpin() // nothing will be read any more
				s.cursors.End(false)
			}
		}
		return nil
	case failed:
		s.endTransaction(false)
		return nil
	}
	return s.commit(ctx)
}

// commit ends the transaction with its writes durable and visible; with an error it is
// rolled back.
func (s *Session) commit(ctx context.Context) error {
	err := s.cursors.Prepare(ctx)
	if err == nil {
		err = s.flush(ctx)
	}
	s.endTransaction(err == nil)
	return err
}

// transactionControl runs BEGIN, COMMIT and their kin.
func (s *Session) transactionControl(ctx context.Context, st *ast.Transaction) (*Rows, error) {
	if st.Chain {
		return s.chain(ctx, st)
	}
	switch st.Kind {
	case ast.Begin, ast.StartTransaction:
		return s.beginBlock(ctx, st)
	case ast.Commit:
		return s.commitBlock(ctx)
	case ast.Rollback:
		if s.tx == nil || !s.tx.block {
			s.notice("WARNING", pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
		}
		s.endTransaction(false)
		return done("ROLLBACK"), nil
	}
	return s.savepoint(st)
}

// chain ends a transaction block and begins another one of the same modes.
func (s *Session) chain(ctx context.Context, st *ast.Transaction) (*Rows, error) {
	if s.tx == nil || !s.tx.block {
		verb := map[ast.TransactionKind]string{ast.Commit: "COMMIT", ast.Rollback: "ROLLBACK"}[st.Kind]
		return nil, pgerr.New(pgerr.NoActiveSQLTransaction, "%s AND CHAIN can only be used in transaction blocks", verb)
	}
	readOnly := s.tx.readOnly
	end := *st
	end.Chain = false
	out, err := s.transactionControl(ctx, &end)
	if err == nil {
		tx := s.open()
		tx.block, tx.readOnly = true, readOnly
	}
	return out, err
}

func (s *Session) beginBlock(ctx context.Context, st *ast.Transaction) (*Rows, error) {
	tag := map[ast.TransactionKind]string{ast.Begin: "BEGIN", ast.StartTransaction: "START TRANSACTION"}[st.Kind]
	if s.tx != nil && s.tx.block {
		s.notice("WARNING", pgerr.ActiveSQLTransaction, "there is already a transaction in progress")
		return done(tag), nil
	}
	if err := s.EndImplicit(ctx, false); err != nil {
		return nil, err
	}
	tx := s.open()
	tx.block = true
	s.setModes(st.Modes)
	return done(tag), nil
}

func (s *Session) setModes(m ast.TransactionModes) {
	if m.ReadOnly != nil {
		s.open().readOnly = *m.ReadOnly
	}
}

func (s *Session) commitBlock(ctx context.Context) (*Rows, error) {
	if s.tx == nil || !s.tx.block {
		s.notice("WARNING", pgerr.NoActiveSQLTransaction, "there is no transaction in progress")
		return done("COMMIT"), nil
	}
	if s.tx.failed {
		s.endTransaction(false)
		return done("ROLLBACK"), nil
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	return done("COMMIT"), nil
}

func (s *Session) savepoint(st *ast.Transaction) (*Rows, error) {
	tx := s.tx
	if tx == nil || !tx.block {
		verb := map[ast.TransactionKind]string{ast.Savepoint: "SAVEPOINT", ast.ReleaseSavepoint: "RELEASE SAVEPOINT", ast.RollbackToSavepoint: "ROLLBACK TO SAVEPOINT"}[st.Kind]
		return nil, pgerr.New(pgerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", verb)
	}
	if st.Kind == ast.Savepoint {
		tx.saves = append(tx.saves, savepoint{st.Name, maps.Clone(tx.writes), tx.size, s.settings.Values()})
		return done("SAVEPOINT"), nil
	}
	at := -1
	for i, sp := range tx.saves {
		if sp.name == st.Name {
			at = i
		}
	}
	if at < 0 {
		return nil, pgerr.New(pgerr.InvalidSavepoint, "savepoint %q does not exist", st.Name)
	}
	if st.Kind == ast.ReleaseSavepoint {
		tx.saves = tx.saves[:at]
		s.cursors.ReleaseTo(at)
		return done("RELEASE"), nil
	}
	sp := tx.saves[at]
	tx.writes, tx.size, tx.failed, tx.check = maps.Clone(sp.writes), sp.size, false, nil
	tx.mem.r.Set(tx.size)
	s.settings.Restore(sp.settings)
	tx.saves = tx.saves[:at+1]
	s.cursors.RollBackTo(at)
	return done("ROLLBACK"), nil
}

// checkOpen refuses statements in a failed block, but those that end it.
func (s *Session) checkOpen(st ast.Statement) error {
	if s.tx == nil || !s.tx.failed {
		return nil
	}
	if t, ok := st.(*ast.Transaction); ok {
		switch t.Kind {
		case ast.Commit, ast.Rollback, ast.RollbackToSavepoint:
			return nil
		}
	}
	return pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

// checkWrite refuses writes in a read-only transaction.
func (s *Session) checkWrite(command string) error {
	if s.open().readOnly {
		return pgerr.New(pgerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", command)
	}
	return nil
}

// checkDDL refuses changes of the catalog inside a transaction block: they take
// effect at once and could not be rolled back with it.
func (s *Session) checkDDL(ctx context.Context, command string) error {
	if s.tx != nil && s.tx.block {
		return pgerr.New(pgerr.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	if err := s.checkWrite(command); err != nil {
		return err
	}
	err := s.flush(ctx)
	s.tx.unpin()
	return err
}

// beginDDL is checkDDL, and waits for other changes of the catalog; until end is
// called there is no other. It returns the catalog as it then is.
func (s *Session) beginDDL(ctx context.Context, command string) (c *catalog.Catalog, end func(), err error) {
	if err := s.checkDDL(ctx, command); err != nil {
		return nil, nil, err
	}
	if err := s.db.ddl.Take(ctx); err != nil {
		return nil, nil, err
	}
	if c, err = s.db.catalogNow(ctx); err != nil {
		s.db.ddl.Give()
		return nil, nil, err
	}
	return c, s.db.ddl.Give, nil
}
