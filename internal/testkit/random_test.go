package testkit

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	randomSeed  = flag.Uint64("random-seed", 1, "the first seed of TestRandom")
	randomCount = flag.Int("random-count", 16, "how many scripts TestRandom makes")
)

// TestRandom makes scripts of random views over random changes and runs them in
// one configuration each: what the views must hold is the oracle's to say.
func TestRandom(t *testing.T) {
	configs := Configs()
	for i := range *randomCount {
		seed := *randomSeed + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			text := randomScript(seed)
			path := filepath.Join(t.TempDir(), "random.slt")
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			cfg := configs[seed%uint64(len(configs))]
			if err := Run(context.Background(), path, t.TempDir(), cfg); err != nil {
				t.Fatalf("in configuration %s: %v\n%s", cfg.Name, err, text)
			}
		})
	}
}

// generator writes random SQL. Every table and view has columns of the three
// types that the generator knows, so that any may stand for any.
type generator struct {
	*rand.Rand
	out   strings.Builder
	rels  []relationText // what may be read
	alias int
}

type relationText struct {
	name string
	cols []columnText
}

type columnText struct{ name, typ string }

const (
	intType  = "int"
	textType = "text"
	numType  = "numeric"
)

func randomScript(seed uint64) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	for i := range 3 {
		name := fmt.Sprintf("t%d", i)
		key := ""
		if g.IntN(2) == 0 {
			key = " PRIMARY KEY"
		}
		g.statement("CREATE TABLE %s (id int%s, a int, b int, s text, n numeric)", name, key)
		g.rels = append(g.rels, relationText{name, []columnText{{"id", intType}, {"a", intType}, {"b", intType}, {"s", textType}, {"n", numType}}})
	}
	next := 0
	for i := range 8 {
		q, cols := g.query(3)
		name := fmt.Sprintf("v%d", i)
		g.statement("CREATE MATERIALIZED VIEW %s AS %s", name, q)
		g.rels = append(g.rels, relationText{name, cols})
		if i%2 == 1 {
			next = g.changes(next, 3)
		}
	}
	g.changes(next, 8)
	return g.out.String()
}

func (g *generator) statement(format string, args ...any) {
	fmt.Fprintf(&g.out, "statement ok\n%s\n\n", fmt.Sprintf(format, args...))
}

func (g *generator) changes(id, n int) int {
	for range n {
		t := fmt.Sprintf("t%d", g.IntN(3))
		switch g.IntN(5) {
		case 0:
			g.statement("DELETE FROM %s WHERE %s", t, g.pick("a = 1", "b IS NULL", "id % 3 = 0", "s = 'x'", "a > b"))
		case 1:
			g.statement("UPDATE %s SET %s WHERE %s", t, g.pick("a = b", "b = a + 1", "s = s || 'y'", "n = n * 1.0", "a = NULL", "n = NULL, b = 2"),
				g.pick("id % 2 = 0", "a < 2", "b IS NOT NULL", "s <> 'x'", "true"))
		default:
			var rows []string
			for range 1 + g.IntN(5) {
				rows = append(rows, fmt.Sprintf("(%d, %s, %s, %s, %s)", id, g.value(intType), g.value(intType), g.value(textType), g.value(numType)))
				id++
			}
			g.statement("INSERT INTO %s VALUES %s", t, strings.Join(rows, ", "))
		}
	}
	return id
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) value(typ string) string {
	if g.IntN(6) == 0 {
		return "NULL"
	}
	switch typ {
	case intType:
		return fmt.Sprint(g.IntN(4))
	case textType:
		return g.pick("''", "'x'", "'y'", "'xy'")
	}
	return g.pick("0", "1", "1.0", "1.00", "2.5", "-1.5")
}

// query makes a query and the columns that it gives.
func (g *generator) query(depth int) (string, []columnText) {
	switch k := g.IntN(10); {
	case depth > 1 && k == 0:
		return g.setQuery(depth)
	case depth > 1 && k == 1:
		return g.topQuery(depth)
	case k < 5:
		return g.groupQuery(depth)
	}
	return g.plainQuery(depth)
}

// scope is what an expression may read.
type scope []columnText // with qualified names

func (g *generator) plainQuery(depth int) (string, []columnText) {
	from, s := g.from(depth)
	n := 1 + g.IntN(4)
	var items []string
	var cols []columnText
	for i := range n {
		c := columnText{fmt.Sprintf("c%d", i), g.pick(intType, intType, textType, numType)}
		items = append(items, g.expr(s, c.typ, depth)+" AS "+c.name)
		cols = append(cols, c)
	}
	distinct := ""
	if g.IntN(4) == 0 {
		distinct = "DISTINCT "
	}
	return "SELECT " + distinct + strings.Join(items, ", ") + " FROM " + from + g.where(s, depth), cols
}

