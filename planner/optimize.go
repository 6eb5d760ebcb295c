package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Rule is a rewrite of one node. Its file says what it does, why, and when it
// would be unsound.
type Rule struct {
	Name string
	// Apply returns what takes the node's place, or nil where the rule does not
	// apply. The result has exactly the node's columns, under the same numbers.
	Apply func(r *Rewriter, n Node) Node
	// Tree, set instead of Apply, rewrites a whole tree: needed tells which
	// columns of the root are read. nil where nothing changed.
	Tree func(r *Rewriter, root Node, needed ColSet) Node
}

// Rewriter is what rules may use of the query that they rewrite.
type Rewriter struct {
	q *Query
	// Context folds constants; never nil.
	Context *expr.Context
}

// NewCol makes a column with a number that is not in use.
func (r *Rewriter) NewCol(name string, t row.Type) Col { return r.q.NewCol(name, t) }

// maxPasses bounds the passes over the tree: rules are meant to reach a fixpoint
// in two or three, and stopping early only costs speed.
const maxPasses = 8

// Optimize decorrelates the query and then applies the rules, in order, until
// none of them changes anything. Without rules the plan is right, only slower.
// q is changed in place; its columns keep their meaning.
func Optimize(q *Query, rules []Rule, ctx *expr.Context) error {
	if err := Decorrelate(q); err != nil {
		return err
	}
	if ctx == nil {
		ctx = &expr.Context{}
	}
	r := &Rewriter{q: q, Context: ctx}
	for range maxPasses {
		changed := false
		for _, rule := range rules {
			if n := r.run(rule); n > 0 {
				changed = true
				q.fired(rule.Name, n)
			}
		}
		if !changed {
			return nil
		}
	}
	return nil
}

func (r *Rewriter) run(rule Rule) int {
	if rule.Tree != nil {
		if out := rule.Tree(r, r.q.Root, r.q.needed()); out != nil {
			r.q.Root = out
			return 1
		}
		return 0
	}
	fired := 0
	// Shared subtrees are rewritten once, so that they stay shared.
	done := map[Node]Node{}
	var visit func(n Node) Node
	visit = func(n Node) Node {
		if out, ok := done[n]; ok {
			return out
		}
		out := RewriteChildren(n, visit)
		if to := rule.Apply(r, out); to != nil {
			fired++
			out = to
		}
		done[n] = out
		return out
	}
	r.q.Root = visit(r.q.Root)
	return fired
}

func (q *Query) fired(rule string, n int) {
	for i := range q.Fired {
		if q.Fired[i].Rule == rule {
			q.Fired[i].Times += n
			return
		}
	}
	q.Fired = append(q.Fired, Firing{rule, n})
}

// needed are the columns of the root that the result shows or sorts by, or that tell
// which rows are locked.
func (q *Query) needed() ColSet {
	var s ColSet
	for _, c := range q.Columns {
		s.add(c.ID)
	}
	for _, o := range q.OrderBy {
		s.add(o.Col.ID)
	}
	return s.Union(q.locked())
}

// WithParams is the query with $1, $2, ... replaced by values, which have the types
// of q.Params. q is not changed: a prepared statement keeps it for the next values.
// Optimize the result (again), so that rules see the values.
func WithParams(q *Query, values []row.Datum) *Query {
	out := *q
	out.Fired = append([]Firing(nil), q.Fired...)
	out.Params = nil
	out.Root = RewriteExprs(q.Root, func(e Scalar) Scalar {
		return expr.Rewrite(e, func(x Scalar) Scalar {
			p, ok := x.(*expr.Param)
			if !ok || p.N > len(values) {
				return x
			}
			return &expr.Const{Datum: values[p.N-1], Typ: p.Type(), At: p.At}
		})
	})
	return &out
}
