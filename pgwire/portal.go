package pgwire

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// portal is a statement with its parameters, and how far its result has been sent.
type portal struct {
	name     string
	sql      string
	alone    bool     // known to be all of its implicit transaction
	prepared Prepared // nil for an empty query
	params   []row.Datum
	mem      []byte  // of params
	formats  []int16 // one for each column; empty for all text

	rows     Rows
	batch    *row.Batch // not sent to its end
	next     int        // row of batch
	repeated int64      // how often row next has been sent; its weight says how often it stands
	done     bool       // the end was reached
	total    int64      // rows sent
	sent     int64      // rows sent by the latest Execute
	lastTag  string
	selected bool // lastTag is SELECT and the number of rows
}

// startPortal runs the statement up to its first row.
func (c *conn) startPortal(p *portal) (err error) {
	defer func(outer *portal) { c.running = outer }(c.running)
	c.running = p
	if l, ok := c.session.(Loner); ok && p.alone {
		l.StandAlone()
	}
	c.out.whileBlocked(func() { p.rows, err = c.session.Execute(c.message(), p.prepared, p.params) })
	return err
}

// stream sends rows until limit (0 is all) or the end, which sets p.done.
func (c *conn) stream(p *portal, limit int64) error {
	defer func(outer *portal) { c.running = outer }(c.running)
	c.running = p
	p.sent = 0
	if ok, err := c.copyData(p); ok || err != nil {
		return err
	}
	live := false
	if s, ok := p.rows.(StreamingRows); ok {
		live = s.Streaming()
	}
	for {
		if p.batch == nil {
			if live {
				if err := c.out.flush(); err != nil {
					return err
				}
			}
			if err := c.fetch(p); err != nil || p.done {
				return err
			}
		}
		if err := c.sendBatch(p, limit); err != nil {
			return err
		}
		if limit > 0 && p.sent >= limit {
			return nil
		}
	}
}

// fetch takes the next batch, or the end.
func (c *conn) fetch(p *portal) (err error) {
	if c.cancelled.Load() {
		return errCanceled()
	}
	c.out.whileBlocked(func() { p.batch, err = p.rows.Next(c.message()) })
	p.next, p.repeated = 0, 0
	if err == nil && p.batch == nil {
		p.done = true
		p.lastTag = p.rows.Tag()
	}
	return err
}

// sendBatch sends the rest of the batch, or what limit leaves of it.
func (c *conn) sendBatch(p *portal, limit int64) error {
	b := p.batch
	for ; p.next < b.Len(); p.next, p.repeated = p.next+1, 0 {
		for ; p.repeated < b.Weights[p.next]; p.repeated++ {
			if limit > 0 && p.sent >= limit {
				return nil
			}
			c.out.buf = appendDataRow(c.out.buf, b, p.next, p.formats, c.style)
			p.sent++
			p.total++
			if len(c.out.buf) >= flushBytes {
				if err := c.spillRows(); err != nil {
					return err
				}
			}
		}
	}
	p.batch = nil
	return nil
}

// spillRows writes rows out; a client that reads slowly may cancel meanwhile.
func (c *conn) spillRows() error {
	if c.cancelled.Load() {
		return errCanceled()
	}
	return c.out.flush()
}

// tag is the command tag of the latest Execute: rows that an earlier one sent
// do not count again.
func (p *portal) tag() string {
	if p.sent != p.total && strings.HasPrefix(p.lastTag, "SELECT ") {
		return "SELECT " + strconv.FormatInt(p.sent, 10)
	}
	return p.lastTag
}

// appendComplete appends the CommandComplete of the latest Execute.
func (p *portal) appendComplete(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, 'C', 0, 0, 0, 0)
	if p.selected {
		dst = strconv.AppendInt(append(dst, "SELECT "...), p.sent, 10)
	} else {
		dst = append(dst, p.tag()...)
	}
	return endMessage(append(dst, 0), start)
}

func (p *portal) close() {
	if p.rows != nil {
		rows := p.rows
		p.rows, p.batch = nil, nil
		rows.Close()
	}
}

// portal finds a portal; nil if there is none. The unnamed one has an empty name.
func (c *conn) portal(name []byte) *portal {
	if len(name) > 0 {
		return c.portals[string(name)]
	}
	if c.bare {
		return &c.unnamed
	}
	return nil
}

func (c *conn) dropPortal(name string) {
	if name == "" {
		c.dropUnnamed()
	} else if p := c.portals[name]; p != nil {
		delete(c.portals, name)
		p.close()
	}
}

func (c *conn) dropUnnamed() {
	if c.bare {
		c.bare = false
		c.unnamed.close()
	}
}

// dropPortals closes all portals but keep, which may be nil.
func (c *conn) dropPortals(keep *portal) {
	if c.bare && keep != &c.unnamed {
		c.dropUnnamed()
	}
	if len(c.portals) == 0 {
		return
	}
	for name, p := range c.portals {
		if p != keep {
			delete(c.portals, name)
			p.close()
		}
	}
}

// definePortal makes room for a new portal of the name.
func (c *conn) definePortal(p *portal) error {
	if p == &c.unnamed {
		c.bare = true
		return nil
	}
	if c.portals[p.name] != nil || c.cursorPortal(p.name, 0) != nil {
		return pgerr.New(pgerr.DuplicateCursor, "cursor \"%s\" already exists", p.name)
	}
	if len(c.portals) >= c.opts.MaxStatements {
		return pgerr.New(pgerr.ConfigurationLimitExceeded, "too many portals: the limit is %d", c.opts.MaxStatements)
	}
	c.portals[p.name] = p
	return nil
}
