package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
)

// alter parses ALTER TABLE and its kin.
func (p *parser) alter() ast.Statement {
	s := &ast.Alter{Loc: p.loc()}
	p.i++
	at := p.pos()
	switch {
	case p.take("type"):
		return p.alterType(s.Loc)
	case p.take("materialized"):
		p.expect("view")
		s.Kind = ast.KindMaterializedView
	case p.take("sequence"):
		return p.alterSequence(s.Loc)
	case p.isAny("table", "view", "source", "index"):
		s.Kind = ast.ObjectKind(p.advance().text)
	case p.cur().kind == tokWord && (createForeign[p.cur().text] || p.isAny("schema", "system", "default")):
		unsupported(at, "ALTER "+upper(p.cur().text)+" is")
	default:
		p.unexpected()
	}
	s.IfExists = p.ifExists()
	if s.Kind == ast.KindTable {
		s.Name = p.relationExpr().name()
	} else {
		s.Name = p.objectName()
	}
	p.table = s.Name.Name
	if p.is("rename") {
		s.Actions = []*ast.AlterAction{p.rename(s.Kind)}
		if a := s.Actions[0]; s.Kind == ast.KindIndex && a.Kind == ast.RenameObject {
			a.Kind, a.Name = ast.RenameIndex, s.Name.Name
		}
		return s
	}
	s.Actions = p.alterActions(s.Kind)
	return s
}

func (p *parser) alterActions(kind ast.ObjectKind) []*ast.AlterAction {
	return commaList(p, func() *ast.AlterAction { return p.alterAction(kind) })
}

// foreignActions are the first words of what ALTER TABLE does beyond ADD, DROP and
// ALTER.
var foreignActions = wordSet("attach cluster detach disable enable force inherit of owner replica reset set validate")

// isAction says that an action of ALTER TABLE is ahead.
func (p *parser) isAction() bool {
	t := p.cur()
	return p.isAny("add", "drop", "alter") || t.kind == tokWord && foreignActions[t.text] ||
		p.isWords("no", "inherit") || p.isWords("no", "force") || p.isWords("not", "of")
}

// rename parses RENAME TO, RENAME [COLUMN] TO and RENAME CONSTRAINT; indexes and
// sequences have no columns that could be renamed.
func (p *parser) rename(kind ast.ObjectKind) *ast.AlterAction {
	a := &ast.AlterAction{Loc: p.loc()}
	p.i++
	if kind == ast.KindIndex || kind == ast.KindSequence {
		p.expect("to")
		a.Kind, a.NewName = ast.RenameObject, p.colID()
		return a
	}
	switch {
	case p.take("to"):
		a.Kind, a.NewName = ast.RenameObject, p.colID()
		return a
	case p.take("constraint"):
		a.Kind = ast.RenameConstraint
	default:
		p.take("column")
		a.Kind = ast.RenameColumn
	}
	a.Name = p.colID()
	p.expect("to")
	a.NewName = p.colID()
	return a
}

func (p *parser) alterAction(kind ast.ObjectKind) *ast.AlterAction {
	a := &ast.AlterAction{Loc: p.loc()}
	switch {
	case p.take("add"):
		p.addAction(a)
	case p.take("drop"):
		a.Kind = ast.DropColumn
		if p.take("constraint") {
			a.Kind = ast.DropConstraint
		} else {
			p.take("column")
		}
		a.IfExists = p.ifExists()
		a.Name = p.colID()
		if !p.take("restrict") {
			a.Cascade = p.take("cascade")
		}
	case p.take("alter"):
		p.take("column")
		a.Name = p.colID()
		p.alterColumn(a)
	case p.isAction():
		unsupported(p.pos(), upper("ALTER "+string(kind)+" "+p.cur().text)+" is")
	default:
		p.unexpected()
	}
	return a
}

// addAction parses what stands after ADD.
func (p *parser) addAction(a *ast.AlterAction) {
	if p.isAny("constraint", "primary", "unique", "check", "foreign", "exclude") && !p.isColumnNamed() {
		var r ast.Relation
		p.tableConstraint(&r)
		if len(r.Checks) == 0 {
			a.Kind, a.Key = ast.AddKey, r.Keys[0]
			p.noAttributes()
			return
		}
		p.noAttributes()
		a.Kind, a.Check = ast.AddCheck, r.Checks[0]
		return
	}
	p.take("column")
	a.Kind, a.IfNotExists = ast.AddColumn, p.ifNotExists()
	a.Column = p.columnDef()
}

// alterColumn parses what stands after ALTER COLUMN name.
func (p *parser) alterColumn(a *ast.AlterAction) {
	switch {
	case p.takeWords("set", "default"):
		a.Kind = ast.SetDefault
		a.Default, a.DefaultText = p.written(p.expr)
	case p.takeWords("drop", "default"):
		a.Kind = ast.DropDefault
	case p.takeWords("set", "not", "null"):
		a.Kind = ast.SetNotNull
	case p.takeWords("drop", "not", "null"):
		a.Kind = ast.DropNotNull
	case p.take("type"), p.takeWords("set", "data", "type"):
		a.Kind, a.Type = ast.RetypeColumn, p.typeName()
		if p.is("collate") {
			unsupportedBut(p.pos(), "COLLATE in ALTER COLUMN TYPE is", "Leave it out: there is one order of texts.")
		}
		if p.take("using") {
			a.Using = p.decodeExpr(p.expr())
		}
	case p.isAny("set", "drop", "add", "reset", "restart"):
		unsupported(p.pos(), "ALTER COLUMN "+upper(p.cur().text)+" "+upper(p.peek(1).text)+" is")
	default:
		p.unexpected()
	}
}

// RenameColumn is an expression's text with a column under another name; the
// relation it belongs to is not looked at, since there is but one.
func RenameColumn(text, from, to string) (string, error) {
	var out strings.Builder
	err := run(text, func(p *parser) {
		e := p.decodeExpr(p.expr())
		p.expectEOF()
		starts := map[int]bool{}
		ast.Inspect(e, func(n ast.Node) bool {
			if _, ok := n.(*ast.ColumnRef); ok {
				starts[n.Pos()] = true
			}
			return true
		})
		done := 0
		for i := range p.toks {
			if !starts[int(p.toks[i].pos)] || p.toks[i].kind == tokEOF {
				continue
			}
			last := i
			for p.toks[last+1].punct(".") && p.toks[last+2].isName() {
				last += 2
			}
			if t := &p.toks[last]; t.isName() && t.text == from {
				out.WriteString(text[done:t.pos] + `"` + strings.ReplaceAll(to, `"`, `""`) + `"`)
				done = int(t.end)
			}
		}
		out.WriteString(text[done:])
	})
	return out.String(), err
}
