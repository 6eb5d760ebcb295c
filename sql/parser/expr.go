package parser

import (
	"github.com/tarndb/tarn/sql/pgerr"
)

// Precedence levels, low to high, as in gram.y.
const (
	levelNone = iota
	levelOr
	levelAnd
	levelNot
	levelIs
	levelCompare
	levelMatch // BETWEEN IN LIKE ILIKE SIMILAR
	levelEscape
	levelOp // all operators without a level of their own, also as prefix
	levelAdd
	levelMul
	levelPower
	levelAt
	levelCollate
	levelUnary
	levelCast
)

// nativeOps are the operators emitted as themselves; TiDB gives them no other
// meaning. All others go through pg_ast.op.
var nativeOps = map[string]int{
	"<": levelCompare, ">": levelCompare, "=": levelCompare, "<=": levelCompare,
	">=": levelCompare, "<>": levelCompare,
	"+": levelAdd, "-": levelAdd, "*": levelMul, "/": levelMul, "%": levelMul,
}

// expr parses PostgreSQL's a_expr.
func (p *parser) expr() *rope { return p.exprAt(levelNone, false) }

// bExpr parses b_expr, the form without AND, NOT, IN, IS NULL and so on, which
// stands where those words would be ambiguous.
func (p *parser) bExpr() *rope { return p.exprAt(levelNone, true) }

func (p *parser) exprList() []*rope { return commaList(p, p.expr) }

// exprAt parses operators of at least level min by precedence climbing. PostgreSQL
// forbids a = b = c but allows a IS NULL = b: a non-associative operator that
// ended in an expression must not be followed by another one of its level, so
// closed remembers that level.
func (p *parser) exprAt(min int, restricted bool) *rope {
	p.enter()
	defer p.leave()
	left := p.prefixExpr(restricted)
	closed := levelNone
	for n := 0; ; n++ {
		level := p.infixLevel(restricted)
		if level == levelNone || level < min {
			return left
		}
		if level == closed {
			p.unexpected()
		}
		if p.depth == p.labelDepth && p.isLabel() {
			return left
		}
		if n > maxChain {
			p.tooComplex()
		}
		var open bool
		left, open = p.infixExpr(left, level, restricted)
		closed = levelNone
		if open {
			closed = level
		}
	}
}

// infixLevel is the level of the operator ahead, or levelNone.
func (p *parser) infixLevel(restricted bool) int {
	t := p.cur()
	switch t.kind {
	case tokOp:
		if l, ok := nativeOps[t.text]; ok {
			return l
		}
		if t.text == "^" {
			return levelPower
		}
		return levelOp
	case tokPunct:
		if t.text == "::" {
			return levelCast
		}
	case tokWord:
		return p.infixWordLevel(t, restricted)
	}
	return levelNone
}

func (p *parser) infixWordLevel(t *token, restricted bool) int {
	switch t.text {
	case "is":
		if restricted && !p.isDistinctAhead() {
			return levelNone
		}
		return levelIs
	case "operator":
		if p.nextPunct("(") || !restricted && p.endsAfter() {
			return levelOp
		}
		return levelNone
	}
	if restricted {
		return levelNone
	}
	switch t.text {
	case "or":
		return levelOr
	case "and":
		return levelAnd
	case "isnull", "notnull":
		return levelIs
	case "between", "in", "like", "ilike":
		return levelMatch
	case "similar":
		if p.depth != p.substringDepth || p.nextIs("to") {
			return levelMatch
		}
	case "not":
		if n := p.peek(1); n.word("between") || n.word("in") || n.word("like") || n.word("ilike") || n.word("similar") {
			return levelMatch
		}
	case "at":
		return levelAt
	case "collate":
		return levelCollate
	}
	return levelNone
}

func (p *parser) isDistinctAhead() bool {
	return p.nextIs("distinct") || p.nextIs("not") && p.peek(2).word("distinct")
}

