package parser

import (
	"strconv"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (p *parser) createSequence(loc ast.Loc) ast.Statement {
	s := &ast.CreateSequence{Loc: loc, IfNotExists: p.ifNotExists()}
	s.Name = p.objectName()
	p.sequenceOptions(&s.Options)
	return s
}

// alterSequence parses ALTER SEQUENCE, behind these words.
func (p *parser) alterSequence(loc ast.Loc) ast.Statement {
	ifExists := p.ifExists()
	name := p.objectName()
	if p.is("rename") {
		return &ast.Alter{Loc: loc, Kind: ast.KindSequence, IfExists: ifExists, Name: name, Actions: []*ast.AlterAction{p.rename(ast.KindSequence)}}
	}
	s := &ast.AlterSequence{Loc: loc, IfExists: ifExists, Name: name}
	at := p.pos()
	p.sequenceOptions(&s.Options)
	switch {
	case p.pos() > at:
		return s
	case p.isAction():
		return &ast.Alter{Loc: loc, Kind: ast.KindSequence, IfExists: ifExists, Name: name, Actions: p.alterActions(ast.KindSequence)}
	}
	p.unexpected()
	return nil
}

func (p *parser) ifExists() bool {
	return p.takeWords("if", "exists")
}

// sequenceOptions parses what a sequence's statement, or an identity column, says.
func (p *parser) sequenceOptions(o *ast.SequenceOptions) {
	seen := map[string]bool{}
	for {
		at := p.pos()
		what := p.sequenceOption(o)
		if what == "" {
			return
		}
		if seen[what] {
			fail(pgerr.New(pgerr.SyntaxError, "conflicting or redundant options").At(at))
		}
		seen[what] = true
	}
}

// sequenceOption parses one option and says which; empty if there is none.
func (p *parser) sequenceOption(o *ast.SequenceOptions) string {
	yes, no := true, false
	switch {
	case p.take("as"):
		o.Type = p.typeName()
		return "as"
	case p.take("increment"):
		p.take("by")
		o.Increment = p.bigNumber()
		return "increment"
	case p.take("minvalue"):
		o.Min = p.bigNumber()
		return "minvalue"
	case p.takeWords("no", "minvalue"):
		o.NoMin = true
		return "minvalue"
	case p.take("maxvalue"):
		o.Max = p.bigNumber()
		return "maxvalue"
	case p.takeWords("no", "maxvalue"):
		o.NoMax = true
		return "maxvalue"
	case p.take("start"):
		p.take("with")
		o.Start = p.bigNumber()
		return "start"
	case p.take("restart"):
		o.Restart = true
		if p.take("with") || p.isNumber() {
			o.RestartWith = p.bigNumber()
		}
		return "restart"
	case p.take("cache"):
		o.Cache = p.bigNumber()
		return "cache"
	case p.take("cycle"):
		o.Cycle = &yes
		return "cycle"
	case p.takeWords("no", "cycle"):
		o.Cycle = &no
		return "cycle"
	case p.takeWords("owned", "by"):
		o.OwnedBy = p.anyName()
		return "owned by"
	}
	return ""
}

func (p *parser) isNumber() bool {
	t := p.cur()
	if t.op("-") || t.op("+") {
		t = p.peek(1)
	}
	return t.kind == tokInt || t.kind == tokNum
}

// bigNumber parses a whole number of 64 bits, with its sign.
func (p *parser) bigNumber() *int64 {
	if !p.isNumber() {
		p.unexpected()
	}
	sign := ""
	if t := p.cur(); t.op("-") || t.op("+") {
		sign = t.text
		p.i++
	}
	text := p.advance().text
	if sign == "-" {
		text = sign + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail(pgerr.New(pgerr.NumericValueOutOfRange, "value %q is out of range for type bigint", text))
	}
	return &n
}
