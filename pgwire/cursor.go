package pgwire

// cursorPortal is a portal that reads the next rows of a cursor of SQL; nil if there is
// none of that name.
func (c *conn) cursorPortal(name string, limit int64) *portal {
	s, ok := c.session.(CursorSession)
	if !ok || name == "" {
		return nil
	}
	p, ok := s.FromCursor(name, limit)
	if !ok {
		return nil
	}
	return &portal{name: name, prepared: p}
}

// executeCursor is Execute of a cursor of SQL.
func (c *conn) executeCursor(name string, limit int64) error {
	p := c.cursorPortal(name, limit)
	if p == nil {
		return errNoPortal(name)
	}
	defer p.close()
	c.executed++
	err := c.startPortal(p)
	if err == nil {
		err = c.stream(p, 0)
	}
	if err != nil {
		return err
	}
	if err := c.reportNotices(); err != nil {
		return err
	}
	if limit > 0 && p.sent == limit {
		return c.out.send(&portalSuspended)
	}
	c.out.buf = p.appendComplete(c.out.buf)
	return c.out.spill()
}

// simpleFormats are the formats of a simple Query's result: text, but for what FETCH
// takes from a BINARY cursor.
func simpleFormats(p Prepared) []int16 {
	f, ok := p.(Fetching)
	if !ok || !f.Binary() {
		return nil
	}
	formats := make([]int16, len(p.Columns()))
	for i := range formats {
		formats[i] = formatBinary
	}
	return formats
}
