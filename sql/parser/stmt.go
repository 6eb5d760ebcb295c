package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// stmt parses one command; each family has a file of its own.
func (p *parser) stmt() ast.Statement {
	t := p.cur()
	if t.punct("(") {
		return p.decodeQuery(p.query())
	}
	if t.kind != tokWord {
		p.unexpected()
	}
	if f, ok := statements[t.text]; ok {
		return f(p)
	}
	if t.text == "merge" {
		unsupportedBut(p.pos(), "MERGE is", mergeHint)
	}
	if foreign[t.text] {
		unsupported(p.pos(), upper(t.text)+" is")
	}
	p.unexpected()
	return nil
}

// statements maps the first word of a command to its rule. It is filled by init
// because the rules refer back to stmt.
var statements map[string]func(*parser) ast.Statement

func init() {
	selectStmt := func(p *parser) ast.Statement { return p.decodeQuery(p.query()) }
	statements = map[string]func(*parser) ast.Statement{
		"select": (*parser).selectStmt, "values": selectStmt, "table": selectStmt,
		"with": (*parser).withStmt, "insert": (*parser).insert, "update": (*parser).update,
		"delete": (*parser).deleteFrom, "truncate": (*parser).truncate,
		"create": (*parser).create, "drop": (*parser).drop, "alter": (*parser).alter, "comment": (*parser).comment,
		"show": (*parser).show, "set": (*parser).set, "reset": (*parser).reset, "discard": (*parser).discard,
		"begin": (*parser).begin, "start": (*parser).startTransaction, "commit": (*parser).commit,
		"end": (*parser).commit, "rollback": (*parser).rollback, "abort": (*parser).rollback,
		"savepoint": (*parser).savepoint, "release": (*parser).release,
		"explain": (*parser).explain, "prepare": (*parser).prepare, "execute": (*parser).execute,
		"deallocate": (*parser).deallocate, "declare": (*parser).declare, "fetch": (*parser).fetch,
		"move": (*parser).fetch, "close": (*parser).closeCursor, "copy": (*parser).copy,
		"listen": (*parser).listen, "unlisten": (*parser).listen, "notify": (*parser).listen,
		"flush": (*parser).flush,
	}
}

// foreign are the commands of PostgreSQL and of its streaming relatives that Tarn
// does not have, so that they get a better answer than a syntax error.
var foreign = wordSet(`analyze analyse call cancel checkpoint cluster describe do grant import load
lock pause reassign refresh reindex resume revoke security subscribe vacuum wait`)

func improperName(pos int, parts []string) *pgerr.Error {
	return pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s",
		strings.Join(parts, ".")).At(pos)
}

// anyName is a possibly qualified name.
func (p *parser) anyName() []string { return p.dotted(p.colID()) }

func (p *parser) ident() ast.Ident {
	pos := p.pos()
	return ast.Ident{Loc: ast.Loc(pos), Name: p.colID()}
}

func (p *parser) loc() ast.Loc { return ast.Loc(p.pos()) }

// scalar parses an expression inside a statement of our own.
func (p *parser) scalar() ast.Expr { return p.decodeExpr(p.expr()) }

func (p *parser) ifNotExists() bool {
	if !p.isWords("if", "not") {
		return false
	}
	p.i++
	p.expect("not", "exists")
	return true
}

// options parses (name = value, ...). A name is one or two words; in Tarn's own
// statements it is any number of them, or a string.
func (p *parser) options(own bool) []*ast.Option {
	return parenthesised(p, func() *ast.Option { return p.option(own) })
}

func (p *parser) option(own bool) *ast.Option {
	o := &ast.Option{Loc: p.loc()}
	switch {
	case own && p.cur().kind == tokStr:
		o.Name = p.str()
	case own:
		o.Name = strings.Join(p.dotted(p.label()), ".")
	default:
		if o.Name = p.label(); p.takePunct(".") {
			o.Name += "." + p.label()
		}
	}
	if p.takeOp("=") {
		p.definition(o)
	}
	return o
}

