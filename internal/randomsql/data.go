package randomsql

import (
	"fmt"
	"strings"
)

// column is a column of a table.
type column struct {
	name string
	t    Type
}

// pool is what tables take their columns from: the same name has the same type in
// all of them, so that USING finds something.
var pool = []column{
	{"i", Int4}, {"j", Int4}, {"k", Int8}, {"n", Numeric}, {"f", Float8}, {"s", Text}, {"u", Text}, {"b", Bool}, {"t", Timestamp}, {"m", Mood},
}

// table is a table, or a view.
type table struct {
	name string
	cols []column
	key  bool // its first column, id, is its primary key
	next int  // the next id
}

// makeTables makes two to four tables; the first has a primary key. A type comes
// before them.
func (g *generator) makeTables() []*Node {
	out := []*Node{text("", createMood)}
	for i := range 2 + g.r.IntN(3) {
		t := &table{name: fmt.Sprintf("t%d", i), key: i == 0, next: 1}
		var defs []string
		if t.key {
			t.cols = []column{{"id", Int4}}
			defs = []string{"id int4 PRIMARY KEY"}
		}
		for _, p := range g.r.Perm(len(pool))[:2+g.r.IntN(4)] {
			t.cols = append(t.cols, pool[p])
			defs = append(defs, pool[p].name+" "+pool[p].t.String())
		}
		g.tables = append(g.tables, t)
		out = append(out, text("", "CREATE TABLE "+t.name+" ("+strings.Join(defs, ", ")+")"))
	}
	return out
}

// change is one transaction of one to four statements.
func (g *generator) change() *Node {
	n := 1
	if g.chance(40) {
		n = 2 + g.r.IntN(3)
	}
	var list []*Node
	for range n {
		list = append(list, text("", g.write(), "; "))
	}
	if n == 1 {
		return list[0]
	}
	out := text("", "BEGIN; ")
	for _, s := range list {
		s.Optional = true
		out.Parts = append(out.Parts, s)
	}
	out.Parts = append(out.Parts, "COMMIT")
	return out
}

// write is a statement that changes a table.
func (g *generator) write() *Node {
	t := g.tables[g.r.IntN(len(g.tables))]
	s := &scope{}
	for _, c := range t.cols {
		s.atoms = append(s.atoms, atom{node: text("", c.name), t: c.t, column: true, bare: true})
	}
	switch n := g.r.IntN(10); {
	case n < 5:
		return g.insert(t, 1+g.r.IntN(6))
	case n < 8:
		c := t.cols[g.r.IntN(len(t.cols))]
		set := text("", constant(g.r, c.t))
		if c.name == "id" {
			t.next += 1000
			set = text("", "id + 1000")
		} else if g.chance(30) {
			set = text("", g.pick(c.t, s))
		}
		return text("", "UPDATE "+t.name+" SET "+c.name+" = ", set, optional(" WHERE ", g.condition(s)))
	}
	return text("", "DELETE FROM "+t.name+" WHERE ", g.condition(s))
}

// condition is a test that fails on no row.
func (g *generator) condition(s *scope) *Node {
	a := s.atoms[g.r.IntN(len(s.atoms))]
	return text("", a.node, g.oneOf(" = ", " = ", " < ", " IS DISTINCT FROM "), constant(g.r, a.t))
}

func (g *generator) insert(t *table, n int) *Node {
	var rows []*Node
	for range n {
		var cells []string
		for _, c := range t.cols {
			if c.name == "id" {
				cells = append(cells, fmt.Sprint(t.next))
				t.next++
				continue
			}
			cells = append(cells, constant(g.r, c.t))
		}
		row := "(" + strings.Join(cells, ", ") + ")"
		rows = append(rows, text("", row))
		if !t.key && g.chance(15) {
			rows = append(rows, text("", row))
		}
	}
	return text("", "INSERT INTO "+t.name+" VALUES ", list(", ", rows))
}
