package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// closePatience is how long Close waits for statements to notice that they are
// cancelled, and for the last commit.
const closePatience = 10 * time.Second

// Close stops the epochs after a last commit and closes the directory. Sessions
// that still run end with 57P01; their snapshots are gone.
func (db *Database) Close() error {
	db.closing.Do(func() {
		db.gate.close()
		db.sessions.cancelAll()
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		select {
		case <-db.gate.empty():
		case <-ctx.Done():
		}
		err := db.makeDurable(ctx)
		db.cancel()
		db.closeErr = errors.Join(err, db.letGo())
	})
	return db.closeErr
}

// letGo gives everything back once the loop was told to end and no statement
// can begin.
func (db *Database) letGo() error {
	db.background.Wait()
	<-db.gate.empty()
	for _, s := range db.sources {
		s.reader.Stop()
	}
	if db.committing != nil {
		<-db.commitDone
	}
	db.states.releaseAll()
	return errors.Join(db.tableLog.Close(), db.store.Close())
}

// gate counts the statements that run, so that the directory is closed under
// none of them. Safe for all goroutines.
type gate struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{} // closed when closed and nobody is inside
}

func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errShutdown()
	}
	g.n++
	return nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.closed {
		close(g.idle)
	}
}

// close lets nobody in any more.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.idle = true, make(chan struct{})
	if g.n == 0 {
		close(g.idle)
	}
}

func (g *gate) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// empty is closed when nobody is inside a closed gate.
func (g *gate) empty() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.idle
}

// turn is a lock whose waiting a context can end.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }
