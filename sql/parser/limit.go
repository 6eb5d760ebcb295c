package parser

import "github.com/tarndb/tarn/sql/pgerr"

// queryTail parses ORDER BY, LIMIT, OFFSET, FETCH, FOR and EMIT and merges them
// into q. What locks may stand before or behind what limits.
func (p *parser) queryTail(q *query) {
	if p.is("order") {
		if len(q.orderBy) > 0 {
			fail(pgerr.New(pgerr.SyntaxError, "multiple ORDER BY clauses not allowed").At(p.pos()))
		}
		q.orderBy = p.orderBy()
	}
	if p.is("for") {
		p.lockings(q)
		p.limits(q)
	} else {
		p.limits(q)
		p.lockings(q)
	}
	if pos := p.pos(); p.isEmit() {
		p.i += 4
		q.tail = append(q.tail, enc(pos, "emit_on_window_close"))
	}
}

// limits parses LIMIT or FETCH, and OFFSET, in any order.
func (p *parser) limits(q *query) {
	hadLimit, hadOffset := q.limited, q.offset
	for {
		pos := p.pos()
		switch {
		case p.is("limit") || p.is("fetch"):
			if q.limited {
				p.repeated(hadLimit, pos, "LIMIT")
			}
			q.limited = true
			q.tail = append(q.tail, p.limit(q))
		case p.take("offset"):
			if q.offset {
				p.repeated(hadOffset, pos, "OFFSET")
			}
			q.offset = true
			q.tail = append(q.tail, enc(pos, "offset", p.offsetValue()))
		default:
			return
		}
	}
}

func (p *parser) repeated(inner bool, pos int, clause string) {
	if !inner {
		p.unexpected()
	}
	fail(pgerr.New(pgerr.SyntaxError, "multiple %s clauses not allowed", clause).At(pos))
}

func (p *parser) limit(q *query) *rope {
	pos := p.pos()
	if p.advance().text == "fetch" {
		return p.fetchFirst(pos, q)
	}
	var n *rope
	if at := p.pos(); p.take("all") {
		n = &rope{text: "NULL", pos: at}
	} else {
		n = p.expr()
	}
	if p.isPunct(",") {
		fail(pgerr.New(pgerr.SyntaxError, "LIMIT #,# syntax is not supported").
			WithHint("Use separate LIMIT and OFFSET clauses.").At(pos))
	}
	return enc(pos, "limit", n)
}

// offsetValue parses any expression, or before ROWS what FETCH takes.
func (p *parser) offsetValue() *rope {
	start := p.i
	n := p.expr()
	if !p.isAny("row", "rows") {
		return n
	}
	end := p.i
	p.i = start
	n = p.fetchValue()
	if p.i != end {
		p.i = end
		p.unexpected()
	}
	p.i++
	return n
}

// fetchValue parses an operand, or a number with a sign.
func (p *parser) fetchValue() *rope {
	if !p.isOp("-") && !p.isOp("+") {
		return p.primary()
	}
	if next := p.peek(1); next.kind != tokInt && next.kind != tokNum {
		p.i++
		p.unexpected()
	}
	pos := p.pos()
	return prefixed(pos, p.advance().text, p.primary())
}

func (p *parser) fetchFirst(pos int, q *query) *rope {
	if !p.take("first") {
		p.expect("next")
	}
	n := &rope{text: "1", pos: -1}
	if !p.isAny("row", "rows") || p.nextIs("row") || p.nextIs("rows") {
		n = p.fetchValue()
	}
	if !p.take("row") {
		p.expect("rows")
	}
	if !p.takeWords("with", "ties") {
		p.expect("only")
		return enc(pos, "limit", n)
	}
	if len(q.orderBy) == 0 {
		fail(pgerr.New(pgerr.SyntaxError, "WITH TIES cannot be specified without ORDER BY clause"))
	}
	return enc(pos, "limit_with_ties", n)
}

// lockings parses FOR UPDATE and its kin. FOR READ ONLY, which can only stand alone,
// says nothing.
func (p *parser) lockings(q *query) {
	if p.takeWords("for", "read", "only") {
		return
	}
	for p.is("for") {
		q.tail = append(q.tail, p.locking())
	}
}

func (p *parser) locking() *rope {
	pos := p.pos()
	p.expect("for")
	strength := ""
	switch {
	case p.takeWords("no", "key", "update"):
		strength = "no key update"
	case p.takeWords("key", "share"):
		strength = "key share"
	case p.isAny("update", "share"):
		strength = p.advance().text
	default:
		p.unexpected()
	}
	var tables []string
	if p.take("of") {
		tables = commaList(p, func() string { return p.lockedName(strength) })
	}
	wait := ""
	switch {
	case p.take("nowait"):
		wait = "nowait"
	case p.takeWords("skip", "locked"):
		wait = "skip locked"
	}
	return enc(pos, "lock", append([]*rope{str(strength), str(wait)}, strs(tables)...)...)
}

// lockedName is a relation of the query as it is called there, which has no schema.
func (p *parser) lockedName(strength string) string {
	pos := p.pos()
	names := p.dotted(p.colID())
	if len(names) > 1 {
		fail(pgerr.New(pgerr.SyntaxError, "FOR %s must specify unqualified relation names", upper(strength)).At(pos))
	}
	return names[0]
}
