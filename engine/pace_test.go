package engine

import (
	"testing"
	"time"
)

// TestPace follows the bound through a backlog that is fast, then slow, then
// nearly gone.
func TestPace(t *testing.T) {
	p := newPace()
	for _, step := range []struct {
		more bool
		took time.Duration
		want int
	}{
		{true, time.Millisecond, 2 * leastEpochRows},
		{true, 15 * time.Millisecond, 4 * leastEpochRows},
		{true, 50 * time.Millisecond, 4 * leastEpochRows},
		{false, time.Millisecond, 4 * leastEpochRows},
		{true, time.Second, 2 * leastEpochRows},
		{true, time.Second, leastEpochRows},
		{true, time.Second, leastEpochRows},
	} {
		p.ended(step.more, step.took)
		if p.rows != step.want {
			t.Fatalf("after an epoch of %v (more: %t): %d rows, want %d", step.took, step.more, p.rows, step.want)
		}
	}
	for range 20 {
		p.ended(true, 0)
	}
	if p.rows != mostEpochRows {
		t.Errorf("a fast backlog ends at %d rows, want %d", p.rows, mostEpochRows)
	}
}
