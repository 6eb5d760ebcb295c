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
	items := parenthesised(p, func() *rope {
		item, text := p.indexItem()
		s.Texts = append(s.Texts, text)
		return item
	})
	if p.take("include") {
		s.Include = parenthesised(p, p.includedColumn)
	}
	s.NullsEqual = p.nullsEqual()
	if p.isAny("with", "tablespace") {
		unsupported(p.pos(), upper(p.cur().text)+" in CREATE INDEX is")
	}
	if p.take("where") {
		s.Where, s.WhereText = p.written(p.expr)
	}
	s.Columns = p.decodeItems(int(loc), items)
	return s
}

// decodeItems gives the trees of the columns of an index.
func (p *parser) decodeItems(pos int, items []*rope) []*ast.SortBy {
	return p.decodeQuery(&query{pos: pos, body: cat(-1, lit("SELECT 1")), orderBy: items}).OrderBy
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
// index_elem. text is how it is written, but for its order.
func (p *parser) indexItem() (item *rope, text string) {
	var e *rope
	start := p.pos()
	if p.takePunct("(") {
		e = p.expr()
		p.expectPunct(")")
	} else if e = p.tableFunction(); e == nil {
		e = column(start, []string{p.colID()})
	}
	text = p.src[start:p.lastEnd()]
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
	return enc(e.pos, "sort", e, str(dir), str(p.nullsOrder())), text
}
