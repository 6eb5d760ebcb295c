package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
)

// createType parses what stands after CREATE TYPE.
func (p *parser) createType(loc ast.Loc) ast.Statement {
	s := &ast.CreateType{Loc: loc, Name: p.objectName()}
	at := p.pos()
	switch {
	case p.isWords("as", "enum"):
		p.i += 2
	case p.isWords("as", "range"):
		unsupported(at, "CREATE TYPE AS RANGE is")
	case p.is("as") && p.nextPunct("("):
		unsupported(at, "a composite type is")
	case p.isPunct("("), p.isPunct(";"), p.cur().kind == tokEOF:
		unsupported(at, "a base type is")
	}
	p.expectPunct("(")
	if !p.isPunct(")") {
		s.Labels = commaList(p, p.enumLabel)
	}
	p.expectPunct(")")
	return s
}

// enumLabel is a label of an enumerated type: in memory of its own, since it lives on.
func (p *parser) enumLabel() string { return strings.Clone(p.str()) }

// nameOfType is a type in DROP and COMMENT, which is written as in a cast.
func (p *parser) nameOfType() ast.ObjectName {
	t := p.typeName()
	if t.SetOf || len(t.ArrayDims)+len(t.Mods) > 0 || t.IntervalFields != "" {
		unsupported(t.Pos(), "a type with more than its name is")
	}
	return qualifiedName(t.Pos(), t.Names)
}

// alterType parses what stands after ALTER TYPE.
func (p *parser) alterType(loc ast.Loc) ast.Statement {
	s := &ast.AlterType{Loc: loc, Name: p.objectName()}
	switch {
	case p.takeWords("add", "value"):
		s.IfNotExists = p.ifNotExists()
		s.Label = p.enumLabel()
		if p.isAny("before", "after") {
			s.Beside, s.After = true, p.advance().text == "after"
			s.Neighbour = p.enumLabel()
		}
	case p.takeWords("rename", "value"):
		s.Kind, s.Label = ast.RenameValue, p.enumLabel()
		p.expect("to")
		s.NewName = p.enumLabel()
	case p.takeWords("rename", "to"):
		s.Kind, s.NewName = ast.RenameType, p.colID()
	case p.isAny("add", "drop", "alter", "rename") && p.nextIs("attribute"), p.isWords("owner", "to"), p.isWords("set", "schema"):
		unsupported(p.pos(), "ALTER TYPE "+upper(p.cur().text)+" "+upper(p.peek(1).text)+" is")
	case p.isAny("add", "drop", "alter", "rename"):
		p.i++
		p.unexpected()
	default:
		p.unexpected()
	}
	return s
}
