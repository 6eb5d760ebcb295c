package parser

import "github.com/tarndb/tarn/sql/pgerr"

// primary parses c_expr: an operand and its subscripts and fields.
func (p *parser) primary() *rope {
	t := p.cur()
	pos := p.pos()
	switch t.kind {
	case tokInt:
		p.i++
		return &rope{text: t.text, pos: pos}
	case tokNum:
		p.i++
		return enc(pos, "num", str(t.text))
	case tokStr:
		p.i++
		return &rope{text: quoteString(t.text), pos: pos}
	case tokBits:
		p.i++
		return enc(pos, "bits", str(t.text))
	case tokParam:
		return p.indirection(p.param(), nil)
	case tokQuoted:
		return p.named()
	case tokWord:
		return p.wordPrimary(t)
	case tokPunct:
		if t.text == "(" {
			return p.parenPrimary()
		}
	}
	p.unexpected()
	return nil
}

func (p *parser) param() *rope {
	t := p.advance()
	n := 0
	for _, c := range t.text {
		if n = n*10 + int(c-'0'); n > maxParams {
			break
		}
	}
	if n < 1 || n > maxParams {
		fail(pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%s", t.text).At(int(t.pos)))
	}
	p.numParams = max(p.numParams, n)
	return enc(int(t.pos), "param", intLit(n))
}

// parenPrimary parses (query), (expr) and (row, ...).
func (p *parser) parenPrimary() *rope {
	pos := p.pos()
	if p.queryParens[p.i] {
		return p.indirection(p.scalarSubquery(), nil)
	}
	p.i++
	items := p.exprList()
	p.expectPunct(")")
	if len(items) > 1 {
		return p.rowOverlaps(pos, "row", items)
	}
	return p.indirection(cat(-1, items[0]), nil)
}

// scalarSubquery is a query in parentheses as an operand.
func (p *parser) scalarSubquery() *rope {
	pos := p.pos()
	return enc(pos, "scalar", p.subquery())
}

// rowOverlaps finishes a row constructor, whose only own operator is OVERLAPS.
func (p *parser) rowOverlaps(pos int, name string, items []*rope) *rope {
	row := enc(pos, name, items...)
	row.kind = rowRope
	if !p.is("overlaps") {
		return row
	}
	opPos := p.pos()
	p.i++
	rightPos := p.pos()
	p.take("row")
	right := parenthesised(p, p.expr)
	if len(items) != 2 || len(right) != 2 {
		side, at := "right", rightPos
		if len(items) != 2 {
			side, at = "left", pos
		}
		fail(pgerr.New(pgerr.SyntaxError, "wrong number of parameters on %s side of OVERLAPS expression", side).At(at))
	}
	return pgCall(opPos, "overlaps", append(items, right...)...)
}

// indirection parses [subscript], .field and .* after an operand. Adjacent
// subscripts are one access to a multidimensional array.
func (p *parser) indirection(r *rope, subs []*rope) *rope {
	for n := 0; ; n++ {
		pos := p.pos()
		switch {
		case n > maxChain:
			p.tooComplex()
		case p.isPunct("["):
			for p.isPunct("[") {
				subs = append(subs, p.subscript())
			}
			r = enc(r.pos, "subscript", append([]*rope{r}, subs...)...)
			subs = nil
		case p.isPunct(".") && p.peek(1).op("*"):
			p.i += 2
			p.lastStar()
			return enc(pos, "fields", r)
		case p.takePunct("."):
			r = enc(pos, "field", r, str(p.label()))
		default:
			return r
		}
	}
}

func (p *parser) subscript() *rope {
	pos := p.pos()
	p.expectPunct("[")
	none := enc(-1, "none")
	low, high := none, none
	if !p.isPunct(":") {
		low = p.expr()
		if p.takePunct("]") {
			return enc(pos, "at", low)
		}
	}
	p.expectPunct(":")
	if !p.isPunct("]") {
		high = p.expr()
	}
	p.expectPunct("]")
	return enc(pos, "slice", low, high)
}
