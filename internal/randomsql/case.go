package randomsql

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Case is tables, changes to them and queries over them. Query i may read the
// queries before it as the views v0, v1 and so on.
type Case struct {
	Tables  []*Node
	Changes []*Node
	Queries []*Node
}

// Options say what a case is made of.
type Options struct {
	Queries int
	Changes int
	Failing bool // expressions may fail on some rows
}

// Make makes the case of a seed.
func Make(seed uint64, o Options) *Case {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x7461726e)), failing: o.Failing}
	c := &Case{Tables: g.makeTables()}
	base := len(g.tables)
	for i := range o.Queries {
		g.queries = 4
		g.aliases = 0
		cols := g.someTypes(1, 4)
		c.Queries = append(c.Queries, g.query(cols, 2, nil))
		g.tables = append(g.tables, &table{name: fmt.Sprintf("v%d", i), cols: columnsOf(cols)})
	}
	g.tables = g.tables[:base]
	for _, t := range g.tables {
		c.Changes = append(c.Changes, g.insert(t, 3+g.r.IntN(6)))
	}
	for range o.Changes {
		c.Changes = append(c.Changes, g.change())
	}
	return c
}

// views are the statements that make the queries views.
func (c *Case) views() []string {
	var out []string
	for i, q := range c.Queries {
		if !q.Gone {
			out = append(out, fmt.Sprintf("CREATE MATERIALIZED VIEW v%d AS %s", i, q))
		}
	}
	return out
}

// changes are the texts that change the tables.
func (c *Case) changes() []string {
	var out []string
	for _, n := range c.Changes {
		if !n.Gone {
			out = append(out, strings.TrimSuffix(strings.TrimSpace(n.String()), ";"))
		}
	}
	return out
}

// Script is the case as SQL that tarn run takes: the views are made before the
// data, and shown at the end beside their queries.
func (c *Case) Script() string {
	var b strings.Builder
	for _, n := range c.Tables {
		if !n.Gone {
			fmt.Fprintf(&b, "%s;\n", n)
		}
	}
	for _, v := range c.views() {
		fmt.Fprintf(&b, "%s;\n", v)
	}
	for _, n := range c.changes() {
		fmt.Fprintf(&b, "%s;\n", n)
	}
	for i, q := range c.Queries {
		if !q.Gone {
			fmt.Fprintf(&b, "SELECT * FROM v%d;\n%s;\n", i, q)
		}
	}
	return b.String()
}

// noErrors is a record that holds while no row fails.
const noErrors = "query\nSELECT count(*) FROM tarn.errors\n----\n count \n-------\n     0\n(1 row)\n\n"

// logic is the case as a script for testkit, which may also ask after each step
// that expressions have failed on no row.
func (c *Case) logic(clean bool) string {
	var b strings.Builder
	b.WriteString("loose errors\n\n")
	statement := func(s string) { fmt.Fprintf(&b, "statement ok\n%s\n\n", s) }
	for _, n := range c.Tables {
		if !n.Gone {
			statement(n.String())
		}
	}
	for _, v := range c.views() {
		statement(v)
	}
	if clean {
		b.WriteString(noErrors) // VALUES can fail without any data
	}
	changes := c.changes()
	for i, n := range changes {
		if i == len(changes)/2 {
			b.WriteString("restart\n\n")
		}
		statement(n)
		if clean {
			b.WriteString(noErrors)
		}
	}
	return b.String()
}
