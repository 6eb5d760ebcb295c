package engine

import "time"

// The rows that one source gives to one epoch. Under pressure epochs grow, and
// net more changes away, for as long as they end soon: a client's write waits
// for the epoch before it.
const (
	leastEpochRows = 1 << 12
	mostEpochRows  = 1 << 16
	soonEpoch      = 20 * time.Millisecond
	lateEpoch      = 100 * time.Millisecond
)

// pace is the bound on the next epoch's rows. It belongs to the loop.
type pace struct{ rows int }

func newPace() pace { return pace{rows: leastEpochRows} }

// ended learns from an epoch: whether a source had more rows than it could
// give, and how long the epoch took.
func (p *pace) ended(more bool, took time.Duration) {
	switch {
	case took > lateEpoch:
		p.rows = max(p.rows/2, leastEpochRows)
	case more && took < soonEpoch:
		p.rows = min(p.rows*2, mostEpochRows)
	}
}
