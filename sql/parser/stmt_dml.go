package parser

import (
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

const mergeHint = "Use INSERT ... ON CONFLICT, or UPDATE and DELETE with a join."

// withStmt parses a statement that starts with WITH. The clause is parsed by the
// statement itself when that is a query.
func (p *parser) withStmt() ast.Statement {
	start := p.i
	with := p.withClause()
	switch {
	case p.is("insert"):
		return p.insertWith(with)
	case p.is("update"):
		return p.updateWith(with)
	case p.is("delete"):
		return p.deleteWith(with)
	case p.is("merge"):
		unsupportedBut(p.pos(), "MERGE is", mergeHint)
	}
	p.i = start
	return p.decodeQuery(p.query())
}

func (p *parser) insert() ast.Statement     { return p.insertWith(nil) }
func (p *parser) update() ast.Statement     { return p.updateWith(nil) }
func (p *parser) deleteFrom() ast.Statement { return p.deleteWith(nil) }

// carrier is the SELECT by which the parts of a data change go through TiDB.
func (p *parser) carrier(with *rope, targets []*rope, clauses ...*rope) *ast.Select {
	if len(targets) == 0 {
		targets = []*rope{enc(-1, "prolog", enc(-1, "no_targets"))}
	}
	body := append([]*rope{lit("SELECT "), list(targets)}, clauses...)
	return p.decodeQuery(&query{pos: -1, with: with, body: cat(-1, body...)})
}

func (p *parser) decodeWith(with *rope) *ast.With {
	if with == nil {
		return nil
	}
	return p.carrier(with, nil).With
}

// targetRelation parses the table that is changed.
func (p *parser) targetRelation() *ast.TableRef {
	r := p.relationExpr()
	ref := &ast.TableRef{Loc: ast.Loc(r.pos), Catalog: r.catalog, Schema: r.schema, Name: r.table, Only: r.flags != ""}
	if p.take("as") || p.cur().isColID() && !p.is("set") {
		ref.Alias = &ast.Alias{Name: p.colID()}
	}
	return ref
}

func (p *parser) insertWith(with *rope) ast.Statement {
	s := &ast.Insert{Loc: p.loc()}
	p.i++
	p.expect("into")
	s.Table = p.insertTarget()
	if p.isPunct("(") && !p.queryParens[p.i] {
		s.Columns, s.Parts = p.insertColumns()
	}
	switch {
	case p.takeWords("overriding", "system", "value"):
		s.Overriding = ast.OverridingSystem
	case p.takeWords("overriding", "user", "value"):
		s.Overriding = ast.OverridingUser
	}
	s.With = p.decodeWith(with)
	if s.Columns == nil && p.take("default") {
		p.expect("values")
		s.DefaultValues = true
	} else {
		s.Query = p.decodeQuery(p.query())
	}
	if p.is("on") {
		s.OnConflict = p.onConflict()
	}
	s.Returning = p.returning()
	return s
}

func (p *parser) insertTarget() *ast.TableRef {
	n := p.objectName()
	ref := &ast.TableRef{Loc: n.Loc, Catalog: n.Catalog, Schema: n.Schema, Name: n.Name}
	if p.take("as") {
		ref.Alias = &ast.Alias{Name: p.colID()}
	}
	return ref
}

// columnTarget is a column that is assigned to, or a part of one.
type columnTarget struct {
	ast.Ident
	fields []string
	subs   []*rope
	star   bool // .* behind them
}

func (p *parser) columnTarget() columnTarget {
	c := columnTarget{Ident: p.ident()}
	for {
		switch {
		case p.isPunct(".") && p.peek(1).op("*"):
			p.i += 2
			p.lastStar()
			c.star = true
			return c
		case p.takePunct("."):
			if len(c.subs) > 0 {
				unsupported(p.pos(), "assignment to a field of an element is")
			}
			c.fields = append(c.fields, p.label())
		case p.isPunct("["):
			c.subs = append(c.subs, p.subscript())
		default:
			return c
		}
	}
}

// subscripts are those of a target as an expression, which goes through TiDB with the
// values.
func (c *columnTarget) subscripts() *rope {
	return enc(int(c.Loc), "subscript", append([]*rope{lit("NULL")}, c.subs...)...)
}

// parts puts the fields of a target before its decoded subscripts, and .* behind them.
func (c *columnTarget) parts(decoded ast.Expr) []ast.Part {
	var out []ast.Part
	for _, f := range c.fields {
		out = append(out, ast.Part{Field: f})
	}
	if e, ok := decoded.(*ast.SubscriptExpr); ok {
		for _, s := range e.Subscripts {
			out = append(out, ast.Part{Subscript: s})
		}
	}
	if c.star {
		out = append(out, ast.Part{Star: true})
	}
	return out
}

// decodeParts decodes the parts of targets: a list for each target.
func (p *parser) decodeParts(targets []columnTarget) [][]ast.Part {
	var ropes []*rope
	for _, c := range targets {
		if len(c.subs) > 0 {
			ropes = append(ropes, c.subscripts())
		}
	}
	var decoded []*ast.Target
	if len(ropes) > 0 {
		decoded = p.carrier(nil, ropes).Targets
	}
	out := make([][]ast.Part, len(targets))
	for i, c := range targets {
		if len(c.subs) == 0 {
			out[i] = c.parts(nil)
			continue
		}
		out[i], decoded = c.parts(decoded[0].Expr), decoded[1:]
	}
	return out
}

func (p *parser) insertColumns() ([]ast.Ident, [][]ast.Part) {
	targets := parenthesised(p, p.columnTarget)
	cols := make([]ast.Ident, len(targets))
	for i, c := range targets {
		cols[i] = c.Ident
	}
	for _, c := range targets {
		if len(c.fields)+len(c.subs) > 0 || c.star {
			return cols, p.decodeParts(targets)
		}
	}
	return cols, nil
}

func (p *parser) returning() []*ast.Target {
	if !p.take("returning") {
		return nil
	}
	return p.decodeTargets(p.targetList())
}

func (p *parser) updateWith(with *rope) ast.Statement {
	s := &ast.Update{Loc: p.loc()}
	p.i++
	s.Table = p.targetRelation()
	var sel *ast.Select
	s.Set, sel = p.assignments(with, "from")
	s.With, s.From, s.Where = sel.With, sel.From, sel.Where
	s.Returning = p.returning()
	return s
}

// assignments parses SET and what follows it: further relations after the word
// more, and WHERE.
func (p *parser) assignments(with *rope, more string) ([]*ast.Assignment, *ast.Select) {
	p.expect("set")
	items := commaList(p, p.setItem)
	var targets []columnTarget
	var values []*rope
	for _, it := range items {
		targets, values = append(targets, it.targets...), append(values, it.values...)
	}
	sel := p.carrier(with, values, p.changeClauses(more)...)
	parts := p.decodeParts(targets)
	var set []*ast.Assignment
	given := sel.Targets
	for _, it := range items {
		for k, c := range it.targets {
			a := &ast.Assignment{Loc: c.Loc, Column: c.Name, Parts: parts[len(set)]}
			if it.query {
				a.Value, a.Field = given[0].Expr, k+1
			} else {
				a.Value = given[k].Expr
			}
			set = append(set, a)
		}
		given = given[len(it.values):]
	}
	return set, sel
}

// setItem is an item of SET: targets, with a value each, or with one query that gives
// a row of values.
type setItem struct {
	targets []columnTarget
	values  []*rope
	query   bool
}

// setItem parses column = value, (columns) = (values) or (columns) = (query).
func (p *parser) setItem() setItem {
	if !p.isPunct("(") {
		c := p.columnTarget()
		if !p.takeOp("=") {
			p.unexpected()
		}
		return setItem{targets: []columnTarget{c}, values: []*rope{p.expr()}}
	}
	at := p.pos()
	it := setItem{targets: parenthesised(p, p.columnTarget)}
	if !p.takeOp("=") {
		p.unexpected()
	}
	source := p.i
	row := p.take("row")
	switch {
	case !row && p.isPunct("(") && p.queryParens[p.i]:
		it.values, it.query = []*rope{enc(p.pos(), "scalar", p.subquery())}, true
		if p.endsAssignment() {
			return it
		}
		p.i = source
		p.expr()
		noRow(p.toks[source].at())
	case row && p.nextPunct(")"):
		p.i += 2
	case row || p.isPunct("("):
		it.values = parenthesised(p, p.expr)
	default:
		it.values = []*rope{p.expr()}
	}
	if !row && len(it.values) == 1 || !p.endsAssignment() {
		for len(it.values) == 1 && p.toks[source].punct("(") {
			source++
		}
		noRow(p.toks[source].at())
	}
	if len(it.values) != len(it.targets) {
		p.later(pgerr.New(pgerr.SyntaxError, "number of columns does not match number of values").At(at))
		return setItem{}
	}
	return it
}

// noRow fails: what is assigned to several columns is no row of values.
func noRow(pos int) {
	fail(pgerr.New(pgerr.FeatureNotSupported, "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression").At(pos))
}

// endsAssignment says that no operator takes the value further.
func (p *parser) endsAssignment() bool {
	t := p.cur()
	return t.kind == tokEOF || t.kind == tokPunct && t.text != "." && t.text != "[" && t.text != "::" ||
		t.word("from") || t.word("where") || t.word("returning")
}

// changeClauses parses FROM or USING, which word says (neither if it is empty), and WHERE.
func (p *parser) changeClauses(word string) []*rope {
	var from, where *rope
	if p.take(word) {
		from = list(commaList(p, p.tableRef))
	}
	if p.take("where") {
		if p.isWords("current", "of") {
			unsupportedBut(p.pos(), "WHERE CURRENT OF is", "Name the row by its key.")
		}
		where = p.expr()
	}
	var out []*rope
	switch {
	case from != nil:
		out = append(out, lit(" FROM "), from)
	case where != nil:
		out = append(out, lit(" FROM `"+astSchema+"`.`"+unitTable+"`"))
	}
	if where != nil {
		out = append(out, lit(" WHERE "), where)
	}
	return out
}

// onConflict parses ON CONFLICT.
func (p *parser) onConflict() *ast.OnConflict {
	c := &ast.OnConflict{Loc: p.loc()}
	p.expect("on", "conflict")
	switch {
	case p.takeWords("on", "constraint"):
		c.Constraint = p.colID()
	case p.isPunct("("):
		c.Target = p.loc()
		p.conflictTarget(c)
	}
	p.expect("do")
	if p.take("nothing") {
		return c
	}
	p.expect("update")
	c.Update = true
	var sel *ast.Select
	c.Set, sel = p.assignments(nil, "")
	c.Where = sel.Where
	return c
}

// conflictTarget parses what a unique index is about.
func (p *parser) conflictTarget(c *ast.OnConflict) {
	items := parenthesised(p, func() *rope {
		item, _ := p.indexItem()
		return item
	})
	for _, by := range p.decodeItems(int(c.Target), items) {
		ref, ok := by.Expr.(*ast.ColumnRef)
		switch {
		case by.Dir != ast.SortDefault:
			p.later(pgerr.New(pgerr.InvalidColumnReference, "ASC/DESC is not allowed in ON CONFLICT clause").At(int(c.Target)))
		case by.Nulls != ast.NullsDefault:
			p.later(pgerr.New(pgerr.InvalidColumnReference, "NULLS FIRST/LAST is not allowed in ON CONFLICT clause").At(int(c.Target)))
		case ok && len(ref.Names) == 1 && !ref.Star:
			c.Columns = append(c.Columns, ast.Ident{Loc: ref.Loc, Name: ref.Names[0]})
		default:
			c.Exprs = append(c.Exprs, by.Expr)
		}
	}
	if p.take("where") {
		c.Among = p.decodeExpr(p.expr())
	}
}

func (p *parser) deleteWith(with *rope) ast.Statement {
	s := &ast.Delete{Loc: p.loc()}
	p.i++
	p.expect("from")
	s.Table = p.targetRelation()
	sel := p.carrier(with, nil, p.changeClauses("using")...)
	s.With, s.Using, s.Where = sel.With, sel.From, sel.Where
	s.Returning = p.returning()
	return s
}

func (p *parser) truncate() ast.Statement {
	s := &ast.Truncate{Loc: p.loc()}
	p.i++
	p.take("table")
	s.Tables = commaList(p, func() *ast.TableRef {
		r := p.relationExpr()
		return &ast.TableRef{Loc: ast.Loc(r.pos), Catalog: r.catalog, Schema: r.schema, Name: r.table, Only: r.flags != ""}
	})
	if s.Restart = p.takeWords("restart", "identity"); !s.Restart {
		p.takeWords("continue", "identity")
	}
	if !p.take("cascade") { // which takes along what refers by a foreign key, and there are none
		p.take("restrict")
	}
	return s
}
