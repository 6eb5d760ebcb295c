// Package pace is how fast the loop goes: how many rows an epoch has, and when a commit
// that has failed is tried again.
package pace

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

// Pace is the bound on the next epoch's rows. It belongs to the loop.
type Pace struct{ Rows int }

// New is the pace of the first epoch.
func New() Pace { return Pace{Rows: leastEpochRows} }

// Ended learns from an epoch: whether a source had more rows than it could
// give, and how long the epoch took.
func (p *Pace) Ended(more bool, took time.Duration) {
	switch {
	case took > lateEpoch:
		p.Rows = max(p.Rows/2, leastEpochRows)
	case more && took < soonEpoch:
		p.Rows = min(p.Rows*2, mostEpochRows)
	}
}
