package parser

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

// negatable are the operators that NOT may stand before.
var negatable = wordSet("between in like ilike similar")

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
		if n := p.peek(1); n.kind == tokWord && negatable[n.text] {
			return levelMatch
		}
	case "at":
		return levelAt
	case "collate":
		return levelCollate
	}
	return levelNone
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
