package parser

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/sql/ast"
)

// A table factor's alias carries what TiDB's grammar has no place for, as one
// name: mark, place, flags, catalog, alias and column aliases with marks between.
const (
	flagAlias      = 'a' // an alias was written
	flagLateral    = 'l'
	flagFunction   = 'f' // a derived table that stands for functions
	flagOrdinality = 'o'
	flagRowsFrom   = 'r'
	flagJoin       = 'j' // a derived table that stands for an aliased join
	flagOnly       = 'y'
	flagAsOf       = 't' // a derived table that stands for FOR SYSTEM_TIME AS OF
)

func marker(pos int, parts ...string) string {
	return mark + strconv.Itoa(pos) + mark + strings.Join(parts, mark)
}

// aliasRope is ` AS ` and the marker for a factor at pos.
func aliasRope(pos int, flags, catalog string, alias *ast.Alias) *rope {
	parts := []string{flags, catalog, ""}
	if alias != nil {
		parts[0] += string(flagAlias)
		parts[2] = alias.Name
		parts = append(parts, alias.Columns...)
	}
	return lit(" AS " + quoteIdent(marker(pos, parts...)))
}

// relation is a relation's name in FROM, before its alias is known.
type relation struct {
	pos           int
	flags         string
	catalog       string
	schema, table string
	asOf          *rope
}

func (r *relation) rope(alias *ast.Alias) *rope {
	name := quoteIdent(r.table)
	if r.schema != "" {
		name = quoteIdent(r.schema) + "." + name
	}
	table := lit(name)
	if r.asOf != nil {
		r.flags += string(flagAsOf)
		table = cat(-1, lit("(SELECT "), r.asOf, lit(" FROM "+name+")"))
	}
	return cat(-1, table, aliasRope(r.pos, r.flags, r.catalog, alias))
}

func (r *relation) name() ast.ObjectName {
	return ast.ObjectName{Loc: ast.Loc(r.pos), Catalog: r.catalog, Schema: r.schema, Name: r.table}
}

// relationExpr parses [ONLY] name [*].
func (p *parser) relationExpr() *relation {
	r := &relation{pos: p.pos()}
	if p.take("only") {
		r.flags = string(flagOnly)
		if p.takePunct("(") {
			p.relationName(r)
			p.expectPunct(")")
			return r
		}
	}
	p.relationName(r)
	if r.flags == "" {
		p.takeOp("*")
	}
	return r
}

func (p *parser) relationName(r *relation) {
	r.pos = p.pos()
	n := p.objectName()
	r.catalog, r.schema, r.table = n.Catalog, n.Schema, n.Name
}

// objectName parses a qualified name.
func (p *parser) objectName() ast.ObjectName {
	pos := p.pos()
	return qualifiedName(pos, p.dotted(p.colID()))
}

// qualifiedName is the object that names with dots between them mean.
func qualifiedName(pos int, names []string) ast.ObjectName {
	n := ast.ObjectName{Loc: ast.Loc(pos), Name: names[len(names)-1]}
	switch len(names) {
	case 1:
	case 2:
		n.Schema = names[0]
	case 3:
		n.Catalog, n.Schema = names[0], names[1]
	default:
		fail(improperName(pos, names))
	}
	checkSchema(pos, n.Schema)
	return n
}

// tableRef parses an item of FROM with all its joins.
func (p *parser) tableRef() *rope {
	p.enter()
	defer p.leave()
	left := p.tablePrimary()
	for n := 0; p.isJoin(); n++ {
		if n > maxChain {
			p.tooComplex()
		}
		left = p.join(left)
	}
	return left
}

func (p *parser) isJoin() bool {
	return p.isAny("join", "inner", "left", "right", "full", "cross", "natural") || p.isAsOfJoin()
}

func (p *parser) isAsOfJoin() bool {
	return p.is("asof") && (p.nextIs("join") || p.nextIs("inner") || p.nextIs("left") &&
		(p.peek(2).word("join") || p.peek(2).word("outer")))
}

