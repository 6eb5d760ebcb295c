package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
)

func (p *parser) prepare() ast.Statement {
	p.enter()
	defer p.leave()
	s := &ast.Prepare{Loc: p.loc()}
	p.i++
	if p.is("transaction") && p.peek(1).kind == tokStr {
		unsupported(p.pos(), "two-phase commit is")
	}
	s.Name = p.colID()
	if p.isPunct("(") {
		s.Types = parenthesised(p, p.typeName)
	}
	p.expect("as")
	s.TextStart = p.pos()
	at := p.cur()
	s.Stmt = p.stmt()
	switch s.Stmt.(type) {
	case *ast.Select, *ast.Insert, *ast.Update, *ast.Delete:
	default:
		p.unexpectedToken(at)
	}
	s.Text = p.src[s.TextStart:p.lastEnd()]
	return s
}

func (p *parser) execute() ast.Statement {
	s := &ast.Execute{Loc: p.loc()}
	p.i++
	s.Name = p.colID()
	if p.isPunct("(") {
		s.Args = p.decodeExprs(parenthesised(p, p.expr))
	}
	return s
}

func (p *parser) deallocate() ast.Statement {
	s := &ast.Deallocate{Loc: p.loc()}
	p.i++
	if p.is("prepare") && p.peek(1).isName() {
		p.i++
	}
	if s.All = p.take("all"); !s.All {
		s.Name = p.colID()
	}
	return s
}

func (p *parser) declare() ast.Statement {
	s := &ast.DeclareCursor{Loc: p.loc()}
	p.i++
	s.Name = p.colID()
	for more := true; more; {
		switch {
		case p.take("binary"):
			s.Binary = true
		case p.take("scroll"):
			s.Scroll = true
		case p.take("no"):
			p.expect("scroll")
			s.NoScroll = true
		case p.take("insensitive"):
			s.Insensitive = true
		case p.take("asensitive"):
			s.Asensitive = true
		default:
			more = false
		}
	}
	p.expect("cursor")
	if s.Hold = p.take("with"); s.Hold || p.take("without") {
		p.expect("hold")
	}
	p.expect("for")
	if p.is("subscribe") {
		unsupported(p.pos(), "SUBSCRIBE is")
	}
	s.TextStart = p.pos()
	s.Query = p.decodeQuery(p.query())
	s.Text = p.src[s.TextStart:p.lastEnd()]
	return s
}

// fetch parses FETCH and MOVE.
func (p *parser) fetch() ast.Statement {
	s := &ast.Fetch{Loc: p.loc(), Count: 1}
	s.Move = p.advance().text == "move"
	switch {
	case p.isCursorName():
	case p.take("next"):
	case p.take("prior"):
		s.Direction = ast.FetchBackward
	case p.take("first"):
		s.Direction = ast.FetchAbsolute
	case p.take("last"):
		s.Direction, s.Count = ast.FetchAbsolute, -1
	case p.take("absolute"):
		s.Direction, s.Count = ast.FetchAbsolute, p.signedInt()
	case p.take("relative"):
		s.Direction, s.Count = ast.FetchRelative, p.signedInt()
	case p.take("all"):
		s.All = true
	case p.is("forward"), p.is("backward"):
		if p.advance().text == "backward" {
			s.Direction = ast.FetchBackward
		}
		p.fetchCount(s)
	default:
		s.Count = p.signedInt()
	}
	if s.All {
		s.Count = 0
	}
	if !p.take("from") {
		p.take("in")
	}
	s.Cursor = p.colID()
	return s
}

// isCursorName says that the statement is just FETCH name, even if the name is a
// word such as next.
func (p *parser) isCursorName() bool {
	return p.is("from") || p.is("in") || p.cur().isColID() && (p.peek(1).kind == tokEOF || p.nextPunct(";") ||
		p.cur().kind != tokWord || !fetchWords[p.cur().text])
}

var fetchWords = wordSet("next prior first last absolute relative forward backward")

func (p *parser) fetchCount(s *ast.Fetch) {
	switch t := p.cur(); {
	case p.take("all"):
		s.All = true
	case t.kind == tokInt || t.op("-") || t.op("+"):
		s.Count = p.signedInt()
	}
}

func (p *parser) signedInt() int64 {
	if p.takeOp("-") {
		return int64(-p.int())
	}
	p.takeOp("+")
	return int64(p.int())
}

func (p *parser) closeCursor() ast.Statement {
	s := &ast.CloseCursor{Loc: p.loc()}
	p.i++
	if s.All = p.take("all"); !s.All {
		s.Name = p.colID()
	}
	return s
}

func (p *parser) copy() ast.Statement {
	s := &ast.Copy{Loc: p.loc()}
	p.i++
	p.copySubject(s)
	switch {
	case p.take("from"):
		if s.Query != nil {
			p.i--
			p.unexpected()
		}
		s.From = true
	default:
		p.expect("to")
	}
	s.Program = p.take("program")
	switch {
	case p.cur().kind == tokStr:
		s.File = p.str()
	case !s.Program && p.isAny("stdin", "stdout"):
		p.i++
	default:
		p.unexpected()
	}
	p.take("with")
	if p.isPunct("(") {
		s.Options = parenthesised(p, p.copyOption)
	} else {
		p.copyWords(s)
	}
	if s.From && p.take("where") {
		s.Where = p.scalar()
	}
	return s
}

func (p *parser) copySubject(s *ast.Copy) {
	if p.isPunct("(") {
		if p.nextIs("subscribe") {
			unsupported(p.pos()+1, "SUBSCRIBE is")
		}
		if !p.queryParens[p.i] {
			p.i++
			if p.isAny("insert", "update", "delete", "merge") {
				unsupportedBut(p.pos(), "COPY of a data-modifying statement is", "Send the statement by itself: its RETURNING gives the rows.")
			}
			p.unexpected()
		}
		s.Query = p.decodeQuery(p.parenQuery())
		return
	}
	n := p.objectName()
	s.Table = &ast.TableRef{Loc: n.Loc, Catalog: n.Catalog, Schema: n.Schema, Name: n.Name}
	if p.isPunct("(") {
		s.Columns = parenthesised(p, p.ident)
	}
}

// copyOption parses an option in parentheses: a name and perhaps a value, * or a
// list of names, which is joined with commas.
func (p *parser) copyOption() *ast.Option {
	o := &ast.Option{Loc: p.loc(), Name: p.label()}
	switch {
	case p.isPunct(",") || p.isPunct(")"):
	case p.takeOp("*"):
		o.Value, o.Kind = "*", ast.ConstString
	case p.isPunct("("):
		o.Value, o.Kind = strings.Join(parenthesised(p, p.colID), ","), ast.ConstString
	default:
		p.wordValue(o)
	}
	return o
}

// copyWords parses the options of the time before parentheses.
func (p *parser) copyWords(s *ast.Copy) {
	for {
		o := &ast.Option{Loc: p.loc()}
		switch {
		case p.isAny("csv", "binary"):
			o.Name, o.Value, o.Kind = "format", p.advance().text, ast.ConstString
		case p.isWords("force", "quote"), p.isWords("force", "null"), p.isWords("force", "not", "null"):
			unsupported(p.pos(), "FORCE in COPY is")
		case p.is("header"), p.is("freeze"):
			o.Name = p.advance().text
		case p.isAny("delimiter", "null", "quote", "escape", "encoding"):
			o.Name = p.advance().text
			p.take("as")
			o.Value, o.Kind = p.str(), ast.ConstString
		default:
			return
		}
		s.Options = append(s.Options, o)
	}
}
