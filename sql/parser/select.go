package parser

import (
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// query is a parsed query whose outer clauses may still be added to: PostgreSQL
// merges `(SELECT ...) ORDER BY x` into the inner query. It is rendered by rope.
type query struct {
	pos  int
	with *rope // or nil
	// body is everything before ORDER BY.
	body    *rope
	orderBy []*rope
	tail    []*rope // the encodings of LIMIT, OFFSET, FETCH, FOR, EMIT
	limited bool
	offset  bool
}

func (q *query) rope() *rope {
	kids := []*rope{}
	if q.with != nil {
		kids = append(kids, q.with)
	}
	kids = append(kids, q.body)
	if items := append(q.orderBy, q.tail...); len(items) > 0 {
		kids = append(kids, lit(" ORDER BY "), list(items))
	}
	return cat(-1, kids...)
}

// subquery parses (query) and gives it with its parentheses.
func (p *parser) subquery() *rope { return parens(p.parenQuery().rope()) }

func (p *parser) parenQuery() *query {
	p.enter()
	defer p.leave()
	p.expectPunct("(")
	q := p.query()
	p.expectPunct(")")
	return q
}

// query parses SelectStmt without its parentheses: WITH, the set operations,
// ORDER BY and what follows.
func (p *parser) query() *query {
	p.enter()
	defer p.leave()
	var with *rope
	withPos := p.pos()
	if p.is("with") {
		with = p.withClause()
	}
	q := p.setOperation(0)
	if with != nil {
		if q.with != nil {
			fail(pgerr.New(pgerr.SyntaxError, "multiple WITH clauses not allowed").At(withPos))
		}
		q.with = with
	}
	p.queryTail(q)
	return q
}

// setOperation parses UNION and EXCEPT (level 0) over INTERSECT (level 1).
func (p *parser) setOperation(level int) *query {
	if level == 2 {
		return p.simpleQuery()
	}
	left := p.setOperation(level + 1)
	for n := 0; ; n++ {
		if level == 0 && !p.isAny("union", "except") || level == 1 && !p.is("intersect") {
			return left
		}
		if n > maxChain {
			p.tooComplex()
		}
		op := upper(p.advance().text)
		if p.take("all") {
			op += " ALL"
		} else {
			p.take("distinct")
		}
		if p.is("corresponding") {
			unsupportedBut(p.pos(), "CORRESPONDING is", "Name the same columns in both queries.")
		}
		right := p.setOperation(level + 1)
		left = &query{pos: left.pos, body: cat(-1, parens(left.rope()), lit(" "+op+" "), parens(right.rope()))}
	}
}

// simpleQuery parses SELECT, VALUES, TABLE or a query in parentheses.
func (p *parser) simpleQuery() *query {
	pos := p.pos()
	switch {
	case p.isPunct("("):
		return p.parenQuery()
	case p.take("select"):
		return &query{pos: pos, body: p.selectBody()}
	case p.take("values"):
		rows := commaList(p, func() *rope {
			return cat(-1, lit("ROW("), list(parenthesised(p, p.expr)), closeParen)
		})
		return &query{pos: pos, body: cat(-1, lit("VALUES "), list(rows))}
	case p.take("table"):
		star := enc(pos, "star")
		return &query{pos: pos, body: cat(-1, lit("SELECT "), star, lit(" FROM "), p.relationExpr().rope(nil))}
	}
	p.unexpected()
	return nil
}

// selectBody parses a SELECT from its target list to WINDOW.
func (p *parser) selectBody() *rope {
	var prolog, targets []*rope
	mayInto := p.mayInto
	p.mayInto = false
	sel := "SELECT "
	switch {
	case p.is("distinct") && p.nextIs("on"):
		p.i += 2
		prolog = append(prolog, enc(-1, "distinct_on", parenthesised(p, p.expr)...))
	case p.take("distinct"):
		sel = "SELECT DISTINCT "
	default:
		p.take("all")
	}
	distinct := p.toks[p.i-1].word("distinct") || len(prolog) > 0
	if !distinct && p.endsTargets() {
		prolog = append(prolog, enc(-1, "no_targets"))
	} else {
		targets = p.targetList()
	}
	p.selectInto(mayInto)
	clauses, windows := p.selectClauses()
	if len(windows) > 0 {
		prolog = append(prolog, windows...)
	}
	if len(prolog) > 0 {
		targets = append([]*rope{enc(-1, "prolog", prolog...)}, targets...)
	}
	return cat(-1, append([]*rope{lit(sel), list(targets)}, clauses...)...)
}

// endsTargets says that the select list is empty.
func (p *parser) endsTargets() bool { return ends(p.cur()) }

func ends(t *token) bool {
	return t.kind == tokEOF || t.punct(")") || t.punct(";") ||
		t.kind == tokWord && t.cat == catReserved && strings.Contains(afterTargets, " "+t.text+" ")
}

const afterTargets = " from where group having window union intersect except order limit offset fetch for into on returning with "

func (p *parser) selectClauses() (clauses, windows []*rope) {
	var from *rope
	if p.take("from") {
		from = list(commaList(p, p.tableRef))
	}
	if p.take("where") {
		clauses = append(clauses, lit(" WHERE "), p.expr())
	}
	if p.take("group") {
		p.expect("by")
		clauses = append(clauses, lit(" GROUP BY "), list(p.groupBy()))
	}
	if p.take("having") {
		clauses = append(clauses, lit(" HAVING "), p.expr())
	}
	if p.take("window") {
		windows = commaList(p, p.namedWindow)
	}
	switch {
	case from != nil:
		clauses = append([]*rope{lit(" FROM "), from}, clauses...)
	case len(clauses) > 0:
		clauses = append([]*rope{lit(" FROM `" + astSchema + "`.`" + unitTable + "`")}, clauses...)
	}
	return clauses, windows
}

func (p *parser) namedWindow() *rope {
	name := p.colID()
	p.expect("as")
	return p.windowSpec(p.pos(), name)
}

func (p *parser) targetList() []*rope { return commaList(p, p.target) }

// target parses an item of a select list.
func (p *parser) target() *rope {
	pos := p.pos()
	if p.takeOp("*") {
		if p.is("except") && p.nextPunct("(") && !p.queryParens[p.i+1] {
			unsupported(p.pos(), "* EXCEPT is")
		}
		return enc(pos, "star")
	}
	e := p.targetExpr()
	t := p.cur()
	switch {
	case p.take("as"):
		return cat(-1, e, lit(" AS "+quoteIdent(p.label())))
	case t.kind == tokQuoted, t.kind == tokWord && t.isName() && !asOnly[t.text] && !p.isEmit():
		p.i++
		return cat(-1, e, lit(" AS "+quoteIdent(t.text)))
	}
	return e
}

// targetExpr parses an expression behind which any word that is no operator with an
// operand may be a label: in SELECT a or, b the column a is called "or".
func (p *parser) targetExpr() *rope {
	outer := p.labelDepth
	p.labelDepth = p.depth + 1
	e := p.expr()
	p.labelDepth = outer
	return e
}

// isLabel says that the operator ahead has no operand. Only the words that follow a
// target are looked at: whatever else comes is an error at its own place.
func (p *parser) isLabel() bool {
	return p.cur().kind == tokWord && !asOnly[p.cur().text] && p.endsAfter()
}

// endsAfter says that the word ahead is the last of a target, if it is in one.
func (p *parser) endsAfter() bool {
	next := p.peek(1)
	return next.punct(",") || ends(next)
}

func (p *parser) isEmit() bool { return p.isWords("emit", "on", "window", "close") }

func (p *parser) groupBy() []*rope {
	var items []*rope
	if p.take("distinct") {
		items = append(items, enc(-1, "group_distinct"))
	} else {
		p.take("all")
	}
	return append(items, commaList(p, p.groupItem)...)
}

// groupItem wraps expressions in parentheses because a bare integer would become
// a node without a position.
func (p *parser) groupItem() *rope {
	p.enter()
	defer p.leave()
	pos := p.pos()
	switch {
	case p.isPunct("(") && p.nextPunct(")"):
		p.i += 2
		return enc(pos, "empty_set")
	case (p.is("rollup") || p.is("cube")) && p.nextPunct("("):
		name := p.advance().text
		return enc(pos, name, parenthesised(p, p.expr)...)
	case p.isWords("grouping", "sets"):
		p.i += 2
		return enc(pos, "grouping_sets", parenthesised(p, p.groupItem)...)
	}
	return parens(p.expr())
}

// withClause parses WITH [RECURSIVE] and its queries.
func (p *parser) withClause() *rope {
	p.expect("with")
	word := "WITH "
	if p.is("recursive") && p.peek(1).isColID() {
		p.i++
		word = "WITH RECURSIVE "
	}
	return cat(-1, lit(word), list(commaList(p, p.cte)), lit(" "))
}

// cte emits its place and hint as a first column's name, which no user column can
// have.
func (p *parser) cte() *rope {
	pos := p.pos()
	name := p.colID()
	var cols []string
	if p.isPunct("(") {
		cols = parenthesised(p, p.colID)
	}
	p.expect("as")
	hint := ""
	if p.take("materialized") {
		hint = "m"
	} else if p.takeWords("not", "materialized") {
		hint = "n"
	}
	q := p.cteBody(pos)
	switch {
	case p.is("search"):
		unsupportedBut(p.pos(), "SEARCH is", "Keep the path to each row in a column of the query, as an array, and order by it.")
	case p.is("cycle"):
		unsupportedBut(p.pos(), "CYCLE is", "Keep the path to each row in a column of the query, as an array, and leave out the rows that are in it.")
	}
	quoted := []string{quoteIdent(marker(pos, hint))}
	for _, c := range cols {
		quoted = append(quoted, quoteIdent(c))
	}
	return cat(-1, lit(quoteIdent(name)+" ("+strings.Join(quoted, ",")+") AS "), q)
}

// cteBody parses what is in the parentheses of a WITH query. Of a data change TiDB only
// sees that there is something: the decoder puts it where it belongs.
func (p *parser) cteBody(pos int) *rope {
	p.expectPunct("(")
	if p.is("merge") {
		unsupported(p.pos(), "MERGE is")
	}
	if !p.isAny("insert", "update", "delete") {
		p.i--
		return p.subquery()
	}
	p.enter()
	defer p.leave()
	change := p.stmt()
	p.expectPunct(")")
	if p.changes == nil {
		p.changes = map[ast.Loc]ast.Statement{}
	}
	p.changes[ast.Loc(pos)] = change
	return parens(cat(-1, lit("SELECT "), enc(-1, "prolog", enc(-1, "no_targets"))))
}
