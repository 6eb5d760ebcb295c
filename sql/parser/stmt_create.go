package parser

import (
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// create parses CREATE ... by what it creates.
func (p *parser) create() ast.Statement {
	loc := p.loc()
	p.i++
	orReplace := p.take("or")
	if orReplace {
		p.expect("replace")
	}
	at := p.pos()
	switch {
	case p.take("source"):
		s := &ast.CreateSource{Loc: loc, OrReplace: orReplace}
		p.relationBody(&s.Relation)
		return s
	case p.take("materialized"):
		p.expect("view")
		return p.createView(&ast.CreateView{Loc: loc, Materialized: true, OrReplace: orReplace})
	case p.take("view"):
		return p.createView(&ast.CreateView{Loc: loc, OrReplace: orReplace})
	case p.isAny("temp", "temporary") && (p.nextIs("view") || p.nextIs("recursive")), p.isWords("recursive", "view"):
		unsupported(at, upper(p.cur().text)+" VIEW is")
	case orReplace && !replaceable[p.cur().text]:
		p.unexpected()
	}
	switch {
	case p.is("table"), p.isAny("temp", "temporary", "unlogged") && p.nextIs("table"):
		return p.createTable(loc)
	case p.take("schema"):
		s := &ast.CreateSchema{Loc: loc, IfNotExists: p.ifNotExists()}
		s.Name = p.schemaName()
		return s
	case p.take("type"):
		return p.createType(loc)
	case p.isAny("index", "unique"):
		return p.createIndex(loc)
	case p.take("sequence"):
		return p.createSequence(loc)
	case p.cur().kind == tokWord:
		if createForeign[p.cur().text] || p.isWords("unlogged", "materialized") ||
			p.isWords("unlogged", "view") || p.isAny("temp", "temporary", "unlogged") && (p.nextIs("sequence") || p.nextIs("recursive")) {
			unsupported(at, "CREATE "+upper(p.cur().text)+" is")
		}
	}
	p.unexpected()
	return nil
}

// replaceable are the kinds of objects that Tarn does not have and that OR REPLACE is
// right for.
var replaceable = wordSet("aggregate function language procedure rule transform trigger trusted constraint")

// schemaName is the rest of CREATE SCHEMA: PostgreSQL takes an owner, and other
// commands, behind it.
func (p *parser) schemaName() string {
	if p.is("authorization") {
		unsupported(p.pos(), "CREATE SCHEMA AUTHORIZATION is")
	}
	name := p.colID()
	if p.isAny("authorization", "create", "grant") {
		unsupported(p.pos(), "CREATE SCHEMA with "+upper(p.cur().text)+" is")
	}
	return name
}

var createForeign = wordSet(`access aggregate cast collation connection conversion database domain event extension
foreign function global group language large local operator policy procedure publication role routine rule secret server
sink statistics subscription tablespace text transform trigger trusted user`)

func (p *parser) createView(s *ast.CreateView) ast.Statement {
	s.IfNotExists = p.ifNotExists()
	s.Name = p.objectName()
	if p.isPunct("(") {
		s.Columns = parenthesised(p, p.ident)
	}
	if s.Materialized && p.is("using") {
		unsupported(p.pos(), "USING in CREATE MATERIALIZED VIEW is")
	}
	if p.take("with") {
		s.With = p.options()
	}
	if s.Materialized && p.is("tablespace") {
		unsupported(p.pos(), "TABLESPACE in CREATE MATERIALIZED VIEW is")
	}
	p.expect("as")
	start := p.pos()
	q := p.query()
	s.QueryStart, s.QueryText = start, p.src[start:p.lastEnd()]
	switch {
	case s.Materialized && p.takeWords("with", "data"):
	case s.Materialized && p.takeWords("with", "no", "data"):
		s.WithNoData = true
	case p.is("with"):
		unsupported(p.pos(), "WITH CHECK OPTION is")
	}
	s.Query = p.decodeQuery(q)
	return s
}

func (p *parser) createTable(loc ast.Loc) ast.Statement {
	s := &ast.CreateTable{Loc: loc}
	if p.isAny("temp", "temporary") {
		s.Temporary = true
		p.i++
	} else {
		p.take("unlogged")
	}
	p.expect("table")
	if as := p.createTableAs(loc, s.Temporary); as != nil {
		return as
	}
	listed := p.relationBody(&s.Relation)
	s.AppendOnly = p.takeWords("append", "only")
	if s.AppendOnly && s.With == nil && s.Format == nil {
		p.relationTail(&s.Relation)
	}
	if r := &s.Relation; !listed && r.With == nil && r.Format == nil && r.Includes == nil && !p.isAny("as", "of", "partition", "using") {
		p.unexpected() // only a table that is fed from elsewhere can take its columns from there
	}
	p.takeWords("without", "oids")
	switch {
	case p.isAny("inherits", "partition", "using", "tablespace", "on", "of"):
		unsupported(p.pos(), upper(p.cur().text)+" in CREATE TABLE is")
	case p.is("as"):
		p.unexpected()
	}
	return s
}

// relationBody parses what CREATE TABLE and CREATE SOURCE share, from the name on, and
// says whether there was a list of columns.
func (p *parser) relationBody(r *ast.Relation) (listed bool) {
	r.IfNotExists = p.ifNotExists()
	r.Name = p.objectName()
	p.table = r.Name.Name
	if listed = p.isPunct("("); listed {
		p.noColumnNames()
		p.i++
		if !p.takePunct(")") {
			commaList(p, func() struct{} { p.tableElement(r); return struct{}{} })
			p.expectPunct(")")
		}
	}
	p.relationTail(r)
	return listed
}

// createAs are the words with which CREATE TABLE AS goes on behind its names.
var createAs = wordSet("as on tablespace using with without")

// noColumnNames refuses a list of mere names, which belongs to CREATE TABLE AS.
func (p *parser) noColumnNames() {
	n := 1
	for p.peek(n).isColID() && p.peek(n+1).punct(",") {
		n += 2
	}
	switch {
	case n == 1 && !(p.peek(n).isColID() && p.peek(n+1).punct(")")):
		return
	case !p.peek(n).isColID():
		p.unexpectedToken(p.peek(n))
	case !p.peek(n + 1).punct(")"):
		p.unexpectedToken(p.peek(n + 1))
	}
	next := p.peek(n + 2)
	if next.kind == tokWord && createAs[next.text] {
		unsupported(next.at(), "CREATE TABLE AS is")
	}
	p.unexpectedToken(next)
}

// relationTail parses INCLUDE, WITH and FORMAT.
func (p *parser) relationTail(r *ast.Relation) {
	for {
		switch {
		case p.is("include"):
			r.Includes = append(r.Includes, p.include())
		case p.is("with") && p.nextPunct("(") && r.With == nil:
			p.i++
			r.With = p.options()
		case p.is("format") && r.Format == nil:
			r.Format = p.format()
		default:
			return
		}
	}
}

func (p *parser) include() *ast.Include {
	inc := &ast.Include{Loc: p.loc()}
	p.i++
	at := p.pos()
	switch inc.What = p.label(); inc.What {
	case "key", "partition", "offset", "timestamp", "payload":
	case "header", "headers":
		inc.What = "headers"
		if p.cur().kind == tokStr {
			inc.Field = p.str()
		}
	default:
		fail(pgerr.New(pgerr.SyntaxError, `cannot include "%s"`, inc.What).
			WithHint("INCLUDE takes key, partition, offset, timestamp, headers or payload.").At(at))
	}
	if p.take("as") {
		inc.Alias = p.label()
	}
	return inc
}

func (p *parser) format() *ast.Format {
	f := &ast.Format{Loc: p.loc()}
	p.i++
	f.Format = foldASCII(p.label())
	if p.isPunct("(") {
		f.Options = p.options()
	}
	if p.take("encode") {
		f.Encode = foldASCII(p.label())
		if p.isPunct("(") {
			f.Options = append(f.Options, p.options()...)
		}
	}
	return f
}

// tableElement parses a column, constraint or watermark.
func (p *parser) tableElement(r *ast.Relation) {
	loc := p.loc()
	switch {
	case p.is("watermark") && p.nextIs("for"):
		p.i += 2
		w := &ast.Watermark{Loc: loc, Column: p.colID()}
		p.expect("as")
		w.Expr = p.scalar()
		r.Watermarks = append(r.Watermarks, w)
	case p.isAny("constraint", "primary", "unique", "check", "foreign", "exclude") && !p.isColumnNamed():
		p.tableConstraint(r)
		p.noAttributes()
	case p.is("like"):
		r.Likes = append(r.Likes, p.like(len(r.Columns)))
	case p.isOp("*"):
		unsupported(p.pos(), "* in a column list is")
	default:
		r.Columns = append(r.Columns, p.columnDef())
	}
}

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
