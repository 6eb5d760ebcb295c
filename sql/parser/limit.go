package parser

import "github.com/tarndb/tarn/sql/pgerr"

// queryTail parses ORDER BY, LIMIT, OFFSET, FETCH, FOR and EMIT and merges them
// into q. What locks may stand before or behind what limits.
func (p *parser) queryTail(q *query) {
	var twice *pgerr.Error // which gram.y says when it has read the whole query
	if p.is("order") {
		if len(q.orderBy) > 0 {
			twice = p.twice("ORDER BY", p.i+2)
		}
		q.orderBy = p.orderBy()
	}
	if p.is("for") {
		p.lockings(q)
		p.limits(q, &twice)
	} else {
		p.limits(q, &twice)
		p.lockings(q)
	}
	if twice != nil {
		fail(twice)
	}
	if pos := p.pos(); p.isEmit() {
		p.i += 4
		q.tail = append(q.tail, enc(pos, "emit_on_window_close"))
	}
}

// limits parses LIMIT or FETCH, and OFFSET, in any order. What a query in parentheses
// has already goes to twice.
func (p *parser) limits(q *query, twice **pgerr.Error) {
	hadLimit, hadOffset := q.limited, q.offset
	for {
		pos := p.pos()
		switch {
		case p.is("limit") || p.is("fetch"):
			p.repeated(q.limited, hadLimit, "LIMIT", twice)
			q.limited, hadLimit = true, false
			q.tail = append(q.tail, p.limit(q))
		case p.is("offset"):
			p.repeated(q.offset, hadOffset, "OFFSET", twice)
			q.offset, hadOffset = true, false
			p.i++
			q.tail = append(q.tail, enc(pos, "offset", p.offsetValue()))
		default:
			return
		}
	}
}

// repeated refuses a clause that is there: at once if it stands in the same query,
// after the whole query if it came with one in parentheses.
func (p *parser) repeated(there, inner bool, clause string, twice **pgerr.Error) {
	switch {
	case !there:
	case !inner:
		p.unexpected()
	case *twice == nil:
		*twice = p.twice(clause, p.i+1)
	}
}

// twice is the error of a second clause, whose value begins with the token at.
func (p *parser) twice(clause string, at int) *pgerr.Error {
	for at < len(p.toks)-1 && p.toks[at].punct("(") {
		at++
	}
	return pgerr.New(pgerr.SyntaxError, "multiple %s clauses not allowed", clause).At(p.toks[min(at, len(p.toks)-1)].at())
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
	if p.takePunct(",") {
		p.expr()
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
	if !p.is("default") {
		n = p.fetchValue()
	}
	if p.i != end {
		p.i = end
		p.unexpected()
	}
	p.i++
	return n
}

// fetchValue parses an operand, or a number with a sign. DEFAULT is none: to gram.y it
// is a whole expression.
func (p *parser) fetchValue() *rope {
	if p.is("default") {
		p.unexpected()
	}
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
	if !p.take("with") {
		p.expect("only")
		return enc(pos, "limit", n)
	}
	p.expect("ties")
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
	var tables []*rope
	if p.take("of") {
		tables = commaList(p, func() *rope { return p.lockedName(strength) })
	}
	wait := ""
	switch {
	case p.take("nowait"):
		wait = "nowait"
	case p.takeWords("skip", "locked"):
		wait = "skip locked"
	}
	return enc(pos, "lock", append([]*rope{str(strength), str(wait)}, tables...)...)
}

// lockedName is a relation of the query as it is called there, which has no schema.
func (p *parser) lockedName(strength string) *rope {
	pos := p.pos()
	names := p.dotted(p.colID())
	if len(names) > 1 {
		p.later(pgerr.New(pgerr.SyntaxError, "FOR %s must specify unqualified relation names", upper(strength)).At(pos))
	}
	return enc(pos, "locked", str(names[0]))
}
