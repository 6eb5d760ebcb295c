package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// garbage is the dropped arrangements on their way out. A drop goes through
// these states, each of which a crash may interrupt:
//
//	dropped: gone from memory; the next commit records it in the garbage list
//	dead:    recorded; its rows are excised when no snapshot reads them
//	excised: gone from disk; the next commit takes it off the garbage list
type garbage struct {
	mu    sync.Mutex
	state map[ArrID]dropState
	users map[ArrID]*atomic.Int64
}

type dropState int

const (
	dropped dropState = iota + 1
	dead
	excised
)

func (g *garbage) has(id ArrID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state[id] != 0
}

func (g *garbage) put(id ArrID, s dropState, users *atomic.Int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == nil {
		g.state, g.users = map[ArrID]dropState{}, map[ArrID]*atomic.Int64{}
	}
	g.state[id] = s
	if users != nil {
		g.users[id] = users
	}
}

// in returns the arrangements in a state.
func (g *garbage) in(s dropState) (ids []ArrID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, state := range g.state {
		if state == s {
			ids = append(ids, id)
		}
	}
	return ids
}

// idle returns the dead arrangements that no snapshot reads.
func (g *garbage) idle() (ids []ArrID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, state := range g.state {
		if u := g.users[id]; state == dead && (u == nil || u.Load() == 0) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (g *garbage) forget(id ArrID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.state, id)
	delete(g.users, id)
}

// Drop removes arrangements, between steps. Their stores must not be used any
// more; snapshots stay readable. The next commit, whose meta should not mention
// them, makes it durable, and their rows on disk go after it.
func (d *DB) Drop(ids ...ArrID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.balancer.stale = true
	for _, id := range ids {
		d.drops.put(id, dropped, d.users[id])
		delete(d.users, id)
		for k, t := range d.trees {
			if k.id == id {
				t.cold.drop(d)
				t.drop = true
				delete(d.trees, k)
			}
		}
		for k, t := range d.tables {
			if k.id == id {
				t.cold.drop(d)
				t.drop = true
				delete(d.tables, k)
			}
		}
		d.failed.forget(id) // also what closing the iterators reported
	}
}

// dropRows adds to a commit what it must record of drops.
func (d *DB) dropRows(m metaBatch) {
	for _, id := range d.drops.in(dropped) {
		key := binary.BigEndian.AppendUint32(nil, uint32(id))
		m.set(metaGarbage, key, nil)
		d.mu.Lock()
		for k := range d.stats {
			if k.id == id {
				m.remove(metaStats, storeKeyBytes(k))
				delete(d.stats, k)
			}
		}
		d.mu.Unlock()
	}
	for _, id := range d.drops.in(excised) {
		m.remove(metaGarbage, binary.BigEndian.AppendUint32(nil, uint32(id)))
	}
}

func (d *DB) readGarbage() error {
	var bad error
	err := d.scanMeta(metaGarbage, "", func(key string, _ []byte) bool {
		if len(key) != 4 {
			bad = fmt.Errorf("garbage row %q", key)
			return false
		}
		d.drops.put(ArrID(binary.BigEndian.Uint32([]byte(key))), dead, nil)
		return true
	})
	if err == nil {
		err = bad
	}
	return err
}

// excise removes the rows of dead arrangements from disk. What it cannot remove
// stays on the garbage list.
func (d *DB) excise(ctx context.Context) error {
	for _, id := range d.drops.idle() {
		from, to := makePrefix(id, 0), makePrefix(id+1, 0)
		span := pebble.KeyRange{Start: from[:], End: to[:]}
		if id == ^ArrID(0) {
			span.End = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
		}
		if err := d.pebble.Excise(ctx, span); err != nil {
			return err
		}
		d.drops.put(id, excised, nil)
	}
	return nil
}