// infixExpr parses what follows left; open says that the operator is
// non-associative and ended in an expression.
func (p *parser) infixExpr(left *rope, level int, restricted bool) (r *rope, open bool) {
	pos := p.pos()
	switch level {
	case levelOr:
		p.i++
		return infix(pos, left, " OR ", p.exprAt(levelAnd, false)), false
	case levelAnd:
		p.i++
		return infix(pos, left, " AND ", p.exprAt(levelNot, false)), false
	case levelIs:
		return p.isExpr(left, restricted)
	case levelMatch:
		return p.matchExpr(left)
	case levelAt:
		p.expect("at", "time", "zone")
		zone := p.exprAt(levelAt+1, false)
		return pgCall(pos, "timezone", zone, left), false
	case levelCollate:
		p.i++
		return enc(pos, "collate", append([]*rope{left}, strs(p.anyName())...)...), false
	case levelCast:
		p.i++
		return enc(pos, "cast", left, p.typeRope()), false
	}
	return p.operatorExpr(left, level, restricted)
}

// pgCall is a call of a function in pg_catalog that stands for special syntax.
func pgCall(pos int, name string, args ...*rope) *rope {
	return &rope{text: "`pg_catalog`.`" + name + "`(", pos: pos, kids: []*rope{list(args), closeParen}, kind: callRope}
}

func (p *parser) operatorExpr(left *rope, level int, restricted bool) (*rope, bool) {
	pos := p.pos()
	schema, op := p.operator()
	if !restricted {
		if r := p.anyAll(pos, left, schema, op); r != nil {
			return r, false
		}
	}
	right := p.exprAt(level+1, restricted)
	if _, ok := nativeOps[op]; ok && schema == "" {
		return infix(pos, left, " "+op+" ", right), level == levelCompare
	}
	return enc(pos, "op", str(schema), str(op), left, right), false
}

// operator parses an operator token or OPERATOR(schema.op).
func (p *parser) operator() (schema, op string) {
	if p.cur().kind == tokOp {
		return "", p.advance().text
	}
	p.expect("operator")
	p.expectPunct("(")
	for p.cur().isColID() {
		if schema != "" {
			unsupported(p.pos(), "cross-database operator references are")
		}
		schema = p.colID()
		p.expectPunct(".")
	}
	if p.cur().kind != tokOp {
		p.unexpected()
	}
	op = p.advance().text
	p.expectPunct(")")
	return schema, op
}

// anyAll parses ANY|SOME|ALL (array or subquery) after an operator, or gives nil.
func (p *parser) anyAll(pos int, left *rope, schema, op string) *rope {
	if !p.isAny("any", "some", "all") {
		return nil
	}
	name := "any"
	if p.advance().text == "all" {
		name = "all"
	}
	if p.queryParens[p.i] {
		return enc(pos, name+"_sub", str(schema), str(op), left, p.subquery())
	}
	p.expectPunct("(")
	arr := p.expr()
	p.expectPunct(")")
	return enc(pos, name, str(schema), str(op), left, arr)
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

// prefixExpr parses prefix operators and what they apply to.
func (p *parser) prefixExpr(restricted bool) *rope {
	t := p.cur()
	pos := p.pos()
	switch {
	case t.word("not") && !restricted:
		p.i++
		return prefixed(pos, "NOT", p.exprAt(levelNot, false))
	case t.word("default") && restricted:
		p.unexpected()
	case t.op("-") || t.op("+"):
		p.i++
		return prefixed(pos, t.text, p.exprAt(levelUnary, restricted))
	case t.kind == tokOp && isPrefixOp(t.text) || t.word("operator") && p.nextPunct("("):
		schema, op := p.operator()
		return enc(pos, "op", str(schema), str(op), p.exprAt(levelOp+1, restricted))
	}
	return p.primary()
}

// isPrefixOp excludes the operators that gram.y names one by one: only the
// generic ones may stand before an operand.
func isPrefixOp(op string) bool {
	_, native := nativeOps[op]
	return !native && op != "^"
}

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
