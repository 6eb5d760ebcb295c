package pace

import (
	"testing"
	"time"
)

// TestPace follows the bound through a backlog that is fast, then slow, then
// nearly gone.
func TestPace(t *testing.T) {
	p := New()
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
		p.Ended(step.more, step.took)
		if p.Rows != step.want {
			t.Fatalf("after an epoch of %v (more: %t): %d rows, want %d", step.took, step.more, p.Rows, step.want)
		}
	}
	for range 20 {
		p.Ended(true, 0)
	}
	if p.Rows != mostEpochRows {
		t.Errorf("a fast backlog ends at %d rows, want %d", p.Rows, mostEpochRows)
	}
}
