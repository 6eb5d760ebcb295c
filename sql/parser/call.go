package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
)

// call parses a function application after its name, with all that may follow:
// WITHIN GROUP, FILTER, OVER.
func (p *parser) call(pos int, names []string) *rope {
	fn, extra := p.application(pos, names)
	if p.cur().kind == tokStr && len(fn.kids[0].kids) > 0 && len(extra) == 0 {
		// A literal of a type: literalOfTypeWithMods takes those that the analysis does.
		p.i++
		p.later(pgerr.New(pgerr.SyntaxError, "type modifiers must be simple constants or identifiers").At(pos))
		return fn
	}
	if p.is("within") {
		extra = append(extra, p.withinGroup(fn, extra))
	}
	if p.take("filter") {
		p.expectPunct("(")
		p.expect("where")
		extra = append(extra, enc(-1, "filter", p.expr()))
		p.expectPunct(")")
	}
	if p.take("over") {
		extra = append(extra, enc(-1, "over", p.over()))
	}
	return finishCall(pos, fn, extra)
}

// withinGroup parses WITHIN GROUP (ORDER BY ...) after the call fn; extra is what the
// call has already.
func (p *parser) withinGroup(fn *rope, extra []*rope) *rope {
	pos := p.pos()
	p.expect("within", "group")
	p.expectPunct("(")
	out := enc(-1, "within", p.orderBy()...)
	p.expectPunct(")")
	for _, clause := range []struct{ name, text string }{{"order", "multiple ORDER BY clauses"}, {"distinct", "DISTINCT"}} {
		for _, x := range extra {
			if x.text == enc(-1, clause.name).text {
				fail(pgerr.New(pgerr.SyntaxError, "cannot use %s with WITHIN GROUP", clause.text).At(pos))
			}
		}
	}
	if args := fn.kids[0].kids; len(args) > 0 && args[len(args)-1].text == enc(-1, "variadic").text {
		fail(pgerr.New(pgerr.SyntaxError, "cannot use VARIADIC with WITHIN GROUP").At(pos))
	}
	return out
}

func finishCall(pos int, fn *rope, extra []*rope) *rope {
	if len(extra) == 0 {
		return fn
	}
	r := enc(pos, "agg", append([]*rope{fn}, extra...)...)
	r.kind = callRope
	return r
}

// windowlessCall is a call in FROM, where OVER and FILTER cannot stand.
func (p *parser) windowlessCall(pos int, names []string) *rope {
	fn, extra := p.application(pos, names)
	return finishCall(pos, fn, extra)
}

// application parses name(...) and gives the plain call and the encodings of what
// a plain call cannot say.
func (p *parser) application(pos int, names []string) (fn *rope, extra []*rope) {
	p.enter()
	defer p.leave()
	name := quoteIdent(names[len(names)-1])
	switch len(names) {
	case 1:
	case 2:
		checkSchema(pos, names[0])
		name = quoteIdent(names[0]) + "." + name
	case 3:
		unsupported(pos, "cross-database references are")
	default:
		fail(pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(names, ".")).At(pos))
	}
	args, extra := p.callArgs()
	return &rope{text: name + "(", pos: pos, kids: []*rope{list(args), closeParen}, kind: callRope}, extra
}

func (p *parser) callArgs() (args, extra []*rope) {
	p.expectPunct("(")
	plain := true // VARIADIC cannot follow ALL or DISTINCT
	switch {
	case p.takePunct(")"):
		return nil, nil
	case p.takeOp("*"):
		p.expectPunct(")")
		return nil, []*rope{enc(-1, "all")}
	case p.take("distinct"):
		extra = append(extra, enc(-1, "distinct"))
	case p.take("all"):
		plain = false
	}
	plain = plain && len(extra) == 0
	for {
		variadic := plain && p.take("variadic")
		arg := p.funcArg()
		if variadic {
			arg = enc(-1, "variadic", arg)
		}
		args = append(args, arg)
		if variadic || !p.takePunct(",") {
			break
		}
	}
	if p.is("order") {
		extra = append(extra, enc(-1, "order", p.orderBy()...))
	}
	p.expectPunct(")")
	return args, extra
}

// funcArg parses an argument: expr, name => expr or name := expr.
func (p *parser) funcArg() *rope {
	if t := p.cur(); t.isFuncName() && (p.nextPunct("=>") || p.nextPunct(":=")) {
		p.i += 2
		return enc(int(t.pos), "named", str(t.text), p.expr())
	}
	return p.expr()
}

// orderBy parses ORDER BY items.
func (p *parser) orderBy() []*rope {
	p.expect("order", "by")
	return commaList(p, p.sortItem)
}

