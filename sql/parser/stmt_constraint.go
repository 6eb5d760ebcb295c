package parser

import "github.com/tarndb/tarn/sql/ast"

// isColumnNamed tells a column called exclude (an ordinary word) from the
// constraint.
func (p *parser) isColumnNamed() bool {
	return p.is("exclude") && !p.nextPunct("(") && !p.nextIs("using")
}

func (p *parser) constraintName() string {
	if p.take("constraint") {
		return p.colID()
	}
	return ""
}

func (p *parser) tableConstraint(r *ast.Relation) {
	loc := p.loc()
	name := p.constraintName()
	switch {
	case p.isAny("primary", "unique"):
		r.Keys = append(r.Keys, p.key(loc, name))
	case p.is("check"):
		r.Checks = append(r.Checks, p.check(loc, name))
	case p.isAny("foreign", "exclude"):
		unsupported(p.pos(), upper(p.cur().text)+" constraint is")
	default:
		p.unexpected()
	}
}

// key parses a table-level PRIMARY KEY or UNIQUE.
func (p *parser) key(loc ast.Loc, name string) *ast.KeyConstraint {
	k := &ast.KeyConstraint{Loc: loc, Name: name, Primary: p.take("primary")}
	if k.Primary {
		p.expect("key")
	} else {
		p.expect("unique")
		k.NullsEqual = p.nullsEqual()
	}
	if p.is("using") {
		unsupported(p.pos(), "USING INDEX is")
	}
	k.Columns = parenthesised(p, p.ident)
	if p.take("include") {
		k.Include = parenthesised(p, p.ident)
	}
	return k
}

// nullsEqual parses NULLS [NOT] DISTINCT.
func (p *parser) nullsEqual() bool {
	if p.takeWords("nulls", "not", "distinct") {
		return true
	}
	p.takeWords("nulls", "distinct")
	return false
}

// noAttributes refuses what PostgreSQL can say about when a constraint is checked, and
// for which tables.
func (p *parser) noAttributes() {
	switch {
	case p.is("deferrable"):
		unsupported(p.pos(), "DEFERRABLE is")
	case p.isWords("not", "deferrable"), p.is("initially"), p.isWords("not", "valid"), p.isWords("no", "inherit"):
		unsupported(p.pos(), upper(p.cur().text+" "+p.peek(1).text)+" is")
	}
}

func (p *parser) check(loc ast.Loc, name string) *ast.Check {
	p.expect("check")
	p.expectPunct("(")
	c := &ast.Check{Loc: loc, Name: name}
	c.Expr, c.CheckText = p.written(p.expr)
	p.expectPunct(")")
	return c
}