// join parses one join onto left.
func (p *parser) join(left *rope) *rope {
	p.enter()
	defer p.leave()
	pos := p.pos()
	if p.take("cross") {
		p.expect("join")
		return joined(left, " CROSS JOIN ", p.tablePrimary(), nil)
	}
	natural := p.take("natural")
	asOf := !natural && p.take("asof")
	kind, full := p.joinKind()
	right := p.tablePrimary()
	if natural {
		return joined(left, kind, right, fullJoin(full, enc(pos, "natural")))
	}
	// a JOIN b JOIN c ON x ON y: the condition is still owed, so what follows
	// belongs to the right side.
	for p.isJoin() {
		right = p.join(right)
	}
	cond := p.joinCondition(pos)
	if asOf {
		cond = enc(pos, "asof", cond)
	}
	return joined(left, kind, right, fullJoin(full, cond))
}

func (p *parser) joinKind() (kind string, full bool) {
	kind = " INNER JOIN "
	switch {
	case p.take("inner"):
	case p.is("left"), p.is("right"):
		kind = " " + upper(p.advance().text) + " JOIN "
		p.take("outer")
	case p.take("full"):
		kind, full = " LEFT JOIN ", true
		p.take("outer")
	}
	p.expect("join")
	return kind, full
}

func fullJoin(full bool, cond *rope) *rope {
	if full {
		return enc(-1, "full", cond)
	}
	return cond
}

func joined(left *rope, kind string, right, cond *rope) *rope {
	kids := []*rope{openParen, left, lit(kind), right}
	if cond != nil {
		kids = append(kids, lit(" ON "), cond)
	}
	return cat(-1, append(kids, closeParen)...)
}

// joinCondition parses ON expr or USING (columns) [AS alias].
func (p *parser) joinCondition(pos int) *rope {
	if p.take("on") {
		return p.expr()
	}
	p.expect("using")
	cond := enc(pos, "using", strs(parenthesised(p, p.colID))...)
	if p.take("as") {
		cond = enc(pos, "using_as", str(p.colID()), cond)
	}
	return cond
}

// tablePrimary parses a relation, function, derived table or parenthesised join.
func (p *parser) tablePrimary() *rope {
	p.enter()
	defer p.leave()
	pos := p.pos()
	lateral := ""
	if p.take("lateral") {
		lateral = string(flagLateral)
	}
	switch {
	case p.isPunct("(") && p.queryParens[p.i]:
		q := p.subquery()
		return cat(-1, q, aliasRope(pos, lateral, "", p.alias()))
	case p.isPunct("(") && lateral == "":
		return p.parenJoin(pos)
	case p.isWords("rows", "from") && p.peek(2).punct("("):
		return p.rowsFrom(pos, lateral)
	}
	if fn := p.tableFunction(); fn != nil {
		return p.finishFunctions(pos, lateral, []*rope{fn}, nil)
	}
	if lateral != "" {
		if p.isPunct("(") || p.cur().isColID() {
			p.i++
		}
		p.unexpected()
	}
	return p.tableName()
}

func (p *parser) tableName() *rope {
	r := p.relationExpr()
	if at := p.pos(); p.takeWords("for", "system_time", "as", "of") {
		r.asOf = enc(at, "as_of", p.expr())
	}
	alias := p.alias()
	if p.is("tablesample") {
		unsupportedBut(p.pos(), "TABLESAMPLE is", "WHERE random() < 0.01 leaves about one row of a hundred.")
	}
	return r.rope(alias)
}

// parenJoin parses (a JOIN b ...) [alias]. Nothing else may stand in such
// parentheses.
func (p *parser) parenJoin(pos int) *rope {
	p.expectPunct("(")
	r := p.tableRef()
	if !isJoined(r) {
		p.unexpected()
	}
	p.expectPunct(")")
	alias := p.alias()
	if alias == nil {
		return r
	}
	return cat(-1, lit("(SELECT "), enc(-1, "star"), lit(" FROM "), r, closeParen, aliasRope(pos, string(flagJoin), "", alias))
}

func isJoined(r *rope) bool { return len(r.kids) > 0 && r.kids[0] == openParen }

