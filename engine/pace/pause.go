package pace

import "time"

// The pauses between attempts to commit.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Pause is the loop's clock for the next attempt to commit.
type Pause struct {
	On    bool // the last attempt has failed
	first time.Duration
	next  time.Duration
	Timer *time.Timer // fires when it is time
}

// NewPause makes a clock whose first pause is so long; 0: the usual one.
func NewPause(first time.Duration) Pause {
	if first <= 0 {
		first = firstRetry
	}
	t := time.NewTimer(time.Hour)
	t.Stop()
	return Pause{first: first, Timer: t}
}

// Failed sets the clock, and gives the time until then.
func (p *Pause) Failed() time.Duration {
	p.next = min(2*p.next, lastRetry)
	if !p.On {
		p.On, p.next = true, p.first
	}
	p.Timer.Reset(p.next)
	return p.next
}

// Over stops the clock: an attempt has succeeded.
func (p *Pause) Over() {
	p.On = false
	p.Timer.Stop()
}
