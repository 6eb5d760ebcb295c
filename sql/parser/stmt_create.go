package parser

import (
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// create parses CREATE ... by what it creates.
func (p *parser) create() ast.Statement {
	loc := p.loc()
	p.i++
	orReplace := p.take("or")
	if orReplace {
		p.expect("replace")
	}
	at := p.pos()
	switch {
	case p.take("source"):
		s := &ast.CreateSource{Loc: loc, OrReplace: orReplace}
		p.relationBody(&s.Relation, true)
		return s
	case p.take("materialized"):
		p.expect("view")
		return p.createView(&ast.CreateView{Loc: loc, Materialized: true, OrReplace: orReplace})
	case p.take("view"):
		return p.createView(&ast.CreateView{Loc: loc, OrReplace: orReplace})
	case p.isAny("temp", "temporary") && (p.nextIs("view") || p.nextIs("recursive")), p.isWords("recursive", "view"):
		unsupported(at, upper(p.cur().text)+" VIEW is")
	case orReplace && !replaceable[p.cur().text]:
		p.unexpected()
	}
	switch {
	case p.is("table"), p.isAny("temp", "temporary", "unlogged") && p.nextIs("table"):
		return p.createTable(loc)
	case p.take("schema"):
		s := &ast.CreateSchema{Loc: loc, IfNotExists: p.ifNotExists()}
		s.Name = p.schemaName()
		return s
	case p.take("type"):
		return p.createType(loc)
	case p.isAny("index", "unique"):
		return p.createIndex(loc)
	case p.take("sequence"):
		return p.createSequence(loc)
	case p.cur().kind == tokWord:
		if createForeign[p.cur().text] || p.isWords("unlogged", "materialized") ||
			p.isWords("unlogged", "view") || p.isAny("temp", "temporary", "unlogged") && (p.nextIs("sequence") || p.nextIs("recursive")) {
			unsupported(at, "CREATE "+upper(p.cur().text)+" is")
		}
	}
	p.unexpected()
	return nil
}

// replaceable are the kinds of objects that Tarn does not have and that OR REPLACE is
// right for.
var replaceable = wordSet("aggregate function language procedure rule transform trigger trusted constraint")

// schemaName is the rest of CREATE SCHEMA: PostgreSQL takes an owner, and other
// commands, behind it.
func (p *parser) schemaName() string {
	if p.is("authorization") {
		unsupported(p.pos(), "CREATE SCHEMA AUTHORIZATION is")
	}
	name := p.colID()
	if p.isAny("authorization", "create", "grant") {
		unsupported(p.pos(), "CREATE SCHEMA with "+upper(p.cur().text)+" is")
	}
	return name
}

var createForeign = wordSet(`access aggregate cast collation connection conversion database domain event extension
foreign function global group language large local operator policy procedure publication role routine rule secret server
sink statistics subscription tablespace text transform trigger trusted user`)

func (p *parser) createView(s *ast.CreateView) ast.Statement {
	s.IfNotExists = p.ifNotExists()
	s.Name = p.objectName()
	if p.isPunct("(") {
		s.Columns = parenthesised(p, p.ident)
	}
	if s.Materialized && p.is("using") {
		unsupported(p.pos(), "USING in CREATE MATERIALIZED VIEW is")
	}
	if p.take("with") {
		s.With = p.options(false)
	}
	if s.Materialized && p.is("tablespace") {
		unsupported(p.pos(), "TABLESPACE in CREATE MATERIALIZED VIEW is")
	}
	p.expect("as")
	start := p.pos()
	q := p.query()
	s.QueryStart, s.QueryText = start, p.src[start:p.lastEnd()]
	switch {
	case s.Materialized && p.takeWords("with", "data"):
	case s.Materialized && p.takeWords("with", "no", "data"):
		s.WithNoData = true
	case p.is("with"):
		unsupported(p.pos(), "WITH CHECK OPTION is")
	}
	s.Query = p.decodeQuery(q)
	return s
}

func (p *parser) createTable(loc ast.Loc) ast.Statement {
	s := &ast.CreateTable{Loc: loc}
	if p.isAny("temp", "temporary") {
		s.Temporary = true
		p.i++
	} else {
		p.take("unlogged")
	}
	p.expect("table")
	if as := p.createTableAs(loc, s.Temporary); as != nil {
		return as
	}
	listed := p.relationBody(&s.Relation, false)
	s.AppendOnly = p.takeWords("append", "only")
	if s.AppendOnly && s.With == nil && s.Format == nil {
		p.relationTail(&s.Relation, true)
	}
	if r := &s.Relation; !listed && r.With == nil && r.Format == nil && r.Includes == nil && !p.isAny("as", "of", "partition", "using") {
		p.unexpected() // only a table that is fed from elsewhere can take its columns from there
	}
	p.takeWords("without", "oids")
	switch {
	case p.isAny("inherits", "partition", "using", "tablespace", "on", "of"):
		unsupported(p.pos(), upper(p.cur().text)+" in CREATE TABLE is")
	case p.is("as"):
		p.unexpected()
	}
	return s
}

// relationBody parses what CREATE TABLE and CREATE SOURCE share, from the name on, and
// says whether there was a list of columns. own says that the statement is Tarn's.
func (p *parser) relationBody(r *ast.Relation, own bool) (listed bool) {
	r.IfNotExists = p.ifNotExists()
	r.Name = p.objectName()
	p.table = r.Name.Name
	if listed = p.isPunct("("); listed {
		p.noColumnNames()
		p.i++
		if !p.takePunct(")") {
			commaList(p, func() struct{} { p.tableElement(r); return struct{}{} })
			p.expectPunct(")")
		}
	}
	p.relationTail(r, own)
	return listed
}

// createAs are the words with which CREATE TABLE AS goes on behind its names.
var createAs = wordSet("as on tablespace using with without")

// noColumnNames refuses a list of mere names, which belongs to CREATE TABLE AS.
func (p *parser) noColumnNames() {
	n := 1
	for p.peek(n).isColID() && p.peek(n+1).punct(",") {
		n += 2
	}
	switch {
	case n == 1 && !(p.peek(n).isColID() && p.peek(n+1).punct(")")):
		return
	case !p.peek(n).isColID():
		p.unexpectedToken(p.peek(n))
	case !p.peek(n + 1).punct(")"):
		p.unexpectedToken(p.peek(n + 1))
	}
	next := p.peek(n + 2)
	if next.kind == tokWord && createAs[next.text] {
		unsupported(next.at(), "CREATE TABLE AS is")
	}
	p.unexpectedToken(next)
}

// isFed says that the options ahead name a connector: then they are Tarn's own.
func (p *parser) isFed() bool {
	for n := 0; ; n++ {
		t := p.peek(n)
		if t.kind == tokEOF || t.punct(")") {
			return false
		}
		if t.text == "connector" && (t.isName() || t.kind == tokStr) && p.peek(n+1).op("=") {
			return true
		}
	}
}

// relationTail parses INCLUDE, WITH and FORMAT; own says that the statement is Tarn's.
func (p *parser) relationTail(r *ast.Relation, own bool) {
	for {
		switch {
		case p.is("include"):
			r.Includes = append(r.Includes, p.include())
		case p.is("with") && p.nextPunct("(") && r.With == nil:
			p.i++
			r.With = p.options(own || p.isFed())
		case p.is("format") && r.Format == nil:
			r.Format = p.format()
		default:
			return
		}
	}
}

func (p *parser) include() *ast.Include {
	inc := &ast.Include{Loc: p.loc()}
	p.i++
	at := p.pos()
	switch inc.What = p.label(); inc.What {
	case "key", "partition", "offset", "timestamp", "payload":
	case "header", "headers":
		inc.What = "headers"
		if p.cur().kind == tokStr {
			inc.Field = p.str()
		}
	default:
		fail(pgerr.New(pgerr.SyntaxError, `cannot include "%s"`, inc.What).
			WithHint("INCLUDE takes key, partition, offset, timestamp, headers or payload.").At(at))
	}
	if p.take("as") {
		inc.Alias = p.label()
	}
	return inc
}

func (p *parser) format() *ast.Format {
	f := &ast.Format{Loc: p.loc()}
	p.i++
	f.Format = foldASCII(p.label())
	if p.isPunct("(") {
		f.Options = p.options(true)
	}
	if p.take("encode") {
		f.Encode = foldASCII(p.label())
		if p.isPunct("(") {
			f.Options = append(f.Options, p.options(true)...)
		}
	}
	return f
}

// tableElement parses a column, constraint or watermark.
func (p *parser) tableElement(r *ast.Relation) {
	loc := p.loc()
	switch {
	case p.is("watermark") && p.nextIs("for"):
		p.i += 2
		w := &ast.Watermark{Loc: loc, Column: p.colID()}
		p.expect("as")
		w.Expr = p.scalar()
		r.Watermarks = append(r.Watermarks, w)
	case p.isAny("constraint", "primary", "unique", "check", "foreign", "exclude") && !p.isColumnNamed():
		p.tableConstraint(r)
		p.noAttributes()
	case p.is("like"):
		r.Likes = append(r.Likes, p.like(len(r.Columns)))
	case p.isOp("*"):
		unsupported(p.pos(), "* in a column list is")
	default:
		r.Columns = append(r.Columns, p.columnDef())
	}
}
