package killtest

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// sight is what one read saw of how far the database is.
type sight struct {
	counts map[string]int64 // the rows that views have of each source
	epoch  int64
	at     offsets
}

// floor is the most that any finished read saw. A read that begins later must
// see no less, whatever was killed in between.
type floor struct {
	mu    sync.Mutex
	sight sight
	reads int64
}

func (f *floor) get() sight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sight
}

// raise takes note of a finished read, and describes what in it is less than
// what was seen before it began.
func (f *floor) raise(before, now sight) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	f.sight.epoch = max(f.sight.epoch, now.epoch)
	if now.at.total() >= f.sight.at.total() {
		f.sight.counts, f.sight.at = now.counts, now.at
	}
	if now.epoch < before.epoch {
		return fmt.Sprintf("a read saw epoch %d, one before it %d", now.epoch, before.epoch)
	}
	if d := now.at.behind(before.at); d != "" {
		return "offsets went back: " + d
	}
	for source, n := range now.counts {
		if n < before.counts[source] {
			return fmt.Sprintf("a read saw %d rows of %s, one before it %d", n, source, before.counts[source])
		}
		if n != now.at.of(source) {
			return fmt.Sprintf("a view has %d rows of %s at offsets that are %d rows", n, source, now.at.of(source))
		}
	}
	return ""
}

// look reads all of a sight in the transaction that is open.
func look(ctx context.Context, c *child.Client) (sight, error) {
	s := sight{counts: map[string]int64{}, at: offsets{}}
	var err error
	for source, sql := range counts {
		if s.counts[source], err = number1(ctx, c, sql); err != nil {
			return s, err
		}
	}
	if s.epoch, err = number1(ctx, c, "SELECT epoch FROM tarn.status"); err != nil {
		return s, err
	}
	rows, err := c.Query(ctx, `SELECT source, partition, "offset" FROM tarn.offsets`)
	for _, r := range rows {
		p, _ := strconv.Atoi(r[1])
		next, _ := strconv.ParseInt(r[2], 10, 64)
		if s.at[r[0]] == nil {
			s.at[r[0]] = map[int32]int64{}
		}
		s.at[r[0]][int32(p)] = next
	}
	return s, err
}

func number1(ctx context.Context, c *child.Client, sql string) (int64, error) {
	rows, err := c.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		return 0, fmt.Errorf("%s: not one row: %v", sql, rows)
	}
	return strconv.ParseInt(rows[0][0], 10, 64)
}

// transaction runs f in a transaction block, again as long as the server asks
// for that: a source may have to catch up in it that was not read before.
func transaction(ctx context.Context, c *child.Client, f func() error) error {
	for {
		_, err := c.Query(ctx, "BEGIN")
		if err == nil {
			err = f()
		}
		if err == nil {
			_, err = c.Query(ctx, "COMMIT")
		}
		if child.SQLState(err) != serializationFailure {
			return err
		}
		if _, err := c.Query(ctx, "ROLLBACK"); err != nil {
			return err
		}
		if !child.Pause(ctx, retryPause) {
			return ctx.Err()
		}
	}
}

// readOn reads all the time, over a new connection after each restart, and
// checks that what it sees never goes back.
func (h *harness) readOn(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := h.dial(ctx)
		if err != nil {
			continue
		}
		for h.readOnce(ctx, c) && child.Pause(ctx, retryPause) {
		}
		c.Close()
	}
}

func (h *harness) readOnce(ctx context.Context, c *child.Client) bool {
	before := h.floor.get()
	var now sight
	err := transaction(ctx, c, func() (err error) {
		now, err = look(ctx, c)
		return err
	})
	if err != nil {
		h.unlessKilled(err)
		return false
	}
	if d := h.floor.raise(before, now); d != "" {
		h.t.Error(d)
	}
	return true
}
