package parser

// specialCall parses the functions whose arguments have a syntax of their own and
// emits the pg_catalog function that gram.y makes of each.
func (p *parser) specialCall(t *token) *rope {
	p.enter()
	defer p.leave()
	pos := int(t.pos)
	p.i += 2
	var r *rope
	switch t.text {
	case "extract":
		field := p.extractField()
		p.expect("from")
		r = pgCall(pos, "extract", field, p.expr())
	case "position":
		a := p.bExpr()
		p.expect("in")
		r = pgCall(pos, "position", p.bExpr(), a)
	case "trim":
		r = p.trim(pos)
	case "overlay":
		r = p.overlay(pos)
	case "substring":
		r = p.substring(pos)
	case "normalize":
		args := []*rope{p.expr()}
		if p.takePunct(",") {
			args = append(args, p.normalForm())
		}
		r = pgCall(pos, "normalize", args...)
	default:
		unsupported(pos, upper(t.text)+" is")
	}
	p.expectPunct(")")
	return r
}

func (p *parser) extractField() *rope {
	t := p.cur()
	if t.kind != tokStr && (!t.isName() || t.cat != catPlain) {
		p.unexpected()
	}
	p.i++
	return &rope{text: quoteString(t.text), pos: int(t.pos)}
}

func (p *parser) trim(pos int) *rope {
	name := "btrim"
	switch {
	case p.take("leading"):
		name = "ltrim"
	case p.take("trailing"):
		name = "rtrim"
	default:
		p.take("both")
	}
	if p.take("from") {
		return pgCall(pos, name, p.exprList()...)
	}
	args := p.exprList()
	if len(args) == 1 && p.take("from") {
		args = append(p.exprList(), args[0])
	}
	return pgCall(pos, name, args...)
}

func (p *parser) overlay(pos int) *rope {
	args := p.plainArgs()
	if len(args) != 1 || !p.take("placing") {
		return plainCall(pos, "overlay", args)
	}
	args = append(args, p.expr())
	p.expect("from")
	args = append(args, p.expr())
	if p.take("for") {
		args = append(args, p.expr())
	}
	return pgCall(pos, "overlay", args...)
}

func (p *parser) substring(pos int) *rope {
	outer := p.substringDepth
	p.substringDepth = p.depth + 1
	args := p.plainArgs()
	p.substringDepth = outer
	if len(args) != 1 {
		return plainCall(pos, "substring", args)
	}
	switch {
	case p.take("from"):
		args = append(args, p.expr())
		if p.take("for") {
			args = append(args, p.expr())
		}
	case p.take("for"):
		length := p.expr()
		if p.take("from") {
			args = append(args, p.expr(), length)
		} else {
			args = append(args, lit("1"), enc(-1, "cast", length, builtinType("int4")))
		}
	case p.take("similar"):
		pattern := p.expr()
		p.expect("escape")
		args = append(args, pattern, p.expr())
	default:
		return plainCall(pos, "substring", args)
	}
	return pgCall(pos, "substring", args...)
}

// plainArgs parses possibly no, possibly named arguments up to the parenthesis.
func (p *parser) plainArgs() []*rope {
	if p.isPunct(")") {
		return nil
	}
	return commaList(p, p.funcArg)
}

func plainCall(pos int, name string, args []*rope) *rope {
	return &rope{text: quoteIdent(name) + "(", pos: pos, kids: []*rope{list(args), closeParen}, kind: callRope}
}

// builtinType is the encoding of a type without modifiers in pg_catalog.
func builtinType(name string) *rope {
	return enc(-1, "type", enc(-1, "name", str("pg_catalog"), str(name)))
}
