package killtest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// watchRow is a row of the table, but its key.
type watchRow struct{ version, hits int64 }

// tableClient writes to the table, one transaction after the other, and knows
// what must be in it. A transaction whose answer was lost with the server is in
// doubt: it must be there as a whole or not at all.
type tableClient struct {
	h   *harness
	rng *rand.Rand

	mu      sync.Mutex // held while a transaction is on its way
	rows    map[int64]watchRow
	doubt   map[int64]watchRow // the content if the transaction in doubt happened; nil: none is
	version int64

	acked, doubted, happened int64
}

// pace is the wait between two transactions.
const pace = 3 * time.Millisecond

// run writes until ctx ends, over a new connection after each restart.
func (c *tableClient) run(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := c.h.dial(ctx)
		if err != nil {
			continue
		}
		for c.settleOver(ctx, conn) && c.write(ctx, conn) && child.Pause(ctx, pace) {
		}
		conn.Close()
	}
}

// settleOver finds out about a transaction in doubt.
func (c *tableClient) settleOver(ctx context.Context, conn *child.Client) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.doubt == nil {
		return true
	}
	rows, err := conn.Query(ctx, watchQuery)
	if err != nil {
		c.h.unlessKilled(err)
		return false
	}
	if d := c.settle(rows); d != "" {
		c.h.t.Errorf("table watch after a restart: %s", d)
	}
	return true
}

const watchQuery = `SELECT id, version, hits FROM watch`

// settle compares the table's rows with what must be in it, and describes a
// difference. The caller holds mu.
func (c *tableClient) settle(rows [][]string) string {
	got := map[int64]watchRow{}
	for _, r := range rows {
		var n [3]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(r[i], 10, 64)
		}
		if _, twice := got[n[0]]; twice {
			return fmt.Sprintf("id %d is there twice", n[0])
		}
		got[n[0]] = watchRow{n[1], n[2]}
	}
	doubt := c.doubt
	c.doubt = nil
	switch {
	case maps.Equal(got, c.rows):
		return ""
	case doubt != nil && maps.Equal(got, doubt):
		c.rows = doubt
		c.happened++
		return ""
	}
	said := fmt.Sprintf("it has %v; acknowledged is %v; with the transaction in doubt it would be %v", got, c.rows, doubt)
	c.rows = got // so that one fault is told once
	return said
}

// write runs one transaction; false when the connection is gone.
func (c *tableClient) write(ctx context.Context, conn *child.Client) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	after := maps.Clone(c.rows)
	sql := c.transaction(after)
	if _, err := conn.Query(ctx, sql); err != nil {
		c.h.unlessKilled(err)
		c.doubt = after
		c.doubted++
		return false
	}
	c.rows = after
	c.acked++
	return true
}

// transaction makes a random one, does it to rows, and gives its SQL.
func (c *tableClient) transaction(rows map[int64]watchRow) string {
	// Auctions with many bids, ones with few, and ones that come later.
	id := 1000 + 100*c.rng.Int64N(60) + c.rng.Int64N(2)
	row, there := rows[id]
	keys := slices.Sorted(maps.Keys(rows))
	switch {
	case !there:
		rows[id] = watchRow{c.version, 100}
		return fmt.Sprintf("INSERT INTO watch VALUES (%d, %d, 100)", id, c.version)
	case c.rng.IntN(3) == 0:
		delete(rows, id)
		return fmt.Sprintf("DELETE FROM watch WHERE id = %d", id)
	case c.rng.IntN(2) == 0:
		rows[id] = watchRow{c.version, row.hits + 1}
		return fmt.Sprintf("UPDATE watch SET version = %d, hits = hits + 1 WHERE id = %d", c.version, id)
	}
	// Over to another row: both or none.
	to := keys[c.rng.IntN(len(keys))]
	var sql strings.Builder
	sql.WriteString("BEGIN;")
	for _, step := range []struct{ id, by int64 }{{id, -5}, {to, +5}} {
		rows[step.id] = watchRow{c.version, rows[step.id].hits + step.by}
		fmt.Fprintf(&sql, "UPDATE watch SET version = %d, hits = hits + %d WHERE id = %d;", c.version, step.by, step.id)
	}
	sql.WriteString("COMMIT")
	return sql.String()
}
