package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// comment parses COMMENT ON.
func (p *parser) comment() ast.Statement {
	s := &ast.Comment{Loc: p.loc()}
	p.i++
	p.expect("on")
	at := p.pos()
	switch {
	case p.take("materialized"):
		p.expect("view")
		s.Kind = ast.KindMaterializedView
		s.Object = p.objectName()
	case p.takeWords("foreign", "table"):
		s.Kind = ast.KindSource
		s.Object = p.objectName()
	case p.isAny("table", "view", "source", "schema", "sequence", "type"):
		s.Kind = ast.ObjectKind(p.advance().text)
		s.Object = p.nameOf(s.Kind)()
	case p.take("column"):
		s.Kind = ast.KindColumn
		pos := p.pos()
		names := p.anyName()
		s.Part = names[len(names)-1]
		if len(names) > 1 {
			s.Object = qualifiedName(pos, names[:len(names)-1])
		} else {
			p.later(pgerr.New(pgerr.SyntaxError, "column name must be qualified"))
		}
	case p.take("constraint"):
		s.Kind = ast.KindConstraint
		s.Part = p.colID()
		p.expect("on")
		s.Object = p.objectName()
	case p.cur().kind == tokWord && (createForeign[p.cur().text] || p.is("index")):
		unsupported(at, "COMMENT ON "+upper(p.cur().text)+" is")
	default:
		p.unexpected()
	}
	p.expect("is")
	if !p.take("null") {
		s.Text = strings.Clone(p.str())
	}
	return s
}
