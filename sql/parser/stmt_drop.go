package parser

import "github.com/tarndb/tarn/sql/ast"

// nameOf is the rule for the name of an object: a schema is in no other.
func (p *parser) nameOf(kind ast.ObjectKind) func() ast.ObjectName {
	switch kind {
	case ast.KindSchema:
	case ast.KindType:
		return p.nameOfType
	default:
		return p.objectName
	}
	return func() ast.ObjectName {
		return ast.ObjectName{Loc: p.loc(), Name: p.colID()}
	}
}

func (p *parser) drop() ast.Statement {
	s := &ast.Drop{Loc: p.loc()}
	p.i++
	at := p.pos()
	switch {
	case p.take("materialized"):
		p.expect("view")
		s.Kind = ast.KindMaterializedView
	case p.takeWords("index", "concurrently"):
		s.Kind = ast.KindIndex
	case p.isAny("source", "table", "view", "sink", "index", "schema", "sequence", "type"):
		s.Kind = ast.ObjectKind(p.advance().text)
	case p.cur().kind == tokWord && (createForeign[p.cur().text] || p.is("owned")):
		unsupported(at, "DROP "+upper(p.cur().text)+" is")
	default:
		p.unexpected()
	}
	if p.is("if") && p.nextIs("exists") {
		p.i += 2
		s.IfExists = true
	}
	s.Names = commaList(p, p.nameOf(s.Kind))
	if !p.take("restrict") {
		s.Cascade = p.take("cascade")
	}
	return s
}