// alias parses an optional [AS] name [(columns)].
func (p *parser) alias() *ast.Alias {
	if !p.take("as") && (!p.cur().isColID() || p.isEmit() || p.isAsOfJoin()) {
		return nil
	}
	a := &ast.Alias{Name: p.colID()}
	if p.isPunct("(") {
		a.Columns = parenthesised(p, p.colID)
	}
	return a
}

// tableFunction parses a function call in FROM, or gives nil for a relation.
func (p *parser) tableFunction() *rope {
	t := p.cur()
	n := 1
	for p.peek(n).punct(".") && p.peek(n+1).isName() {
		n += 2
	}
	switch {
	case !t.isName():
		return nil
	case p.peek(n).punct("(") && (n == 1 && t.isFuncName() || n > 1 && t.isColID()) &&
		!(t.word("collation")):
		pos := p.pos()
		names := p.dotted(p.advance().text)
		return p.windowlessCall(pos, names)
	case t.kind != tokWord || t.isColID() && !p.nextPunct("(") || t.text == "only" || (t.cat == catColumn || t.cat == catReserved) && !tableForms[t.text]:
		return nil
	}
	r := p.wordPrimary(t)
	if r.kind != callRope && !t.word("cast") && !t.word("nullif") {
		p.unexpectedToken(t)
	}
	return r
}

// tableForms are the keywords that no function can be called by, but that make calls of
// their own, which may stand in FROM.
var tableForms = wordSet(`cast current_catalog current_date current_role current_time current_timestamp current_user
localtime localtimestamp session_user user coalesce extract greatest least normalize nullif overlay position substring treat trim
xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize xmltable`)

// rowsFrom parses ROWS FROM (f(...) [AS (columns)], ...).
func (p *parser) rowsFrom(pos int, flags string) *rope {
	p.i += 2
	fns := parenthesised(p, func() *rope {
		fn := p.tableFunction()
		if fn == nil {
			p.unexpected()
		}
		var defs *rope
		if p.is("as") && p.nextPunct("(") {
			p.i++
			defs = p.columnDefs()
		}
		return funcItem(fn, defs)
	})
	return p.finishFunctions(pos, flags+string(flagRowsFrom), nil, fns)
}

func funcItem(fn, defs *rope) *rope {
	if defs == nil {
		return enc(-1, "func", fn)
	}
	return enc(-1, "func", fn, defs)
}

// columnDefs parses (name type, ...).
func (p *parser) columnDefs() *rope {
	defs := parenthesised(p, func() *rope {
		name := p.colID()
		typ := p.typeRope()
		if p.is("collate") {
			unsupported(p.pos(), "COLLATE in a column definition list is")
		}
		return cat(-1, str(name), comma, typ)
	})
	return enc(-1, "coldefs", defs...)
}

// finishFunctions parses WITH ORDINALITY and the alias, which may define columns:
// alias columns are either all names or all typed.
func (p *parser) finishFunctions(pos int, flags string, plain, items []*rope) *rope {
	if p.takeWords("with", "ordinality") {
		flags += string(flagOrdinality)
	}
	var alias *ast.Alias
	var defs *rope
	switch {
	case p.is("as") && p.nextPunct("("):
		p.i++
		defs = p.columnDefs()
	case p.definesColumns():
		p.take("as")
		alias = &ast.Alias{Name: p.colID()}
		defs = p.columnDefs()
	default:
		alias = p.alias()
	}
	for _, fn := range plain {
		items = append(items, funcItem(fn, defs))
	}
	if plain == nil && defs != nil {
		unsupported(pos, "a column definition list after ROWS FROM is")
	}
	return cat(-1, lit("(SELECT "), list(items), closeParen, aliasRope(pos, flags+string(flagFunction), "", alias))
}

// definesColumns looks ahead for [AS] name ( name type.
func (p *parser) definesColumns() bool {
	n := 0
	if p.is("as") {
		n = 1
	}
	return p.peek(n).isColID() && p.peek(n+1).punct("(") && p.peek(n+2).isColID() &&
		p.peek(n+3).isName()
}