func (g *generator) where(s scope, depth int) string {
	if g.IntN(2) == 0 {
		return ""
	}
	return " WHERE " + g.cond(s, depth)
}

func (g *generator) groupQuery(depth int) (string, []columnText) {
	from, s := g.from(depth)
	var items, groups []string
	var cols []columnText
	for i := range g.IntN(3) {
		c := columnText{fmt.Sprintf("g%d", i), g.pick(intType, textType, numType)}
		e := g.expr(s, c.typ, 0)
		items, groups, cols = append(items, e+" AS "+c.name), append(groups, fmt.Sprint(i+1)), append(cols, c)
	}
	for i := range 1 + g.IntN(3) {
		c := columnText{fmt.Sprintf("a%d", i), intType}
		distinct, filter := "", ""
		if g.IntN(3) == 0 {
			distinct = "DISTINCT "
		}
		if g.IntN(3) == 0 {
			filter = " FILTER (WHERE " + g.cond(s, 0) + ")"
		}
		var e string
		switch g.IntN(6) {
		case 0:
			e = "count(*)" + filter + "::int"
		case 1:
			e = "count(" + distinct + g.expr(s, g.pick(intType, textType, numType), 0) + ")" + filter + "::int"
		case 2:
			e, c.typ = "sum("+distinct+g.expr(s, numType, 0)+")"+filter, numType
		case 3:
			e, c.typ = "avg("+distinct+g.expr(s, intType, 0)+")"+filter, numType
		case 4:
			e = g.pick("min(", "max(") + g.expr(s, intType, 0) + ")" + filter
		default:
			c.typ = g.pick(textType, numType)
			e = g.pick("min(", "max(") + g.expr(s, c.typ, 0) + ")" + filter
		}
		items, cols = append(items, e+" AS "+c.name), append(cols, c)
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM " + from + g.where(s, depth)
	if len(groups) > 0 {
		q += " GROUP BY " + strings.Join(groups, ", ")
	}
	if g.IntN(4) == 0 {
		q += " HAVING " + g.pick("count(*) > 1", "count(*) < 5", "count(*) <> 2")
	}
	return q, cols
}

func (g *generator) setQuery(depth int) (string, []columnText) {
	typ := g.pick(intType, textType, numType)
	arm := func() string {
		from, s := g.from(depth - 1)
		return "SELECT " + g.expr(s, typ, 0) + " AS c0, " + g.expr(s, intType, 0) + " AS c1 FROM " + from + g.where(s, depth-1)
	}
	op := g.pick(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " INTERSECT ALL ", " EXCEPT ALL ")
	return arm() + op + arm(), []columnText{{"c0", typ}, {"c1", intType}}
}

func (g *generator) topQuery(depth int) (string, []columnText) {
	q, cols := g.query(depth - 1)
	var order []string
	for i := range cols {
		if g.IntN(2) == 0 {
			order = append(order, fmt.Sprint(i+1)+g.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
		}
	}
	out := "SELECT * FROM (" + q + ") AS " + g.name()
	if len(order) > 0 {
		out += " ORDER BY " + strings.Join(order, ", ")
	}
	out += fmt.Sprintf(" LIMIT %d", g.IntN(5))
	if g.IntN(2) == 0 {
		out += fmt.Sprintf(" OFFSET %d", g.IntN(3))
	}
	return out, cols
}

func (g *generator) name() string {
	g.alias++
	return fmt.Sprintf("r%d", g.alias)
}

// from makes a FROM clause and what it offers.
func (g *generator) from(depth int) (string, scope) {
	text, s := g.item(depth)
	for range g.IntN(min(depth, 2) + 1) {
		right, rs := g.item(depth - 1)
		both := append(append(scope{}, s...), rs...)
		kind := g.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " LEFT JOIN ")
		on := fmt.Sprintf("%s = %s", g.column(s, intType), g.column(rs, intType))
		// PostgreSQL takes only such conditions for a full join.
		if kind != " FULL JOIN " && g.IntN(3) == 0 {
			on += " AND " + g.cond(both, 0)
		}
		text, s = text+kind+right+" ON "+on, both
	}
	return text, s
}

func (g *generator) item(depth int) (string, scope) {
	alias := g.name()
	rel := g.rels[g.IntN(len(g.rels))]
	text, cols := rel.name, rel.cols
	if depth > 1 && g.IntN(3) == 0 {
		q, c := g.query(depth - 1)
		text, cols = "("+q+")", c
	}
	var s scope
	for _, c := range cols {
		s = append(s, columnText{alias + "." + c.name, c.typ})
	}
	return text + " AS " + alias, s
}

// column is a column of a type, or what makes one of it.
func (g *generator) column(s scope, typ string) string {
	var fit []string
	for _, c := range s {
		if c.typ == typ {
			fit = append(fit, c.name)
		}
	}
	if len(fit) > 0 {
		return fit[g.IntN(len(fit))]
	}
	c := s[g.IntN(len(s))].name
	switch typ {
	case textType:
		return c + "::text"
	case intType:
		return "length(" + c + "::text)"
	}
	return "length(" + c + "::text)::numeric"
}

// expr is an expression that cannot fail.
func (g *generator) expr(s scope, typ string, depth int) string {
	if depth > 1 && g.IntN(6) == 0 {
		return g.scalarSubquery(s, typ, depth)
	}
	col := g.column(s, typ)
	switch g.IntN(6) {
	case 0:
		return "coalesce(" + col + ", " + g.value(typ) + ")"
	case 1:
		return "CASE WHEN " + g.cond(s, 0) + " THEN " + col + " ELSE " + g.column(s, typ) + " END"
	case 2:
		switch typ {
		case intType:
			return g.pick(col+" % 3", "-"+col, "least("+col+", 2)", "abs("+col+")")
		case textType:
			return g.pick("upper("+col+")", "left("+col+", 1)", col+" || 'z'")
		}
		return g.pick("round("+col+", 1)", "-"+col, "abs("+col+")")
	}
	return col
}

func (g *generator) scalarSubquery(s scope, typ string, depth int) string {
	from, in := g.from(depth - 2)
	outer := fmt.Sprintf("%s = %s", g.column(in, intType), g.column(s, intType))
	if g.IntN(4) == 0 {
		outer += " AND " + g.column(in, numType) + g.pick(" < ", " <= ", " <> ") + g.column(s, numType)
	}
	value := g.pick("min(", "max(") + g.expr(in, typ, 0) + ")"
	if typ == intType && g.IntN(2) == 0 {
		value = "count(*)::int"
	}
	return "(SELECT " + value + " FROM " + from + " WHERE " + outer + ")"
}

// cond is a condition that cannot fail.
func (g *generator) cond(s scope, depth int) string {
	if depth > 1 && g.IntN(3) == 0 {
		return g.subqueryCond(s, depth)
	}
	typ := g.pick(intType, intType, textType, numType)
	a, b := g.column(s, typ), g.column(s, typ)
	switch g.IntN(8) {
	case 0:
		return a + g.pick(" IS NULL", " IS NOT NULL")
	case 1:
		return a + g.pick(" = ", " <> ", " < ", " >= ") + g.value(typ)
	case 2:
		return a + g.pick(" IN (", " NOT IN (") + g.value(typ) + ", " + g.value(typ) + ")"
	case 3:
		return "(" + g.cond(s, 0) + g.pick(" AND ", " OR ") + g.cond(s, 0) + ")"
	case 4:
		return "NOT (" + g.cond(s, 0) + ")"
	case 5:
		return a + g.pick(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + b
	}
	return a + g.pick(" = ", " < ", " <= ", " <> ") + b
}

func (g *generator) subqueryCond(s scope, depth int) string {
	from, in := g.from(depth - 2)
	where := ""
	if g.IntN(3) > 0 {
		where = " WHERE " + g.column(in, intType) + g.pick(" = ", " = ", " < ") + g.column(s, intType)
	}
	typ := g.pick(intType, textType, numType)
	switch g.IntN(4) {
	case 0:
		return g.pick("EXISTS", "NOT EXISTS") + " (SELECT 1 FROM " + from + where + ")"
	case 1:
		return g.column(s, typ) + " IN (SELECT " + g.expr(in, typ, 0) + " FROM " + from + where + ")"
	case 2:
		return g.column(s, typ) + " NOT IN (SELECT " + g.expr(in, typ, 0) + " FROM " + from + where + ")"
	}
	return g.column(s, typ) + g.pick(" < ANY", " >= ALL", " <> ALL", " = ANY") + " (SELECT " + g.column(in, typ) + " FROM " + from + where + ")"
}
