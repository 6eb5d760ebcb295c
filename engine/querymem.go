package engine

import (
	"context"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// queryMemory is the account of one query: of what it works on, and of its result
// until that is closed; or of what a transaction has written.
type queryMemory struct {
	db *Database
	r  *storage.Reservation
}

func (db *Database) newMemory(kind storage.MemKind) *queryMemory {
	return &queryMemory{db, db.store.Memory().Reservation(kind)}
}

// smallQuery is what any query may hold: however full memory is, the catalog can be
// read and a row written.
const smallQuery = 1 << 20

// roomLooks bounds how often a query waits for state to make room.
const roomLooks = 100

// hold makes n bytes what the query holds. State gives way to it as far as it can;
// where that is not enough the query must end.
func (m *queryMemory) hold(ctx context.Context, n int64) error {
	if n <= smallQuery {
		m.r.Set(n)
		return nil
	}
	for range roomLooks {
		if m.r.TrySet(n) {
			return nil
		}
		more, err := m.makeRoom(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if m.r.TrySet(n) {
		return nil
	}
	return pgerr.New(pgerr.OutOfMemory, "out of memory").
		WithDetail("The statement needs %d bytes at least, and there is no more room under the memory limit of %d bytes.", n, m.db.opts.MemoryLimit).
		WithHint("Let it read, sort or change fewer rows, make a query a materialized view, or start the server with a larger --memory-limit.")
}

// makeRoom has clean state evicted, and reports whether there may be more room now
// or soon.
func (m *queryMemory) makeRoom(ctx context.Context) (more bool, err error) {
	writing := false
	err = m.db.do(ctx, func() error {
		if m.db.halted != nil {
			return nil
		}
		before := m.db.store.Memory().Use().State
		m.db.tendMemory()
		more = m.db.store.Memory().Use().State < before
		writing = m.db.committing != nil
		return nil
	})
	if err == nil && !more && writing {
		more, err = true, m.db.awaitRoom(ctx)
	}
	return more, err
}

// keep makes the result all that the query holds.
func (m *queryMemory) keep(b *row.Batch) { m.r.Set(b.Bytes()) }

func (m *queryMemory) release() { m.r.Release() }
