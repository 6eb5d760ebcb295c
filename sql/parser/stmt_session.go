package parser

import (
	"strconv"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// showLists are the words after SHOW that list objects; none is the name of a
// parameter of PostgreSQL.
var showLists = wordSet(`sources tables views sinks indexes schemas databases connections secrets jobs functions
objects roles subscriptions cursors`)

func (p *parser) show() ast.Statement {
	s := &ast.Show{Loc: p.loc()}
	p.i++
	switch {
	case p.takeWords("time", "zone"):
		s.Name = "timezone"
	case p.takeWords("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	case p.takeWords("session", "authorization"):
		s.Name = "session_authorization"
	case p.takeWords("materialized", "views"):
		s.What = "materialized views"
		p.showFilter(s)
	case p.isWords("create") && p.peek(1).isName():
		p.i++
		p.showCreate(s)
	case p.isAny("columns", "indexes") && (p.nextIs("from") || p.nextIs("in")):
		s.What = p.advance().text
		p.i++
		n := p.objectName()
		s.Object = &n
		p.showLike(s)
	case p.cur().kind == tokWord && showLists[p.cur().text] && !p.nextPunct("."):
		s.What = p.advance().text
		p.showFilter(s)
	case p.take("all"):
		s.Name = "all"
	default:
		s.Name = p.variable()
	}
	return s
}

func (p *parser) showFilter(s *ast.Show) {
	if p.take("from") || p.take("in") {
		s.Schema = p.colID()
	}
	p.showLike(s)
}

func (p *parser) showLike(s *ast.Show) {
	if p.take("like") {
		s.Like = p.str()
	}
}

func (p *parser) showCreate(s *ast.Show) {
	s.What = "create"
	if p.takeWords("materialized", "view") {
		s.Kind = ast.KindMaterializedView
	} else {
		if !p.isAny("source", "table", "view", "sink", "index") {
			p.unexpected()
		}
		s.Kind = ast.ObjectKind(p.advance().text)
	}
	n := p.objectName()
	s.Object = &n
}

// variable is a parameter's possibly dotted name; case does not matter in it.
func (p *parser) variable() string {
	name := p.colID()
	for p.takePunct(".") {
		name += "." + p.colID()
	}
	return foldASCII(name)
}

// isParameter says that the word is not one of SET's own, but a parameter's name.
func (p *parser) isParameter() bool {
	return p.nextIs("to") || p.peek(1).op("=") || p.nextPunct(".")
}

func (p *parser) set() ast.Statement {
	s := &ast.Set{Loc: p.loc()}
	p.i++
	switch {
	case p.is("local") && !p.isParameter():
		p.i++
		s.Scope = ast.SetLocal
	case p.is("session") && !p.nextIs("authorization") && !p.isWords("session", "characteristics", "as") && !p.isParameter():
		p.i++
	}
	switch {
	case p.takeWords("session", "characteristics", "as"):
		p.expect("transaction")
		return &ast.SetTransaction{Loc: s.Loc, Session: true, Modes: p.someModes()}
	case p.is("transaction") && !p.isParameter():
		p.i++
		if p.is("snapshot") {
			unsupported(p.pos(), "SET TRANSACTION SNAPSHOT is")
		}
		return &ast.SetTransaction{Loc: s.Loc, Modes: p.someModes()}
	case p.takeWords("time", "zone"):
		s.Name = "timezone"
		p.setTimeZone(s)
	case p.is("names") && !p.isParameter():
		p.i++
		s.Name = "client_encoding"
		p.setEncoding(s)
	case p.is("schema") && p.peek(1).kind == tokStr:
		p.i++
		s.Name, s.Values = "search_path", []*ast.Const{p.setValue()}
	case p.is("role") && p.peek(1).isName() && !p.nextIs("to") || p.is("role") && p.peek(1).kind == tokStr:
		p.i++
		s.Name, s.Values = "role", []*ast.Const{p.setWord()}
	case p.takeWords("session", "authorization"):
		s.Name = "session_authorization"
		if s.Default = p.take("default"); !s.Default {
			s.Values = []*ast.Const{p.setWord()}
		}
	case p.is("constraints") && !p.isParameter(), p.isWords("xml", "option"):
		unsupported(p.pos(), "SET "+upper(p.cur().text)+" is")
	default:
		s.Name = p.variable()
		p.setAssigned(s)
	}
	return s
}

func (p *parser) setAssigned(s *ast.Set) {
	if p.isWords("from", "current") {
		unsupported(p.pos(), "SET FROM CURRENT is")
	}
	if !p.takeOp("=") && !p.take("to") {
		p.unexpected()
	}
	if p.take("default") {
		s.Default = true
		return
	}
	s.Values = commaList(p, p.setValue)
}

// setEncoding parses a string, DEFAULT or nothing, which also means the default.
func (p *parser) setEncoding(s *ast.Set) {
	if p.take("default") || p.cur().kind == tokEOF || p.isPunct(";") {
		s.Default = true
		return
	}
	at := p.loc()
	s.Values = []*ast.Const{{Loc: at, Kind: ast.ConstString, Text: p.str()}}
}

// setWord is a role: a string or a word that is not reserved.
func (p *parser) setWord() *ast.Const {
	t := p.cur()
	if t.kind != tokStr && !t.isUnreserved() {
		p.unexpected()
	}
	p.i++
	return &ast.Const{Loc: ast.Loc(t.pos), Kind: ast.ConstString, Text: t.text}
}

func (p *parser) setTimeZone(s *ast.Set) {
	switch {
	case p.take("default") || p.take("local"):
		s.Default = true
	case p.is("interval"):
		loc := p.loc()
		t := p.simpleType(true)
		text := p.str()
		p.intervalFields(t)
		switch t.IntervalFields {
		case "", "hour", "hour to minute":
		default:
			fail(pgerr.New(pgerr.SyntaxError, "time zone interval must be HOUR or HOUR TO MINUTE").At(int(loc)))
		}
		s.Values = []*ast.Const{{Loc: loc, Kind: ast.ConstString, Text: "INTERVAL '" + text + "'"}}
	default:
		s.Values = []*ast.Const{p.setValue()}
	}
}

// setValue parses a value of SET: a word counts as a string.
func (p *parser) setValue() *ast.Const {
	t := p.cur()
	c := &ast.Const{Loc: ast.Loc(t.pos), Kind: ast.ConstString}
	sign := ""
	if t.op("-") || t.op("+") {
		p.i++
		if t.text == "-" {
			sign = "-"
		}
		if t = p.cur(); t.kind != tokInt && t.kind != tokNum {
			p.unexpected()
		}
	}
	switch {
	case t.kind == tokInt || t.kind == tokNum:
		c.Kind, c.Text = ast.ConstNumeric, sign+t.text
		if n, err := strconv.ParseInt(c.Text, 10, 64); err == nil {
			c.Kind, c.Int = ast.ConstInt, n
		}
	case t.kind == tokStr, t.isUnreserved(), t.word("on"), t.word("true"), t.word("false"):
		c.Text = t.text
	default:
		p.unexpected()
	}
	p.i++
	return c
}

func (p *parser) reset() ast.Statement {
	s := &ast.Set{Loc: p.loc(), Default: true, FromReset: true}
	p.i++
	switch {
	case p.take("all"):
		s.Name = "all"
	case p.takeWords("time", "zone"):
		s.Name = "timezone"
	case p.takeWords("transaction", "isolation", "level"):
		s.Name = "transaction_isolation"
	case p.takeWords("session", "authorization"):
		s.Name = "session_authorization"
	default:
		s.Name = p.variable()
	}
	return s
}

func (p *parser) discard() ast.Statement {
	s := &ast.Discard{Loc: p.loc()}
	p.i++
	if !p.isAny("all", "plans", "sequences", "temp", "temporary") {
		p.unexpected()
	}
	if s.What = p.advance().text; s.What == "temporary" {
		s.What = "temp"
	}
	return s
}
