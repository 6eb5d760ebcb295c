package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
)

func upper(s string) string { return strings.ToUpper(s) }

// wordPrimary parses an operand that starts with an unquoted word.
func (p *parser) wordPrimary(t *token) *rope {
	pos := int(t.pos)
	switch t.text {
	case "true", "false", "null":
		p.i++
		return &rope{text: upper(t.text), pos: pos}
	case "case":
		return p.caseExpr()
	case "array":
		return p.arrayPrimary()
	case "default":
		p.i++
		return enc(pos, "default")
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
		"current_user", "current_role", "user", "session_user", "current_catalog":
		return p.sqlValue()
	case "cast":
		return p.castCall()
	case "unique":
		unsupported(pos, "UNIQUE predicate is")
	}
	if t.cat == catReserved {
		p.unexpected()
	}
	if t.text == "current_schema" && !p.nextPunct("(") && !p.nextPunct(".") && p.peek(1).kind != tokStr {
		return p.sqlValue()
	}
	if t.cat == catColumn || t.text == "double" || t.text == "collation" {
		if r := p.specialForm(t); r != nil {
			return r
		}
	}
	return p.named()
}

// specialForm parses the operands that col_name keywords start when not used as
// a column's name, and gives nil for a plain name.
func (p *parser) specialForm(t *token) *rope {
	if p.isTypedLiteral() {
		return p.typedLiteral()
	}
	if t.text == "collation" {
		return p.collationFor()
	}
	if t.text == "double" || !p.nextPunct("(") {
		return nil
	}
	pos := int(t.pos)
	switch t.text {
	case "exists":
		p.i++
		if !p.queryParens[p.i] {
			p.i++
			p.unexpected()
		}
		return &rope{text: "(EXISTS ", pos: pos, kids: []*rope{p.subquery(), closeParen}}
	case "row":
		p.i++
		if p.nextPunct(")") {
			p.i += 2
			return enc(pos, "row_explicit")
		}
		return p.rowOverlaps(pos, "row_explicit", parenthesised(p, p.expr))
	case "coalesce", "greatest", "least", "grouping":
		p.i++
		r := enc(pos, t.text, parenthesised(p, p.expr)...)
		if t.text != "grouping" { // which can stand in no FROM
			r.kind = callRope
		}
		return r
	case "nullif":
		return p.nullIf()
	case "extract", "overlay", "position", "substring", "trim", "normalize", "treat":
		return p.specialCall(t)
	}
	if strings.HasPrefix(t.text, "xml") {
		unsupported(pos, upper(t.text)+" is")
	}
	// No function can have this name: the parenthesis is the error.
	p.i++
	p.unexpected()
	return nil
}

func (p *parser) nullIf() *rope {
	pos := p.pos()
	p.i++
	p.expectPunct("(")
	a := p.expr()
	p.expectPunct(",")
	b := p.expr()
	p.expectPunct(")")
	return enc(pos, "nullif", a, b)
}

func (p *parser) collationFor() *rope {
	if !p.nextIs("for") {
		return nil
	}
	pos := p.pos()
	p.i += 2
	p.expectPunct("(")
	arg := p.expr()
	p.expectPunct(")")
	return pgCall(pos, "pg_collation_for", arg)
}

func (p *parser) castCall() *rope {
	pos := p.pos()
	p.i++
	p.expectPunct("(")
	arg := p.expr()
	p.expect("as")
	typ := p.typeRope()
	p.expectPunct(")")
	return enc(pos, "cast", arg, typ)
}

func (p *parser) caseExpr() *rope {
	pos := p.pos()
	p.i++
	kids := []*rope{}
	simple := !p.is("when")
	if simple {
		kids = append(kids, lit(" "), p.expr())
	}
	if !p.is("when") {
		p.unexpected()
	}
	for p.is("when") {
		at := p.pos()
		p.i++
		cond := p.expr()
		if simple {
			cond = enc(at, "when", cond) // the place of the comparison
		}
		kids = append(kids, lit(" WHEN "), cond)
		p.expect("then")
		kids = append(kids, lit(" THEN "), p.expr())
	}
	if p.take("else") {
		kids = append(kids, lit(" ELSE "), p.expr())
	}
	p.expect("end")
	kids = append(kids, lit(" END"))
	return &rope{text: "CASE", pos: pos, kids: kids}
}

