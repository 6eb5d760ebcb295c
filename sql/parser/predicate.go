package parser

func (p *parser) isDistinctAhead() bool {
	return p.nextIs("distinct") || p.nextIs("not") && p.peek(2).word("distinct")
}

func (p *parser) isExpr(left *rope, restricted bool) (*rope, bool) {
	pos := p.pos()
	switch p.advance().text {
	case "isnull":
		return postfix(pos, left, " IS NULL"), false
	case "notnull":
		return postfix(pos, left, " IS NOT NULL"), false
	}
	not, sqlNot, prefix := p.take("not"), "", "is_"
	if not {
		sqlNot, prefix = "NOT ", "is_not_"
	}
	t := p.cur()
	switch {
	case p.take("null"):
		return postfix(pos, left, " IS "+sqlNot+"NULL"), false
	case p.take("true"):
		return postfix(pos, left, " IS "+sqlNot+"TRUE"), false
	case p.take("false"):
		return postfix(pos, left, " IS "+sqlNot+"FALSE"), false
	case p.take("unknown"):
		return enc(pos, prefix+"unknown", left), false
	case p.take("distinct"):
		p.expect("from")
		right := p.exprAt(levelIs+1, restricted)
		if not {
			return infix(pos, left, " <=> ", right), true
		}
		return enc(pos, "is_distinct", left, right), true
	case t.word("document") || t.word("json"):
		unsupported(pos, "IS "+upper(t.text)+" is")
	case t.word("normalized") || p.nextIs("normalized"):
		return p.isNormalized(pos, left, not), false
	}
	p.unexpected()
	return nil, false
}

func (p *parser) isNormalized(pos int, left *rope, not bool) *rope {
	args := []*rope{left}
	if !p.is("normalized") {
		args = append(args, p.normalForm())
	}
	p.expect("normalized")
	r := pgCall(pos, "is_normalized", args...)
	if not {
		r = prefixed(pos, "NOT", r)
	}
	return r
}

func (p *parser) normalForm() *rope {
	if !p.isAny("nfc", "nfd", "nfkc", "nfkd") {
		p.unexpected()
	}
	t := p.advance()
	return &rope{text: quoteString(upper(t.text)), pos: t.at()}
}

// matchExpr parses [NOT] BETWEEN, IN, LIKE, ILIKE, SIMILAR TO after left.
func (p *parser) matchExpr(left *rope) (*rope, bool) {
	pos := p.pos()
	not, prefix := "", ""
	if p.take("not") {
		not, prefix = "NOT ", "not_"
	}
	switch p.advance().text {
	case "between":
		symmetric := p.take("symmetric")
		if !symmetric {
			p.take("asymmetric")
		}
		low := p.bExpr()
		p.expect("and")
		high := p.exprAt(levelMatch+1, false)
		if symmetric {
			return enc(pos, prefix+"between_symmetric", left, low, high), true
		}
		return infix(pos, left, " "+not+"BETWEEN ", cat(-1, low, lit(" AND "), high)), true
	case "in":
		return p.inExpr(pos, left, not), false
	case "like":
		return p.likeExpr(pos, left, not, "LIKE", "~~")
	case "ilike":
		return p.likeExpr(pos, left, not, "ILIKE", "~~*")
	}
	p.expect("to")
	args := []*rope{left, p.exprAt(levelMatch+1, false)}
	if p.take("escape") {
		args = append(args, p.exprAt(levelMatch+1, false))
	}
	return enc(pos, prefix+"similar", args...), true
}

func (p *parser) inExpr(pos int, left *rope, not string) *rope {
	if p.isPunct("(") && p.queryParens[p.i] {
		return infix(pos, left, " "+not+"IN ", p.subquery())
	}
	return infix(pos, left, " "+not+"IN ", parens(list(parenthesised(p, p.expr))))
}

func (p *parser) likeExpr(pos int, left *rope, not, word, op string) (*rope, bool) {
	if not != "" {
		op = "!" + op
	}
	if r := p.anyAll(pos, left, "", op); r != nil {
		return r, false
	}
	pattern := p.exprAt(levelMatch+1, false)
	if p.take("escape") {
		escape := p.exprAt(levelMatch+1, false)
		pattern = enc(pos, "escape", pattern, escape)
	}
	return infix(pos, left, " "+not+word+" ", parens(pattern)), true
}
