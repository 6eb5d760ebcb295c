package ingest

import (
	"context"
	"time"
)

// backoff waits longer after each failure in a row.
type backoff struct{ first, next time.Duration }

func newBackoff(first time.Duration) *backoff {
	if first <= 0 {
		first = firstBackoff
	}
	return &backoff{first: first, next: first}
}

func (b *backoff) reset() { b.next = b.first }

// wait returns false when ctx ended first.
func (b *backoff) wait(ctx context.Context) bool {
	d := b.next
	b.next = min(2*b.next, lastBackoff)
	return sleep(ctx, d)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
