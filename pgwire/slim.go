package pgwire

import (
	"context"
	"errors"
	"net"
	"time"
)

// A connection keeps what makes its next message cheap: buffers, what its texts
// mean, the memory of its reads. Most connections of most applications rest most of
// the time, so one that has rested for a while gives that back. Its own goroutine
// does it, which is waiting in a read: a deadline that has passed wakes it.

// restTime is how often connections are looked at; one that has rested from one
// look to the next is slimmed.
const restTime = 5 * time.Second

// Rester is an optional power of a Session: it gives back memory that only makes
// the next statement cheaper.
type Rester interface {
	Rest()
}

// slimResting looks at the connections until ctx ends.
func (s *Server) slimResting(ctx context.Context) {
	every := time.NewTicker(restTime)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			s.look()
		}
	}
}

func (s *Server) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.byPID {
		c.look()
	}
}

// look wakes a connection that has rested since the last look and was not slimmed
// since it worked. Any goroutine.
func (c *conn) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	worked := c.worked.Load()
	switch {
	case c.session == nil || c.parting.Load() || c.busy.Load() || worked == c.slimmed:
	case worked != c.looked:
		c.looked = worked
	default:
		c.slimmed = worked
		c.slimming.Store(true)
		_ = c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// slim reports that a read ended only so that the connection is slimmed, which it
// then is.
func (c *conn) slim(err error) bool {
	var ne net.Error
	if !c.slimming.Load() || !errors.As(err, &ne) || !ne.Timeout() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting.Load() {
		return false
	}
	c.slimming.Store(false)
	_ = c.nc.SetReadDeadline(time.Time{})
	c.box.slim()
	c.out.slim()
	c.bound, c.texts = bindMessage{}, texts{}
	if !c.bare {
		c.unnamed = portal{}
	}
	if r, ok := c.session.(Rester); ok {
		r.Rest()
	}
	return true
}
