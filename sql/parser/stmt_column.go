package parser

import (
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// written parses an expression that is kept with its text.
func (p *parser) written(rule func() *rope) (ast.Expr, string) {
	start := p.pos()
	r := rule()
	return p.decodeExpr(r), p.src[start:p.lastEnd()]
}

// onlyValue refuses a second DEFAULT, and DEFAULT beside a generation expression.
func (p *parser) onlyValue(c *ast.ColumnDef, generated bool, pos int) {
	switch {
	case c.Default != nil && !generated:
		p.later(pgerr.New(pgerr.SyntaxError, `multiple default values specified for column "%s" of table "%s"`, c.Name, p.table).At(pos))
	case c.Generated != nil && generated:
		p.later(pgerr.New(pgerr.SyntaxError, `multiple generation clauses specified for column "%s" of table "%s"`, c.Name, p.table).At(pos))
	case c.Identity != nil && generated:
		p.later(pgerr.New(pgerr.SyntaxError, `both identity and generation expression specified for column "%s" of table "%s"`, c.Name, p.table).At(pos))
	case c.Identity != nil:
		p.later(pgerr.New(pgerr.SyntaxError, `both default and identity specified for column "%s" of table "%s"`, c.Name, p.table).At(pos))
	case c.Default != nil || c.Generated != nil:
		p.later(pgerr.New(pgerr.SyntaxError, `both default and generation expression specified for column "%s" of table "%s"`, c.Name, p.table).At(pos))
	}
}

// identity parses GENERATED ... AS IDENTITY.
func (p *parser) identity(c *ast.ColumnDef, loc ast.Loc) {
	id := &ast.Identity{Loc: loc}
	p.i++
	if id.Always = p.take("always"); !id.Always {
		p.expect("by", "default")
	}
	p.expect("as", "identity")
	if p.takePunct("(") {
		p.sequenceOptions(&id.Options)
		p.expectPunct(")")
	}
	switch {
	case c.Identity != nil:
		p.later(pgerr.New(pgerr.SyntaxError, `multiple identity specifications for column "%s" of table "%s"`, c.Name, p.table).At(int(loc)))
	case c.Default != nil:
		p.later(pgerr.New(pgerr.SyntaxError, `both default and identity specified for column "%s" of table "%s"`, c.Name, p.table).At(int(loc)))
	case c.Generated != nil:
		p.later(pgerr.New(pgerr.SyntaxError, `both identity and generation expression specified for column "%s" of table "%s"`, c.Name, p.table).At(int(loc)))
	}
	c.Identity = id
}

// oneNullness refuses NULL beside NOT NULL.
func (p *parser) oneNullness(c *ast.ColumnDef, loc ast.Loc) {
	if c.Null && c.NotNull {
		p.later(pgerr.New(pgerr.SyntaxError, `conflicting NULL/NOT NULL declarations for column "%s" of table "%s"`, c.Name, p.table).At(int(loc)))
	}
}

func (p *parser) columnDef() *ast.ColumnDef {
	c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID()}
	c.Type = p.typeName()
	if p.isAny("storage", "compression", "options") {
		unsupported(p.pos(), upper(p.cur().text)+" of a column is")
	}
	p.noAttributes()
	for p.columnConstraint(c) {
		p.noAttributes()
	}
	return c
}

// columnConstraint parses one constraint of a column; false if none is left.
func (p *parser) columnConstraint(c *ast.ColumnDef) bool {
	loc := p.loc()
	named := p.is("constraint")
	name := p.constraintName()
	switch {
	case p.take("not"):
		p.expect("null")
		c.NotNull = true
		p.oneNullness(c, loc)
	case p.take("null"):
		c.Null = true
		p.oneNullness(c, loc)
	case p.isAny("primary", "unique"):
		k := &ast.KeyConstraint{Loc: loc, Name: name, Primary: p.take("primary"), Columns: []ast.Ident{{Loc: loc, Name: c.Name}}}
		if k.Primary {
			p.expect("key")
		} else {
			p.expect("unique")
			k.NullsEqual = p.nullsEqual()
		}
		c.Keys = append(c.Keys, k)
	case p.take("default"):
		p.onlyValue(c, false, int(loc))
		c.Default, c.ValueText = p.written(p.bExpr)
	case p.is("check"):
		c.Check = append(c.Check, p.check(loc, name))
	case !named && p.take("collate"):
		c.Collation = p.anyName()
	case !named && p.take("as"):
		p.onlyValue(c, true, int(loc))
		c.Generated, c.ValueText = p.written(p.expr)
	case p.isWords("generated", "by", "default", "as"), p.isWords("generated", "always", "as", "identity"):
		p.identity(c, loc)
	case p.takeWords("generated", "always", "as"):
		p.onlyValue(c, true, int(loc))
		p.expectPunct("(")
		c.Generated, c.ValueText = p.written(p.expr)
		p.expectPunct(")")
		p.expect("stored")
	case p.isAny("references", "generated"):
		unsupported(p.pos(), upper(p.cur().text)+" is")
	default:
		if named {
			p.unexpected()
		}
		return false
	}
	return true
}