func (p *parser) sortItem() *rope {
	e := p.expr()
	dir := ""
	switch {
	case p.take("asc"):
		dir = "asc"
	case p.take("desc"):
		dir = "desc"
	case p.take("using"):
		_, op := p.operator()
		dir = "using " + op
	}
	return enc(e.pos, "sort", e, str(dir), str(p.nullsOrder()))
}

func (p *parser) nullsOrder() string {
	if p.is("nulls") && (p.nextIs("first") || p.nextIs("last")) {
		p.i++
		return p.advance().text
	}
	return ""
}

// over parses what follows OVER.
func (p *parser) over() *rope {
	pos := p.pos()
	if p.isPunct("(") {
		return p.windowSpec(pos, "")
	}
	return enc(pos, "window", str(p.colID()), str(""))
}

// windowSpec parses (existing PARTITION BY ... ORDER BY ... frame).
func (p *parser) windowSpec(pos int, name string) *rope {
	p.expectPunct("(")
	ref := ""
	if p.cur().isColID() && !p.isWindowClause() {
		ref = p.colID()
	}
	args := []*rope{str(name), str(ref)}
	if p.take("partition") {
		p.expect("by")
		args = append(args, enc(-1, "partition", p.exprList()...))
	}
	if p.is("order") {
		args = append(args, enc(-1, "order", p.orderBy()...))
	}
	if p.isAny("rows", "range", "groups") {
		args = append(args, p.frame())
	}
	p.expectPunct(")")
	return enc(pos, "window", args...)
}

func (p *parser) isWindowClause() bool {
	return p.is("partition") || p.isAny("rows", "range", "groups")
}

func (p *parser) frame() *rope {
	pos := p.pos()
	mode := p.advance().text
	var start, end frameBound
	if p.isBetween() {
		p.i++
		start = p.frameBound()
		p.expect("and")
		end = p.frameBound()
		checkFrame(start, end)
	} else {
		start = p.frameBound()
		checkFrame(start, frameBound{kind: "current row", pos: start.pos})
	}
	exclude := ""
	if p.take("exclude") {
		switch {
		case p.takeWords("current", "row"):
			exclude = "current row"
		case p.isAny("group", "ties"):
			exclude = p.advance().text
		default:
			p.expect("no", "others")
		}
	}
	args := []*rope{str(mode), str(exclude), start.text}
	if end.text != nil {
		args = append(args, end.text)
	}
	return enc(pos, "frame", args...)
}

// isBetween says that a frame begins with BETWEEN, and not with a column of that name,
// which gram.y takes the word for where no bound can begin behind it. Behind it
// another BETWEEN, LIKE and their kin are neither: they bind as strongly as it.
func (p *parser) isBetween() bool {
	if !p.is("between") {
		return false
	}
	next := p.peek(1)
	switch {
	case next.kind == tokPunct:
		return next.text == "("
	case next.kind == tokOp:
		return next.text == "-" || next.text == "+" || isPrefixOp(next.text)
	case next.kind != tokWord:
		return true
	}
	switch next.text {
	case "between", "like", "ilike", "similar":
		p.unexpectedToken(next)
	case "is", "isnull", "notnull", "and", "or", "in", "collate":
		return false
	case "not":
		word := p.peek(2)
		return word.kind != tokWord || !negatable[word.text]
	}
	return true
}

// frameBound is an end of a frame.
type frameBound struct {
	kind string
	pos  int
	text *rope // nil: the end was left out
}

// checkFrame refuses frames that end before they begin, however long the offsets are.
func checkFrame(start, end frameBound) {
	what, pos := "", end.pos
	switch {
	case start.kind == "unbounded following":
		what, pos = "frame start cannot be UNBOUNDED FOLLOWING", start.pos
	case end.kind == "unbounded preceding":
		what = "frame end cannot be UNBOUNDED PRECEDING"
	case start.kind == "current row" && end.kind == "preceding":
		what = "frame starting from current row cannot have preceding rows"
	case start.kind == "following" && end.kind == "current row" && end.text == nil:
		what = "frame starting from following row cannot end with current row"
	case start.kind == "following" && (end.kind == "preceding" || end.kind == "current row"):
		what = "frame starting from following row cannot have preceding rows"
	default:
		return
	}
	fail(pgerr.New(pgerr.WindowingError, "%s", what).At(pos))
}

func (p *parser) frameBound() frameBound {
	b := frameBound{pos: p.pos()}
	if p.takeWords("current", "row") {
		b.kind = "current row"
		b.text = enc(b.pos, "bound", str(b.kind))
		return b
	}
	var offset []*rope
	if p.is("unbounded") && (p.nextIs("preceding") || p.nextIs("following")) {
		p.i++
		b.kind = "unbounded "
	} else {
		offset = append(offset, p.expr())
	}
	if !p.isAny("preceding", "following") {
		p.unexpected()
	}
	b.kind += p.advance().text
	b.text = enc(b.pos, "bound", append([]*rope{str(b.kind)}, offset...)...)
	return b
}