func (p *parser) arrayPrimary() *rope {
	pos := p.pos()
	p.i++
	if p.isPunct("(") && p.queryParens[p.i] {
		return enc(pos, "array_sub", p.subquery())
	}
	if p.isPunct("(") {
		for p.takePunct("(") {
		}
		p.unexpected()
	}
	return p.arrayBrackets(pos)
}

// arrayBrackets parses [...]: all elements are expressions, or all are brackets.
func (p *parser) arrayBrackets(pos int) *rope {
	p.enter()
	defer p.leave()
	p.expectPunct("[")
	if p.takePunct("]") {
		return enc(pos, "array")
	}
	item := p.expr
	if p.isPunct("[") {
		item = func() *rope { return p.arrayBrackets(p.pos()) }
	}
	items := commaList(p, item)
	p.expectPunct("]")
	return enc(pos, "array", items...)
}

func (p *parser) sqlValue() *rope {
	t := p.advance()
	args := []*rope{str(t.text)}
	switch t.text {
	case "current_time", "current_timestamp", "localtime", "localtimestamp":
		if p.takePunct("(") {
			args = append(args, intLit(p.int()))
			p.expectPunct(")")
		}
	}
	r := enc(int(t.pos), "sql_value", args...)
	r.kind = callRope
	return r
}

// named parses an operand that starts with a name: a column, a function call or a
// literal of a named type.
func (p *parser) named() *rope {
	t := p.cur()
	pos, start := int(t.pos), p.i
	if !t.isColID() && !t.isFuncName() {
		p.unexpected()
	}
	names := []string{p.advance().text}
	for p.isPunct(".") && p.peek(1).isName() {
		p.i++
		names = append(names, p.advance().text)
	}
	isFunc := len(names) > 1 && t.isColID() || len(names) == 1 && t.isFuncName()
	switch {
	case p.isPunct("(") && isFunc:
		if r := p.literalOfTypeWithMods(start); r != nil {
			return r
		}
		return p.call(pos, names)
	case p.cur().kind == tokStr && isFunc:
		p.i = start
		return p.typedLiteral()
	case !t.isColID():
		p.unexpected()
	}
	if p.isPunct(".") && p.peek(1).op("*") {
		p.i += 2
		p.lastStar()
		return enc(pos, "star", strs(names)...)
	}
	return p.indirection(column(pos, names), nil)
}

// lastStar refuses subscripts and fields behind .*, which gram.y notices when it has
// read all of them.
func (p *parser) lastStar() {
	if !p.isPunct(".") && !p.isPunct("[") {
		return
	}
	for p.isPunct(".") || p.isPunct("[") {
		if p.isPunct("[") {
			p.subscript()
		} else if p.i++; !p.takeOp("*") {
			p.label()
		}
	}
	t, near := p.cur(), "at end of input"
	if t.kind != tokEOF {
		near = `at or near "` + p.src[t.pos:t.end] + `"`
	}
	fail(pgerr.New(pgerr.SyntaxError, `improper use of "*" %s`, near).At(t.at()))
}

func column(pos int, names []string) *rope {
	if len(names) > 3 {
		return enc(pos, "col", strs(names)...)
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteIdent(n)
	}
	return &rope{text: strings.Join(quoted, "."), pos: pos}
}

// literalOfTypeWithMods recognises name(...) 'text', which differs from a call
// only after the closing parenthesis, and parses it from token start again.
func (p *parser) literalOfTypeWithMods(start int) *rope {
	if first := p.peek(1); first.punct(")") || first.op("*") || first.word("distinct") || first.word("all") {
		return nil
	}
	n := p.i
	for depth := 0; ; n++ {
		switch t := &p.toks[n]; {
		case t.kind == tokEOF:
			return nil
		case t.punct("("):
			if depth++; depth > 1 {
				return nil // no type modifier holds parentheses
			}
		case t.punct(")"):
			if p.toks[n+1].kind != tokStr {
				return nil
			}
			p.i = start
			return p.typedLiteral()
		}
	}
}

// checkSchema keeps the encodings' schema out of the user's reach, and names that
// TiDB cannot carry.
func checkSchema(pos int, schema string) {
	if schema == astSchema {
		fail(pgerr.New(pgerr.ReservedName, `schema name "%s" is reserved`, schema).At(pos))
	}
	if strings.HasSuffix(schema, " ") {
		unsupported(pos, "schema names that end in a space are")
	}
}
