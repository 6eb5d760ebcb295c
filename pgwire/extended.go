package pgwire

import (
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (c *conn) parse(m *pgproto3.Parse) error {
	if m.Name == "" {
		delete(c.statements, "")
	} else if c.statements[m.Name] != nil {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", m.Name)
	}
	types, err := paramTypes(m.ParameterOIDs)
	if err != nil {
		return err
	}
	key := textKey(m.Query, m.ParameterOIDs)
	var prepared Prepared
	if k := c.recall(key); k != nil {
		prepared = k.prepared
	} else {
		c.out.whileBlocked(func() { prepared, err = c.prepare(m.Query, types) })
		if err != nil {
			return locate(err, m.Query)
		}
		c.texts.remember(key, prepared)
	}
	if err := c.Define(m.Name, m.Query, prepared); err != nil {
		return err
	}
	if err := c.reportNotices(); err != nil {
		return err
	}
	return c.out.send(&parseComplete)
}

// prepare is nil, without an error, for an empty text.
func (c *conn) prepare(sql string, types []row.Type) (Prepared, error) {
	stmts, err := c.session.Parse(c.message(), sql)
	switch {
	case err != nil:
		return nil, err
	case len(stmts) == 0:
		return nil, nil
	case len(stmts) > 1:
		return nil, pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	return c.session.Prepare(c.message(), stmts[0], types)
}

func paramTypes(oids []uint32) ([]row.Type, error) {
	out := make([]row.Type, len(oids))
	for i, oid := range oids {
		if oid == 0 {
			continue
		}
		t, ok := row.TypeByOID(oid)
		if !ok {
			return nil, pgerr.New(pgerr.UndefinedObject, "type with OID %d does not exist", oid)
		}
		out[i] = t
	}
	return out, nil
}

func (c *conn) bind(body []byte) error {
	m := &c.bound
	if !m.decode(body) {
		return errMessageFormat()
	}
	s := c.statements[string(m.statement)]
	if s == nil {
		return errNoStatement(string(m.statement))
	}
	if n := len(m.formats); n > 1 && n != len(m.params) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", n, len(m.params))
	}
	var prepared Prepared
	var want []row.Type
	if s.prepared != nil {
		var err error
		if prepared, err = c.revalidate(s); err != nil {
			return locate(err, s.sql)
		}
		want = prepared.ParamTypes()
	}
	if len(m.params) != len(want) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement \"%s\" requires %d",
			len(m.params), m.statement, len(want))
	}
	p := c.newPortal(m.portal)
	p.sql, p.prepared = s.sql, prepared
	if err := c.bindParams(p, m, want); err != nil {
		return err
	}
	if err := bindFormats(p, m.results); err != nil {
		return err
	}
	if err := c.definePortal(p); err != nil {
		return err
	}
	c.out.buf = append(c.out.buf, '2', 0, 0, 0, 4)
	return c.out.spill()
}

// newPortal makes a portal. The unnamed one is the same each time: what the last
// one had open is closed, and its memory is used again.
func (c *conn) newPortal(name []byte) *portal {
	if len(name) > 0 {
		return &portal{name: string(name)}
	}
	c.dropUnnamed()
	p := &c.unnamed
	*p = portal{params: p.params[:0], formats: p.formats[:0], mem: p.mem[:0]}
	if cap(p.mem) > maxKeptParams {
		p.mem = nil
	}
	return p
}

// maxKeptParams bounds the memory that the unnamed portal keeps for the next one.
const maxKeptParams = 16 << 10

// revalidate is the statement under the catalog of now. What the client was
// told about its result must stay true.
func (c *conn) revalidate(s *statement) (p Prepared, err error) {
	if c.quick != nil && c.quick.Current(s.prepared) {
		return s.prepared, nil
	}
	r, ok := c.session.(Revalidator)
	if !ok {
		return s.prepared, nil
	}
	c.out.whileBlocked(func() { p, err = r.Revalidate(c.message(), s.prepared) })
	if err != nil || p == s.prepared {
		return p, err
	}
	if f, ok := p.(Fetching); !(ok && f.Fetches()) && !result.Same(s.prepared.Columns(), p.Columns()) {
		return nil, errPlanChanged()
	}
	s.prepared = p
	return p, nil
}

func bindFormats(p *portal, codes []int16) error {
	for _, f := range codes {
		if f != formatText && f != formatBinary {
			return pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", f)
		}
	}
	if p.prepared == nil || p.prepared.Columns() == nil {
		return nil
	}
	n := len(p.prepared.Columns())
	switch len(codes) {
	case 0:
	case 1:
		for range n {
			p.formats = append(p.formats, codes[0])
		}
	case n:
		p.formats = append(p.formats, codes...)
	default:
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(codes), n)
	}
	return nil
}

