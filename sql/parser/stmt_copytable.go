package parser

import (
	"slices"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// createTableAs parses CREATE TABLE AS, behind CREATE TABLE; nil if it is none.
func (p *parser) createTableAs(loc ast.Loc, temporary bool) ast.Statement {
	start := p.i
	s := &ast.CreateTableAs{Loc: loc, Temporary: temporary, IfNotExists: p.ifNotExists()}
	s.Name = p.objectName()
	if p.onlyNames() {
		s.Columns = parenthesised(p, p.ident)
	}
	if !p.take("as") {
		p.i = start
		return nil
	}
	if p.is("execute") {
		unsupported(p.pos(), "CREATE TABLE AS EXECUTE is")
	}
	q := p.query()
	switch {
	case p.takeWords("with", "data"):
	case p.takeWords("with", "no", "data"):
		s.NoData = true
	}
	s.Query = p.decodeQuery(q)
	return s
}

// onlyNames reports a list of mere names before AS, which belongs to CREATE TABLE AS.
func (p *parser) onlyNames() bool {
	n := 1
	for p.peek(n).isColID() && p.peek(n+1).punct(",") {
		n += 2
	}
	return p.isPunct("(") && p.peek(n).isColID() && p.peek(n+1).punct(")") && p.peek(n+2).word("as")
}

// selectStmt parses a query, which may be a SELECT INTO.
func (p *parser) selectStmt() ast.Statement {
	loc := p.loc()
	p.mayInto, p.into = true, nil
	q := p.decodeQuery(p.query())
	p.mayInto = false
	if p.into == nil {
		return q
	}
	p.into.Loc, p.into.Query = loc, q
	return p.into
}

// selectInto parses INTO behind the targets of a SELECT; may says that it is where
// INTO can be.
func (p *parser) selectInto(may bool) {
	if !p.take("into") {
		return
	}
	s := &ast.CreateTableAs{}
	if s.Temporary = p.isAny("temp", "temporary"); s.Temporary {
		p.i++
	} else {
		p.take("unlogged")
	}
	p.take("table")
	at := p.pos()
	s.Name = p.objectName()
	if !may {
		p.later(pgerr.New(pgerr.SyntaxError, "SELECT ... INTO is not allowed here").At(at))
		return
	}
	p.into = s
}

// like parses LIKE of a list of columns, before which there are some.
func (p *parser) like(before int) *ast.TableLike {
	l := &ast.TableLike{Loc: p.loc(), Before: before}
	p.i++
	l.Name = p.objectName()
	in := map[string]bool{}
	for p.isAny("including", "excluding") {
		including := p.advance().text == "including"
		parts := ast.LikeParts
		if !p.is("all") {
			if !slices.Contains(parts, p.cur().text) || p.cur().kind != tokWord {
				p.unexpected()
			}
			parts = []string{p.cur().text}
		}
		p.i++
		for _, what := range parts {
			in[what] = including
		}
	}
	for _, what := range ast.LikeParts {
		if in[what] {
			l.Including = append(l.Including, what)
		}
	}
	return l
}
