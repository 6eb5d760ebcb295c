// Package gate is what a database closes by: a count of the statements that run,
// and a lock whose waiting a context can end.
package gate

import (
	"context"
	"sync"
	"sync/atomic"
)

// Gate counts the statements that run, so that the directory is closed under
// none of them. Safe for all goroutines.
type Gate struct {
	inside atomic.Int64 // how many are inside, and closed
	once   sync.Once
	idle   chan struct{} // closed when the gate is closed and nobody is inside
}

// New makes an open gate.
func New() *Gate { return &Gate{idle: make(chan struct{})} }

// closed is added to the count by Close.
const closed = 1 << 62

// Enter counts one more inside; false once the gate is closed.
func (g *Gate) Enter() bool {
	if g.inside.Add(1) >= closed {
		g.Leave()
		return false
	}
	return true
}

// Leave ends what Enter began.
func (g *Gate) Leave() {
	if g.inside.Add(-1) == closed {
		g.once.Do(func() { close(g.idle) })
	}
}

// Close lets nobody in any more. It is called once.
func (g *Gate) Close() {
	g.inside.Add(closed + 1)
	g.Leave() // where it may be seen that nobody is inside
}

// Closed reports that nobody is let in any more.
func (g *Gate) Closed() bool { return g.inside.Load() >= closed }

// Empty is closed when nobody is inside a closed gate.
func (g *Gate) Empty() <-chan struct{} { return g.idle }

// Turn is a lock whose waiting a context can end.
type Turn chan struct{}

// NewTurn makes a turn that nobody has.
func NewTurn() Turn { return make(Turn, 1) }

// Take waits for the turn; its error is the cause of the context's end.
func (t Turn) Take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Give passes the turn on.
func (t Turn) Give() { <-t }
