// Package parser turns SQL text in PostgreSQL's dialect into sql/ast.
//
// The way of a text: lexer (PostgreSQL's rules) -> grammar (recursive descent for
// statements and clauses, precedence climbing for expressions) -> for queries and
// expressions canonical MySQL text (emit.go) -> one parse by TiDB's grammar
// (tidb.go) -> decode into sql/ast, positions mapped back to the user's text.
// Statements other than queries are built directly; the queries and expressions
// inside them go the same way. TiDB's types never leave this package.
package parser

import (
	"strconv"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Limits on what one text may be. They bound memory (TiDB's parse takes up to
// 400 bytes per byte of text) and stack (everything downstream recurses).
const (
	maxTextBytes = 4 << 20
	maxNesting   = 600
	maxChain     = 50_000 // operators in one chain such as a AND b AND ...
	maxParams    = 65535  // the protocol counts parameters in 16 bits
)

// Statement is one command of a text.
type Statement struct {
	Node ast.Statement
	// Start and End delimit the command in the text given to Parse, without the
	// semicolon and without surrounding space.
	Start, End int
	// NumParams is the highest n of any $n in it.
	NumParams int
}

// Parse parses all commands of text. Empty commands are left out, so the result
// is empty for a text of spaces, comments and semicolons. On an error nothing is
// returned: like PostgreSQL, a text with a syntax error does nothing at all.
// Errors are *pgerr.Error, with Position filled. It may be called concurrently.
func Parse(text string) ([]Statement, error) {
	var out []Statement
	err := run(text, func(p *parser) {
		for {
			for p.takePunct(";") {
			}
			if p.cur().kind == tokEOF {
				return
			}
			out = append(out, p.statement())
			if p.cur().kind != tokEOF && !p.isPunct(";") {
				p.unexpected()
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ParseOne parses a text of at most one command, as the extended protocol's Parse
// message demands. An empty text gives *ast.Empty.
func ParseOne(text string) (Statement, error) {
	stmts, err := Parse(text)
	switch {
	case err != nil:
		return Statement{}, err
	case len(stmts) == 0:
		return Statement{Node: &ast.Empty{}}, nil
	case len(stmts) > 1:
		return Statement{}, pgerr.New(pgerr.SyntaxError, "cannot insert multiple commands into a prepared statement")
	}
	return stmts[0], nil
}

// ParseExpr parses a text that is one scalar expression.
func ParseExpr(text string) (ast.Expr, error) {
	var out ast.Expr
	err := run(text, func(p *parser) {
		r := p.expr()
		p.expectEOF()
		out = p.decodeExpr(r)
	})
	return out, err
}

// run lexes text, calls f and turns a bailout into an error located in text.
func run(text string, f func(*parser)) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bailout:
			err = r.err.Locate(text)
		default:
			panic(r)
		}
	}()
	if len(text) > maxTextBytes {
		fail(pgerr.New(pgerr.ProgramLimitExceeded, "statement text of %d bytes exceeds the limit of %d bytes",
			len(text), maxTextBytes).WithHint("Split the statement, or load the data with COPY."))
	}
	p := &parser{src: text}
	p.toks, p.lexError = lexAll(text)
	p.queryParens = findQueryParens(p.toks)
	f(p)
	if p.postponed != nil {
		fail(p.postponed)
	}
	return nil
}

// later keeps an error that PostgreSQL's analysis finds until the text has passed the
// grammar, whose errors come first.
func (p *parser) later(err *pgerr.Error) {
	if p.postponed == nil {
		p.postponed = err
	}
}

// parser is the state of one parse; it is used by one goroutine and thrown away.
type parser struct {
	src  string
	toks []token
	i    int
	// lexError is the error of the tokBad in toks, if there is one.
	lexError  *pgerr.Error
	postponed *pgerr.Error
	depth     int
	// The tokens from begunAt up to begunEnd are the beginning of words that go together.
	begunAt, begunEnd int
	// queryParens[i] says that token i is a parenthesis that encloses a query.
	queryParens []bool
	// labelDepth is the depth of the expression behind which a label may stand.
	labelDepth int
	// substringDepth is that of an argument behind which SIMILAR may stand without TO.
	substringDepth int
	numParams      int
	table          string // whose columns are being defined, for messages
	// mayInto says that the SELECT that comes next may have INTO, and into is its table.
	mayInto bool
	into    *ast.CreateTableAs
	changes map[ast.Loc]ast.Statement // the data changes in WITH, by the place of the WITH query
}

func (p *parser) statement() Statement {
	p.numParams = 0
	start := int(p.cur().pos)
	node := p.stmt()
	return Statement{Node: node, Start: start, End: p.lastEnd(), NumParams: p.numParams}
}

func (t *token) at() int             { return int(t.pos) }
func (t *token) word(s string) bool  { return t.kind == tokWord && t.text == s }
func (t *token) punct(s string) bool { return t.kind == tokPunct && t.text == s }
func (t *token) op(s string) bool    { return t.kind == tokOp && t.text == s }

// unsupported fails at pos: PostgreSQL has it, Tarn does not.
func unsupported(pos int, what string) { fail(notSupported(pos, what)) }

// unsupportedBut is unsupported with a hint of what does the same here.
func unsupportedBut(pos int, what, hint string) { fail(notSupported(pos, what).WithHint(hint)) }

func notSupported(pos int, what string) *pgerr.Error {
	return pgerr.New(pgerr.FeatureNotSupported, "%s not supported", what).At(pos)
}

// enter counts a level of nesting; every recursive rule defers leave.
func (p *parser) enter() {
	p.depth++
	if p.depth > maxNesting {
		p.tooComplex()
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) tooComplex() {
	fail(pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
		WithDetail("The statement nests deeper than %d levels or chains more than %d operators.", maxNesting, maxChain).
		At(p.pos()))
}

// colID is a name of a column, table or alias.
func (p *parser) colID() string {
	t := p.cur()
	if !t.isColID() {
		p.unexpected()
	}
	p.i++
	return t.text
}

func (t *token) isColID() bool {
	return t.kind == tokQuoted || t.kind == tokWord && (t.cat == catPlain || t.cat == catColumn)
}

// isFuncName is PostgreSQL's type_function_name.
func (t *token) isFuncName() bool {
	return t.kind == tokQuoted || t.kind == tokWord && (t.cat == catPlain || t.cat == catTypeFunc)
}

func (t *token) isName() bool {
	return t.kind == tokQuoted || t.kind == tokWord && t.cat != catPaired
}

// isUnreserved is gram.y's NonReservedWord.
func (t *token) isUnreserved() bool { return t.isName() && t.cat != catReserved }

// label is any word at all: after a dot or AS.
func (p *parser) label() string {
	t := p.cur()
	if !t.isName() {
		p.unexpected()
	}
	p.i++
	return t.text
}

// dotted is a name with more names after dots.
func (p *parser) dotted(first string) []string {
	names := []string{first}
	for p.takePunct(".") {
		names = append(names, p.label())
	}
	return names
}

func (p *parser) str() string {
	if p.cur().kind != tokStr {
		p.unexpected()
	}
	return p.advance().text
}

// int is gram.y's Iconst: to its lexer a number that does not fit int4 is none.
func (p *parser) int() int {
	t := p.cur()
	if t.kind != tokInt {
		p.unexpected()
	}
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		p.unexpected()
	}
	p.i++
	return int(n)
}

// parenthesised parses ( item, item, ... ).
func parenthesised[T any](p *parser, item func() T) []T {
	p.expectPunct("(")
	out := commaList(p, item)
	p.expectPunct(")")
	return out
}

func commaList[T any](p *parser, item func() T) []T {
	out := []T{item()}
	for p.takePunct(",") {
		out = append(out, item())
	}
	return out
}

// findQueryParens decides for every parenthesis whether it encloses a query, in
// one pass from the right, so that ((((select ... is not tried at each level. It
// does if a query's first word follows, or a parenthesis that encloses a query
// and is followed by something that only continues a query.
func findQueryParens(toks []token) []bool {
	out := make([]bool, len(toks))
	after := make([]int32, len(toks)) // for an open one: the token after its partner
	var stack []int32
	for i := range toks {
		switch t := &toks[i]; {
		case t.punct("("):
			stack = append(stack, int32(i))
		case t.punct(")") && len(stack) > 0:
			after[stack[len(stack)-1]] = int32(i + 1)
			stack = stack[:len(stack)-1]
		}
	}
	for i := len(toks) - 2; i >= 0; i-- {
		if !toks[i].punct("(") {
			continue
		}
		next := &toks[i+1]
		switch {
		case next.word("select") || next.word("with") || next.word("table"):
			out[i] = true
		case next.word("values"):
			out[i] = toks[i+2].punct("(")
		case next.punct("(") && out[i+1]:
			out[i] = continuesQuery(&toks[after[i+1]])
		}
	}
	return out
}

func continuesQuery(t *token) bool {
	if t.kind == tokWord {
		switch t.text {
		case "union", "intersect", "except", "order", "limit", "offset", "fetch", "for":
			return true
		}
	}
	return t.punct(")")
}
