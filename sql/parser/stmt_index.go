package parser

import "github.com/tarndb/tarn/sql/ast"

func (p *parser) createIndex(loc ast.Loc) ast.Statement {
	s := &ast.CreateIndex{Loc: loc, Unique: p.take("unique")}
	p.expect("index")
	p.take("concurrently")
	s.IfNotExists = p.ifNotExists()
	if s.IfNotExists || !p.is("on") {
		s.Name = p.colID()
	}
	p.expect("on")
	s.Table = p.relationExpr().name()
	if p.take("using") && !p.take("btree") {
		unsupported(p.pos(), "USING "+p.cur().text+" in CREATE INDEX is")
	}
	items := parenthesised(p, p.indexItem)
	if p.take("include") {
		s.Include = parenthesised(p, p.includedColumn)
	}
	s.NullsEqual = p.nullsEqual()
	if p.isAny("where", "with", "tablespace") {
		unsupported(p.pos(), upper(p.cur().text)+" in CREATE INDEX is")
	}
	q := &query{pos: int(loc), body: cat(-1, lit("SELECT 1")), orderBy: items}
	s.Columns = p.decodeQuery(q).OrderBy
	return s
}

// includedColumn parses a column behind INCLUDE, where gram.y takes an index_elem.
func (p *parser) includedColumn() ast.Ident {
	if p.cur().isColID() && (p.nextPunct(",") || p.nextPunct(")")) {
		return p.ident()
	}
	pos := p.pos()
	p.indexItem()
	unsupported(pos, "more than a column in INCLUDE is")
	return ast.Ident{}
}

// indexItem parses a column, a call, or an expression in parentheses: gram.y's
// index_elem.
func (p *parser) indexItem() *rope {
	var e *rope
	if p.takePunct("(") {
		e = p.expr()
		p.expectPunct(")")
	} else if e = p.tableFunction(); e == nil {
		pos := p.pos()
		e = column(pos, []string{p.colID()})
	}
	if pos := p.pos(); p.take("collate") {
		e = enc(pos, "collate", append([]*rope{e}, strs(p.anyName())...)...)
	}
	if t := p.cur(); t.isColID() && !p.isWords("nulls", "first") && !p.isWords("nulls", "last") {
		unsupported(p.pos(), "an operator class is")
	}
	dir := ""
	if p.isAny("asc", "desc") {
		dir = p.advance().text
	}
	return enc(e.pos, "sort", e, str(dir), str(p.nullsOrder()))
}
