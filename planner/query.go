package planner

import "github.com/tarndb/tarn/row"

// Query is a bound query: its algebra, and beside it how the result is shown.
type Query struct {
	// Root makes the rows. It may make more columns than the result has: those
	// that only OrderBy needs.
	Root Node
	// OrderBy is the order of the whole result. A LIMIT is a TopK in Root.
	OrderBy []Sort
	// Columns are the result's columns, in order; two may share a ColID.
	Columns []OutCol
	// Params are the types of $1, $2, ...
	Params []row.Type
	// Changes are the data changes of its WITH clause, in their order: all see what
	// was there before the first of them.
	Changes []*Change
	// Locks are the relations whose rows the query locks: those that its own rows are
	// made of.
	Locks []Lock
	// Locking are the queries inside it that lock rows, each by itself. Nothing shows
	// their rows.
	Locking []*Query
	// Fired names the rules that changed the plan, in the order of their first
	// firing, with how often each did.
	Fired []Firing

	next  ColID  // the next free column number
	works WorkID // the last recursive query's
}

// OutCol is a column of a result.
type OutCol struct {
	ID   ColID
	Name string
	Type row.Type
	// Rel and Attr tell where the column is taken from unchanged: Attr counts
	// from 1. Rel is nil for a computed column.
	Rel  *Relation
	Attr int
}

// Firing counts a rule's firings.
type Firing struct {
	Rule  string
	Times int
}

// NewCol makes a column with a number that is not in use.
func (q *Query) NewCol(name string, t row.Type) Col {
	q.next++
	return Col{ID: q.next, Name: name, Type: t}
}

// ResultNode is the root without the hidden sort columns: the rows that a view
// keeps. A column that the result has twice is made twice.
func (q *Query) ResultNode() Node {
	byID := map[ColID]Col{}
	for _, c := range q.Root.Columns() {
		byID[c.ID] = c
	}
	items := make([]Item, len(q.Columns))
	seen := map[ColID]bool{}
	for i, c := range q.Columns {
		col := byID[c.ID]
		if seen[c.ID] {
			items[i] = Item{Col: q.NewCol(c.Name, c.Type), Expr: ColumnExpr(col)}
			continue
		}
		seen[c.ID] = true
		items[i] = Pass(col)
	}
	return NewProject(q.Root, items)
}
