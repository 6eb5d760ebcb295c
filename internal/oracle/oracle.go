package oracle

import (
	"fmt"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Read gives the whole content of a relation: rows of all its columns, a row
// that is there n times n times. The rows stay the reader's.
type Read func(rel *planner.Relation) ([]row.Row, error)

// Result is what a query means.
type Result struct {
	Types []row.Type // of the query's columns
	Rows  []row.Row  // of the query's columns; in no order
	// Failed counts the rows that were left out because evaluation failed on
	// them; Errors are the reasons, one for each.
	Failed int
	Errors []error
	// Dependent tells that the query has subqueries that depend on outer rows:
	// how often one of their rows fails depends on how they are carried out.
	Dependent bool
}

// Eval computes a bound query that was neither decorrelated nor optimized. The
// error tells that the query as a whole has no meaning, or that it is not
// understood here.
func Eval(q *planner.Query, read Read, ctx *expr.Context) (*Result, error) {
	if ctx == nil {
		ctx = &expr.Context{}
	}
	e := &evaluator{
		ctx: ctx, read: read, programs: map[programKey]*program{},
		relations: map[uint32][]row.Row{}, applied: map[*planner.Apply]map[string]*relation{},
		working: map[planner.WorkID][]row.Row{},
	}
	root, err := e.node(q.Root, env{})
	if err != nil {
		return nil, err
	}
	out := &Result{Failed: len(e.errors), Errors: e.errors, Dependent: e.dependent}
	at := make([]int, len(q.Columns))
	for i, c := range q.Columns {
		if at[i] = root.position(c.ID); at[i] < 0 {
			return nil, fmt.Errorf("oracle: the query does not make its column %s", c.Name)
		}
		out.Types = append(out.Types, c.Type)
	}
	for _, r := range root.rows {
		shown := make(row.Row, len(at))
		for i, p := range at {
			shown[i] = r[p]
		}
		out.Rows = append(out.Rows, shown)
	}
	return out, nil
}

// relation is a bag of rows.
type relation struct {
	cols []planner.Col
	rows []row.Row
}

func (r *relation) position(id planner.ColID) int { return positionOf(r.cols, id) }

func positionOf(cols []planner.Col, id planner.ColID) int {
	for i, c := range cols {
		if c.ID == id {
			return i
		}
	}
	return -1
}

// positions finds columns that must be there.
func (r *relation) positions(cols []planner.Col) ([]int, error) {
	out := make([]int, len(cols))
	for i, c := range cols {
		if out[i] = r.position(c.ID); out[i] < 0 {
			return nil, fmt.Errorf("oracle: no column %s among the inputs'", c)
		}
	}
	return out, nil
}

// env is the row of the enclosing queries that a subquery is evaluated for.
type env struct {
	cols []planner.Col
	row  row.Row
}

// with puts a row of a relation in front of what is known already.
func (v env) with(cols []planner.Col, r row.Row) env {
	return env{cols: append(cols[:len(cols):len(cols)], v.cols...), row: join(r, v.row)}
}

func join(a, b row.Row) row.Row {
	return append(append(make(row.Row, 0, len(a)+len(b)), a...), b...)
}

type evaluator struct {
	ctx       *expr.Context
	read      Read
	programs  map[programKey]*program
	relations map[uint32][]row.Row
	applied   map[*planner.Apply]map[string]*relation // the right side, by the outer values that it reads
	working   map[planner.WorkID][]row.Row            // what the last turn of a recursive query brought
	errors    []error
	dependent bool
}

// fail counts a row that is left out.
func (e *evaluator) fail(err error) { e.errors = append(e.errors, err) }

// node computes the rows of a tree for one outer row.
func (e *evaluator) node(n planner.Node, v env) (*relation, error) {
	switch n := n.(type) {
	case *planner.Scan:
		return e.scan(n)
	case *planner.Values:
		return e.values(n, v)
	case *planner.Filter:
		return e.filter(n, v)
	case *planner.Project:
		return e.project(n, v)
	case *planner.TableFunc:
		return e.tableFunc(n, v)
	case *planner.Join:
		return e.join(n, v)
	case *planner.Apply:
		return e.apply(n, v)
	case *planner.MaxOne:
		return e.maxOne(n, v)
	case *planner.Aggregate:
		return e.aggregate(n, v)
	case *planner.Distinct:
		return e.distinct(n, v)
	case *planner.SetOp:
		return e.setOp(n, v)
	case *planner.TopK:
		return e.topK(n, v)
	case *planner.Recursive:
		return e.recursive(n, v)
	case *planner.Working:
		return &relation{cols: n.Cols, rows: e.working[n.ID]}, nil
	case *planner.Over:
		return e.over(n, v)
	}
	return nil, fmt.Errorf("oracle: %T is not known", n)
}
