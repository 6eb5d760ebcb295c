package bind

import (
	"slices"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// What PostgreSQL demands of WITH RECURSIVE before it looks at any name or type: the
// queries do not read each other in a circle, and each that reads itself is a UNION
// whose right arm reads it once, at a place where more of its rows can only make
// more rows.

// place is where a query reads a relation, as far as recursion cares.
type place int

const (
	anyPlace place = iota
	inFirstTerm
	inSubquery
	inOuterJoin
	inIntersect
	inExcept
)

var placeErrors = map[place]string{
	inFirstTerm: "its non-recursive term",
	inSubquery:  "a subquery",
	inOuterJoin: "an outer join",
	inIntersect: "INTERSECT",
	inExcept:    "EXCEPT",
}

// recursionOrder gives an order in which each query comes after those that it reads,
// and tells which read themselves.
func recursionOrder(ctes []*ast.CTE) (order []int, self []bool, err error) {
	self = make([]bool, len(ctes))
	reads := make([]map[int]bool, len(ctes))
	for i, c := range ctes {
		reads[i] = map[int]bool{}
		w := &relationWalker{found: func(name string, _ int, _ place) error {
			k := slices.IndexFunc(ctes, func(c *ast.CTE) bool { return c.Name == name })
			if k == i {
				self[i] = true
			} else if k >= 0 {
				reads[i][k] = true
			}
			return nil
		}}
		w.walk(c.Query)
	}
	for i := range ctes {
		order = append(order, i)
	}
	for at := range order {
		free := slices.IndexFunc(order[at:], func(i int) bool { return len(reads[i]) == 0 })
		if free < 0 {
			return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "mutual recursion between WITH items is not implemented").At(ctes[order[at]].Pos())
		}
		order[at], order[at+free] = order[at+free], order[at]
		for _, i := range order[at+1:] {
			delete(reads[i], order[at])
		}
	}
	for _, i := range order {
		if self[i] {
			if err := checkRecursion(ctes[i]); err != nil {
				return nil, nil, err
			}
		}
	}
	return order, self, nil
}

// checkRecursion looks at one query that reads itself.
func checkRecursion(c *ast.CTE) error {
	q, refs := c.Query, 0
	if q.Op != ast.Union {
		return pgerr.New(pgerr.InvalidRecursion, "recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] recursive-term", c.Name).At(c.Pos())
	}
	w := &relationWalker{found: func(name string, pos int, at place) error {
		if name != c.Name {
			return nil
		}
		if what := placeErrors[at]; what != "" {
			return pgerr.New(pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear within %s", c.Name, what).At(pos)
		}
		if refs++; refs > 1 {
			return pgerr.New(pgerr.InvalidRecursion, "recursive reference to query \"%s\" must not appear more than once", c.Name).At(pos)
		}
		return nil
	}}
	if q.With != nil {
		for _, inner := range q.With.CTEs {
			w.under(inSubquery, inner.Query)
		}
	}
	w.under(inFirstTerm, q.Left)
	w.under(anyPlace, q.Right)
	if w.err != nil {
		return w.err
	}
	unimplemented := func(what string, pos int) error {
		return pgerr.New(pgerr.FeatureNotSupported, "%s in a recursive query is not implemented", what).At(pos)
	}
	switch {
	case len(q.OrderBy) > 0:
		return unimplemented("ORDER BY", startOf(q.OrderBy[0].Expr))
	case q.Offset != nil:
		return unimplemented("OFFSET", startOf(q.Offset))
	case q.Limit != nil:
		return unimplemented("LIMIT", startOf(q.Limit))
	case len(q.Locking) > 0:
		return unimplemented("FOR UPDATE/SHARE", ast.NoPos)
	}
	return nil
}

// relationWalker finds the relations that a query names without a schema, but for
// those that a WITH clause inside the query stands for.
type relationWalker struct {
	found func(name string, pos int, at place) error
	inner [][]string // the names of the WITH clauses inside, outermost first
	at    place
	err   error
}

func (w *relationWalker) walk(n ast.Node) { ast.Inspect(n, w.visit) }

// under walks nodes that stand in another place.
func (w *relationWalker) under(at place, nodes ...ast.Node) {
	saved := w.at
	w.at = at
	for _, n := range nodes {
		w.walk(n)
	}
	w.at = saved
}

func (w *relationWalker) visit(n ast.Node) bool {
	if w.err != nil {
		return false
	}
	switch n := n.(type) {
	case *ast.TableRef:
		if n.Schema == "" {
			w.relation(n.Name, n.Pos())
		}
	case *ast.FuncRef:
		if f, ok := windowTable(n); ok && len(f.Args) > 0 {
			if ref, ok := f.Args[0].(*ast.ColumnRef); ok && len(ref.Names) == 1 {
				w.relation(ref.Names[0], ref.Pos())
			}
		}
	case *ast.Select:
		w.query(n)
		return false
	case *ast.JoinExpr:
		w.join(n)
		return false
	case *ast.SubqueryExpr:
		w.under(inSubquery, n.Query)
		return false
	case *ast.InExpr:
		if n.Query != nil {
			w.under(inSubquery, n.Query)
			w.walk(n.Arg)
			return false
		}
	case *ast.AnyAllExpr:
		if n.Query != nil {
			w.under(inSubquery, n.Query)
			w.walk(n.Left)
			return false
		}
	}
	return true
}

func (w *relationWalker) relation(name string, pos int) {
	for _, names := range w.inner {
		if slices.Contains(names, name) {
			return
		}
	}
	if err := w.found(name, pos, w.at); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *relationWalker) query(s *ast.Select) {
	if s.With != nil {
		top := len(w.inner)
		w.inner = append(w.inner, nil)
		defer func() { w.inner = w.inner[:top] }()
		if s.With.Recursive {
			for _, c := range s.With.CTEs {
				w.inner[top] = append(w.inner[top], c.Name)
			}
		}
		for _, c := range s.With.CTEs {
			w.walk(c.Query)
			w.inner[top] = append(w.inner[top], c.Name)
		}
	}
	left, right := w.at, w.at
	if w.at == anyPlace {
		switch {
		case s.Op == ast.Intersect && s.All:
			left, right = inIntersect, inIntersect
		case s.Op == ast.Except && s.All:
			left, right = inExcept, inExcept
		case s.Op == ast.Except:
			right = inExcept
		}
	}
	w.under(left, s.Left)
	w.under(right, s.Right)
	rest := *s
	rest.With, rest.Left, rest.Right = nil, nil, nil
	ast.Inspect(&rest, func(n ast.Node) bool { return n == ast.Node(&rest) || w.visit(n) })
}

func (w *relationWalker) join(j *ast.JoinExpr) {
	left, right := w.at, w.at
	if w.at == anyPlace {
		if j.Kind == ast.RightJoin || j.Kind == ast.FullJoin {
			left = inOuterJoin
		}
		if j.Kind == ast.LeftJoin || j.Kind == ast.FullJoin {
			right = inOuterJoin
		}
	}
	w.under(left, j.Left)
	w.under(right, j.Right)
	if j.On != nil {
		w.walk(j.On)
	}
}

// startOf is the place of an expression's first token.
func startOf(e ast.Expr) int {
	first := ast.NoPos
	ast.Inspect(e, func(n ast.Node) bool {
		if p := n.Pos(); p >= 0 && (first < 0 || p < first) {
			first = p
		}
		return true
	})
	return first
}