// definition parses the value of an option: gram.y's def_arg, of whose types only those
// that are one word are kept, as that word.
func (p *parser) definition(o *ast.Option) {
	t, next := p.cur(), p.peek(1)
	switch {
	case t.kind == tokOp && next.kind != tokInt && next.kind != tokNum:
		unsupported(p.pos(), "an operator as the value of an option is")
	case t.word("secret") && next.isName():
		unsupported(p.pos(), "SECRET is")
	case t.isUnreserved() && !t.word("none"):
		start := p.i
		if p.typeName(); p.i > start+1 {
			unsupported(t.at(), "a type of several words as the value of an option is")
		}
		p.i = start
	}
	p.optionValue(o)
}

func (p *parser) optionValue(o *ast.Option) {
	t := p.cur()
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
	case t.kind == tokStr:
		o.Kind = ast.ConstString
	case t.kind == tokInt:
		o.Kind = ast.ConstInt
	case t.kind == tokNum:
		o.Kind = ast.ConstNumeric
	case t.word("true") || t.word("false"):
		o.Kind = ast.ConstBool
	case t.isName():
		o.Kind = ast.ConstString
	default:
		p.unexpected()
	}
	o.Value = sign + t.text
	p.i++
}

// explain parses EXPLAIN in both its forms.
func (p *parser) explain() ast.Statement {
	p.enter()
	defer p.leave()
	s := &ast.Explain{Loc: p.loc()}
	p.i++
	if p.isPunct("(") && !p.queryParens[p.i] {
		s.Options = parenthesised(p, p.explainOption)
		for _, o := range s.Options {
			on := o.Value != "false" && o.Value != "off" && o.Value != "0"
			switch o.Name {
			case "analyze":
				s.Analyze = on
			case "verbose":
				s.Verbose = on
			}
		}
	} else {
		s.Analyze = p.take("analyze") || p.take("analyse")
		s.Verbose = p.take("verbose")
	}
	at := p.pos()
	s.Stmt = p.stmt()
	switch s.Stmt.(type) {
	case *ast.Select, *ast.Insert, *ast.Update, *ast.Delete, *ast.CreateView, *ast.CreateIndex, *ast.Execute,
		*ast.DeclareCursor, *ast.CreateTable, *ast.CreateSource:
		return s
	case *ast.CreateTableAs:
		unsupported(at, "EXPLAIN of CREATE TABLE AS is")
	}
	p.unexpectedToken(p.tokenAt(at))
	return nil
}

func (p *parser) tokenAt(pos int) *token {
	for i := range p.toks {
		if int(p.toks[i].pos) == pos {
			return &p.toks[i]
		}
	}
	return p.cur()
}

func (p *parser) explainOption() *ast.Option {
	if t := p.cur(); t.kind == tokWord && t.cat == catReserved && !p.isAny("analyze", "analyse") {
		p.unexpected()
	}
	o := &ast.Option{Loc: p.loc(), Name: p.label()}
	if o.Name == "analyse" {
		o.Name = "analyze"
	}
	if !p.isPunct(",") && !p.isPunct(")") {
		p.wordValue(o)
	}
	return o
}

// wordValue parses an option's value where no reserved word can be one.
func (p *parser) wordValue(o *ast.Option) {
	if t := p.cur(); t.kind == tokWord && t.cat == catReserved && !p.isAny("true", "false", "on") {
		p.unexpected()
	}
	p.optionValue(o)
}

func (p *parser) flush() ast.Statement {
	s := &ast.Flush{Loc: p.loc()}
	p.i++
	return s
}

func (p *parser) listen() ast.Statement {
	s := &ast.Listen{Loc: p.loc(), Verb: p.advance().text}
	if s.Verb == "unlisten" && p.takeOp("*") {
		return s
	}
	s.Name = p.colID()
	if s.Verb == "notify" && p.takePunct(",") {
		s.Payload = p.str()
	}
	return s
}
