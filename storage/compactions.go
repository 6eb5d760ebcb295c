package storage

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

const (
	// heldSublevels is how many sublevels of level 0 end a hold of compactions: from
	// there on, reads cost more than a compaction takes from those who read. A start
	// may find as many as a compaction waits for.
	heldSublevels = 2 * sublevelsMerged
	// heldAtMost ends it too: who waits for a broker that is away has nothing to
	// catch up with, and clients may go on to write tables.
	heldAtMost = time.Minute
)

// compactions lets Pebble compact, or holds it back: while a database catches up
// after a start, whatever compactions take is missing to its first answer, and
// Pebble's Open would wait for those that it begins itself.
type compactions struct {
	hold      *atomic.Bool
	sublevels *atomic.Int64 // as of the last commit

	db   pebble.DBForCompaction
	kick chan struct{}
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex
	running int
	closed  bool
}

var (
	_ pebble.CompactionScheduler   = (*compactions)(nil)
	_ pebble.CompactionGrantHandle = (*compactions)(nil)
)

func newCompactions(d *DB) *compactions {
	return &compactions{
		hold: &d.holdCompactions, sublevels: &d.commits.sublevels,
		kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
}

// ResumeCompactions ends what Options.HoldCompactions began, as a minute does. Any
// goroutine may call it, any number of times.
func (d *DB) ResumeCompactions() { d.holdCompactions.Store(false) }

// Register is called once, by Pebble's Open.
func (c *compactions) Register(_ int, db pebble.DBForCompaction) {
	c.db = db
	go c.grantOn()
}

// Unregister ends all granting: Pebble closes, or its Open has failed, which may
// have been before it came to Register.
func (c *compactions) Unregister() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	if c.db != nil {
		close(c.stop)
		<-c.done
	}
}

// TrySchedule is called with Pebble's mutex held.
func (c *compactions) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !c.take() {
		return false, nil
	}
	return true, c
}

// take counts one more compaction as running if there may be one.
func (c *compactions) take() bool {
	allowed := c.db.GetAllowedWithoutPermission()
	if c.hold.Load() {
		if c.sublevels.Load() < heldSublevels {
			return false
		}
		allowed = min(allowed, 1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.running >= allowed {
		return false
	}
	c.running++
	return true
}

func (c *compactions) give() {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
}

// UpdateGetAllowedWithoutPermission says that more may be allowed now.
func (c *compactions) UpdateGetAllowedWithoutPermission() { c.poke() }

func (c *compactions) poke() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// grantOn begins the compactions that wait, when one has ended and now and then:
// what is allowed changes unheard.
func (c *compactions) grantOn() {
	defer close(c.done)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	atMost := time.NewTimer(heldAtMost)
	defer atMost.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		case <-atMost.C:
			c.hold.Store(false)
		case <-c.kick:
		}
		for c.take() {
			if waiting, _ := c.db.GetWaitingCompaction(); !waiting || !c.db.Schedule(c) {
				c.give()
				break
			}
		}
	}
}

// Done is called when a compaction has ended.
func (c *compactions) Done() {
	c.give()
	c.poke()
}

// Started, MeasureCPU and CumulativeStats tell of a compaction's work, which
// nothing here depends on.
func (c *compactions) Started() {}

// MeasureCPU does nothing: see Started.
func (c *compactions) MeasureCPU(pebble.CompactionGoroutineKind) {}

// CumulativeStats does nothing: see Started.
func (c *compactions) CumulativeStats(pebble.CompactionGrantHandleStats) {}
