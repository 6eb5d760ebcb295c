package cursor

import (
	"context"
	"maps"
	"slices"

	"github.com/tarndb/tarn/sql/pgerr"
)

// maxCursors bounds the cursors of a session.
const maxCursors = 10_000

// Set is the cursors of a session by their names. The zero value is empty. It is used
// by the session's goroutine.
type Set struct{ all map[string]*Cursor }

// Find is the cursor of a name; nil if there is none.
func (s *Set) Find(name string) *Cursor { return s.all[name] }

// Get is the cursor of a name; 34000 if there is none.
func (s *Set) Get(name string) (*Cursor, error) {
	if c := s.all[name]; c != nil {
		return c, nil
	}
	return nil, noCursor(name)
}

func noCursor(name string) error {
	return pgerr.New(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", name)
}

// Taken is the error of a name that a cursor, or a portal, has already.
func Taken(name string) error {
	return pgerr.New(pgerr.DuplicateCursor, "cursor \"%s\" already exists", name)
}

// Add puts a cursor into the set, which closes it from then on.
func (s *Set) Add(c *Cursor) error {
	switch {
	case s.all[c.Name] != nil:
		return Taken(c.Name)
	case len(s.all) >= maxCursors:
		return pgerr.New(pgerr.ConfigurationLimitExceeded, "too many cursors: the limit is %d", maxCursors)
	case s.all == nil:
		s.all = map[string]*Cursor{}
	}
	s.all[c.Name] = c
	return nil
}

// Close closes a cursor; 34000 if there is none of that name.
func (s *Set) Close(name string) error {
	c, err := s.Get(name)
	if err == nil {
		c.close()
		delete(s.all, name)
	}
	return err
}

// CloseAll closes all of them.
func (s *Set) CloseAll() { s.drop(func(*Cursor) bool { return true }) }

func (s *Set) drop(which func(*Cursor) bool) {
	for name, c := range s.all {
		if which(c) {
			c.close()
			delete(s.all, name)
		}
	}
}

// List is the cursors in the order of their names.
func (s *Set) List() []*Cursor {
	var out []*Cursor
	for _, name := range slices.Sorted(maps.Keys(s.all)) {
		out = append(out, s.all[name])
	}
	return out
}

// Prepare reads what the cursors that outlive their transaction still need of it. With
// its error the transaction fails.
func (s *Set) Prepare(ctx context.Context) error {
	for _, c := range s.List() {
		if !c.Hold || c.outlived || c.failed {
			continue
		}
		err := c.settle(ctx)
		if err == nil {
			err = c.keep(ctx)
		}
		if err != nil {
			c.failed = true
			return err
		}
	}
	return nil
}

// End ends the transaction: its cursors are closed, but for those that outlive a commit.
func (s *Set) End(commit bool) {
	s.drop(func(c *Cursor) bool { return !c.outlived && !(commit && c.Hold) })
	for _, c := range s.all {
		switch c.outlived = true; {
		case c.failed:
			c.close() // it stays until the client closes it, and holds nothing
		case c.kept != nil:
			c.done()
		}
	}
}

// RollBackTo closes the cursors that were made after a savepoint, of which there were
// so many before it.
func (s *Set) RollBackTo(savepoint int) {
	s.drop(func(c *Cursor) bool { return !c.outlived && c.Level > savepoint })
}

// ReleaseTo makes the cursors made after a savepoint those of what is around it.
func (s *Set) ReleaseTo(savepoint int) {
	for _, c := range s.all {
		c.Level = min(c.Level, savepoint)
	}
}
