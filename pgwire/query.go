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
		if err := c.runSimple(st, i == 0 && len(stmts) == 1, i == len(stmts)-1); err != nil {
			return locate(err, sql)
		}
	}
	if c.session.TxStatus() == 'I' {
		c.dropPortals(nil)
	}
	return c.ready()
}

// runSimple runs one statement of a simple Query. The last one's success is
// said only after the commit, so that a client never hears of a row that is lost.
func (c *conn) runSimple(st Statement, alone, last bool) error {
	var prepared Prepared
	var err error
	c.out.whileBlocked(func() { prepared, err = c.session.Prepare(c.message(), st, nil) })
	if err != nil {
		return err
	}
	if len(prepared.ParamTypes()) > 0 {
		return pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	p := &portal{prepared: prepared, alone: alone}
	defer p.close()
	if err := c.startPortal(p); err != nil {
		return err
	}
	if cols := prepared.Columns(); cols != nil {
		c.out.buf = appendRowDescription(c.out.buf, cols, nil)
	}
	if err := c.stream(p, 0); err != nil {
		return err
	}
	tag := p.tag()
	p.close()
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
