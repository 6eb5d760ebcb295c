package pgwire

import (
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/sql/pgerr"
)

// query answers a simple Query: all its statements are one implicit
// transaction, and the first error ends it.
func (c *conn) query(sql string) error {
	delete(c.statements, "")
	c.dropUnnamed()
	if k := c.recall(sql); k != nil && len(k.prepared.ParamTypes()) == 0 {
		return c.queryKnown(k, sql)
	}
	var stmts []Statement
	var err error
	c.out.whileBlocked(func() { stmts, err = c.session.Parse(c.message(), sql) })
	if err != nil {
		return locate(err, sql)
	}
	if len(stmts) == 0 {
		if err := c.session.EndImplicit(c.message(), false); err != nil {
			return err
		}
		if err := c.out.send(&emptyQuery); err != nil {
			return err
		}
	}
	for i, st := range stmts {
		prepared, err := c.runSimple(st, i == 0 && len(stmts) == 1, i == len(stmts)-1)
		if err != nil {
			return locate(err, sql)
		}
		if len(stmts) == 1 {
			c.texts.remember(sql, prepared)
		}
	}
	if c.session.TxStatus() == 'I' {
		c.dropPortals(nil)
	}
	return c.ready()
}

// queryKnown answers a text whose meaning is known.
func (c *conn) queryKnown(k *knownText, sql string) error {
	p := c.newPortal(nil)
	p.prepared, p.alone = k.prepared, true
	defer p.close()
	ok, err := c.queryQuickly(p, k.described)
	if err == nil && !ok {
		err = c.runPrepared(p, true)
	}
	if err != nil {
		return locate(err, sql)
	}
	if c.session.TxStatus() == 'I' {
		c.dropPortals(nil)
	}
	return c.ready()
}

// queryQuickly answers a simple Query whole if that takes no time.
func (c *conn) queryQuickly(p *portal, described []byte) (ok bool, err error) {
	if c.quick == nil {
		return false, nil
	}
	before := len(c.out.buf)
	c.out.buf = append(c.out.buf, described...)
	if ok, err = c.readQuickly(p); err != nil || !ok {
		if p.sent == 0 {
			c.out.buf = c.out.buf[:before]
		}
		return false, err
	}
	if !c.quick.Idle() {
		c.out.whileBlocked(func() { err = c.session.EndImplicit(c.message(), false) })
	}
	c.out.buf = p.appendComplete(c.out.buf)
	return true, err
}

// runSimple runs one statement of a simple Query. The last one's success is
// said only after the commit, so that a client never hears of a row that is lost.
func (c *conn) runSimple(st Statement, alone, last bool) (prepared Prepared, err error) {
	c.out.whileBlocked(func() { prepared, err = c.session.Prepare(c.message(), st, nil) })
	if err != nil {
		return nil, err
	}
	if len(prepared.ParamTypes()) > 0 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	p := &portal{prepared: prepared, alone: alone}
	defer p.close()
	return prepared, c.runPrepared(p, last)
}

// runPrepared runs a portal of a simple Query and says how it ended.
func (c *conn) runPrepared(p *portal, last bool) error {
	if err := c.startPortal(p); err != nil {
		return err
	}
	if cols := p.prepared.Columns(); cols != nil {
		p.formats = append(p.formats, simpleFormats(p.prepared)...)
		c.out.buf = appendRowDescription(c.out.buf, cols, p.formats)
	}
	if err := c.stream(p, 0); err != nil {
		return err
	}
	tag := p.tag()
	p.close()
	var err error
	if last {
		c.out.whileBlocked(func() { err = c.session.EndImplicit(c.message(), false) })
		if err != nil {
			return err
		}
	}
	c.noteChanges()
	if err := c.reportNotices(); err != nil {
		return err
	}
	return c.out.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
}