func (c *conn) describe(m *pgproto3.Describe) error {
	switch m.ObjectType {
	case 'S':
		s := c.statements[m.Name]
		if s == nil {
			return errNoStatement(m.Name)
		}
		var oids []uint32
		if s.prepared != nil {
			for _, t := range s.prepared.ParamTypes() {
				oids = append(oids, wireOID(t))
			}
		}
		if err := c.out.send(&pgproto3.ParameterDescription{ParameterOIDs: oids}); err != nil {
			return err
		}
		return c.describeResult(s.prepared, nil)
	case 'P':
		p := c.portal([]byte(m.Name))
		if p == nil {
			p = c.cursorPortal(m.Name, 0)
		}
		if p == nil {
			return errNoPortal(m.Name)
		}
		return c.describeResult(p.prepared, p.formats)
	default:
		return pgerr.New(pgerr.ProtocolViolation, "invalid DESCRIBE message subtype %d", m.ObjectType)
	}
}

func (c *conn) describeResult(p Prepared, formats []int16) error {
	if p == nil || p.Columns() == nil {
		return c.out.send(&noData)
	}
	c.out.buf = appendRowDescription(c.out.buf, p.Columns(), formats)
	return c.out.spill()
}

func errNoPortal(name string) error {
	return pgerr.New(pgerr.InvalidCursorName, "portal \"%s\" does not exist", name)
}

func (c *conn) execute(body []byte) error {
	name, limit, ok := decodeExecute(body)
	if !ok {
		return errMessageFormat()
	}
	p := c.portal(name)
	if p == nil {
		return c.executeCursor(string(name), max(limit, 0))
	}
	if p.prepared == nil {
		return c.out.send(&emptyQuery)
	}
	if p.done && p.prepared.Columns() == nil {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", name)
	}
	before := c.session.TxStatus()
	if !p.done {
		quick, err := c.advance(p, limit)
		if err != nil {
			return locate(err, p.sql)
		}
		if quick {
			c.out.buf = p.appendComplete(c.out.buf)
			return c.out.spill()
		}
	} else {
		p.sent = 0
	}
	c.noteChanges()
	if err := c.reportNotices(); err != nil {
		return err
	}
	if !p.done {
		return c.out.send(&portalSuspended)
	}
	p.close()
	if before != 'I' && c.session.TxStatus() == 'I' {
		c.dropPortals(p) // they lived in the transaction that has just ended
	}
	c.out.buf = p.appendComplete(c.out.buf)
	return c.out.spill()
}

// advance runs a portal for at most limit rows; 0 or less is all. quick says that
// it was answered whole, with no effect on the session.
func (c *conn) advance(p *portal, limit int64) (quick bool, err error) {
	if p.rows == nil {
		p.alone = c.executed == 0 && c.box.follows('S')
		c.executed++
		if limit <= 0 && c.quick != nil {
			if ok, err := c.readQuickly(p); ok || err != nil {
				return ok, err
			}
		}
		if err := c.startPortal(p); err != nil {
			return false, err
		}
	}
	return false, c.stream(p, max(limit, 0))
}

// readQuickly answers a portal whole if that takes no time.
func (c *conn) readQuickly(p *portal) (ok bool, err error) {
	b, ok, err := c.quick.Quick(p.prepared, p.params, p.alone)
	if !ok || err != nil {
		return ok, err
	}
	defer func() { p.batch = nil }()
	p.batch, p.next, p.repeated, p.sent = b, 0, 0, 0
	if err := c.sendBatch(p, 0); err != nil {
		return true, err
	}
	p.done, p.selected = true, true
	return true, nil
}

func (c *conn) closeNamed(m *pgproto3.Close) error {
	switch m.ObjectType {
	case 'S':
		delete(c.statements, m.Name)
	case 'P':
		c.dropPortal(m.Name)
		if s, ok := c.session.(CursorSession); ok {
			s.CloseCursor(m.Name)
		}
	default:
		return pgerr.New(pgerr.ProtocolViolation, "invalid CLOSE message subtype %d", m.ObjectType)
	}
	return c.out.send(&closeComplete)
}

// sync ends an extended query: the implicit transaction commits here.
func (c *conn) sync() error {
	failed := c.skipping
	c.skipping = false
	c.executed = 0
	if c.session.TxStatus() == 'I' {
		c.dropPortals(nil)
	}
	if !failed && (c.quick == nil || !c.quick.Idle()) {
		var err error
		c.out.whileBlocked(func() { err = c.session.EndImplicit(c.message(), false) })
		if err != nil {
			return err
		}
	}
	return c.ready()
}
