package bind

import (
	"fmt"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

type subqueryKind uint8

const (
	scalarSubquery subqueryKind = iota
	existsSubquery
	anySubquery // op ANY, IN
	allSubquery // op ALL, NOT IN
	arraySubquery
)

// subquery is a subquery inside an expression while a query is bound. Putting
// the expression into a node lifts it out, as an Apply below the node.
type subquery struct {
	kind  subqueryKind
	plan  planner.Node
	col   planner.Col    // its column: scalar and array
	name  string         // the column's name
	order []planner.Sort // array
	// cond is the comparison of ANY and ALL: of the outer row and the plan's columns.
	cond planner.Scalar
	typ  row.Type
	at   int
	id   string
}

func (e *subquery) Type() row.Type        { return e.typ }
func (e *subquery) Pos() int              { return e.at }
func (e *subquery) Children() []expr.Expr { return nil }
func (e *subquery) String() string        { return e.id }

func (e *subquery) WithChildren([]expr.Expr) expr.Expr { return e }

// mapOuter rewrites the expressions of the plan by in, and the comparison, which
// stands in the outer query, by cond.
func (e *subquery) mapOuter(in, cond func(planner.Scalar) planner.Scalar) *subquery {
	out := *e
	out.plan = planner.RewriteExprs(e.plan, in)
	if e.cond != nil {
		out.cond = cond(e.cond)
	}
	return &out
}

func hasSubquery(e planner.Scalar) bool {
	found := false
	expr.Walk(e, func(x planner.Scalar) bool {
		if _, ok := x.(*subquery); ok {
			found = true
		}
		return !found
	})
	return found
}

func (b *binder) subqueryExpr(s *scope, e *ast.SubqueryExpr) (planner.Scalar, error) {
	q, err := b.query(e.Query, s, s.ctes, true)
	if err != nil {
		return nil, err
	}
	out := b.newSubquery(e.Pos(), q)
	switch e.Kind {
	case ast.ExistsSubquery:
		out.kind, out.typ = existsSubquery, row.T(row.Bool)
		return out, nil
	case ast.ArraySubquery:
		if err := oneColumn(q, e.Pos()); err != nil {
			return nil, err
		}
		t := q.cols[0].Col.Type
		if t.Is(row.Record) {
			return nil, unsupported(e.Pos(), "ARRAY of "+t.String())
		}
		if out.typ = t.Base(); !t.Is(row.Array) { // arrays are the slices of one of more dimensions
			out.typ = out.typ.ArrayType()
		}
		out.kind, out.order = arraySubquery, q.order
		return out, nil
	}
	if err := oneColumn(q, e.Pos()); err != nil {
		return nil, err
	}
	out.typ = out.col.Type
	return out, nil
}

func oneColumn(q *bound, pos int) error {
	if len(q.cols) != 1 {
		return pgerr.New(pgerr.SyntaxError, "subquery must return only one column").At(pos)
	}
	return nil
}

func (b *binder) newSubquery(pos int, q *bound) *subquery {
	b.subqueries++
	out := &subquery{plan: q.node, at: pos, id: fmt.Sprintf("subquery%d", b.subqueries)}
	if len(q.cols) > 0 {
		out.col, out.name = q.cols[0].Col, q.cols[0].Name
	}
	return out
}

// quantified binds left op ANY|ALL (query), of which IN is "= ANY" and NOT IN
// "<> ALL". left is a row when the subquery has several columns.
func (b *binder) quantified(s *scope, pos int, left ast.Expr, op string, all bool, query *ast.Select) (planner.Scalar, error) {
	var lefts []ast.Expr
	if r, ok := left.(*ast.RowExpr); ok {
		lefts = r.Elems
	} else {
		lefts = []ast.Expr{left}
	}
	bounds := make([]planner.Scalar, len(lefts))
	for i, l := range lefts {
		var err error
		if bounds[i], err = b.expr(s, l); err != nil {
			return nil, err
		}
	}
	q, err := b.query(query, s, s.ctes, true)
	if err != nil {
		return nil, err
	}
	if len(q.cols) > len(lefts) {
		return nil, pgerr.New(pgerr.SyntaxError, "subquery has too many columns").At(pos)
	}
	if len(q.cols) < len(lefts) {
		return nil, pgerr.New(pgerr.SyntaxError, "subquery has too few columns").At(pos)
	}
	out := b.newSubquery(pos, q)
	out.kind, out.typ = anySubquery, row.T(row.Bool)
	if all {
		out.kind = allSubquery
	}
	rights := make([]planner.Scalar, len(q.cols))
	for i, c := range q.cols {
		rights[i] = planner.ColumnExpr(c.Col)
	}
	if out.cond, err = b.rowCompare(pos, op, bounds, rights); err != nil {
		return nil, err
	}
	if !out.cond.Type().Is(row.Bool) {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", out.cond.Type()).At(pos)
	}
	return out, nil
}

// liftConjunct makes a join of a predicate that is a subquery test: EXISTS, ANY,
// ALL and their negations. nil if the predicate is something else.
func (b *binder) liftConjunct(n planner.Node, p planner.Scalar) planner.Node {
	negated := false
	for {
		not, ok := p.(*expr.Not)
		if !ok {
			break
		}
		negated, p = !negated, not.Arg
	}
	sub, ok := p.(*subquery)
	if !ok || sub.cond != nil && hasSubquery(sub.cond) {
		return nil
	}
	var on []planner.Scalar
	if sub.cond != nil {
		on = expr.Conjuncts(sub.cond)
	}
	switch {
	case sub.kind == existsSubquery && !negated, sub.kind == anySubquery && !negated:
		return &planner.Apply{Kind: planner.JoinSemi, Left: n, Right: sub.plan, On: on}
	case sub.kind == existsSubquery:
		return &planner.Apply{Kind: planner.JoinAnti, Left: n, Right: sub.plan}
	case sub.kind == anySubquery:
		// NOT (x = ANY (q)): the comparison is false for every row.
		return &planner.Apply{Kind: planner.JoinNullAnti, Left: n, Right: sub.plan, On: on}
	case sub.kind == allSubquery && !negated:
		return b.liftAll(n, sub)
	case sub.kind == allSubquery:
		// NOT (x op ALL (q)): the comparison is false for some row.
		test := &expr.IsTruth{Arg: sub.cond, Test: expr.IsFalse, At: -1}
		return &planner.Apply{Kind: planner.JoinSemi, Left: n, Right: sub.plan, On: []planner.Scalar{test}}
	}
	return nil
}

// liftAll: the comparison is true for every row, so there is none for which it is
// false or unknown. x <> ALL is NOT IN: there the equality is false for all.
func (b *binder) liftAll(n planner.Node, sub *subquery) planner.Node {
	if eq := b.negatedEquality(sub.cond); eq != nil {
		return &planner.Apply{Kind: planner.JoinNullAnti, Left: n, Right: sub.plan, On: expr.Conjuncts(eq)}
	}
	test := &expr.IsTruth{Arg: sub.cond, Test: expr.IsTrue, Not: true, At: -1}
	return &planner.Apply{Kind: planner.JoinAnti, Left: n, Right: sub.plan, On: []planner.Scalar{test}}
}

// negatedEquality turns x <> y, or (a, b) <> (c, d) as it was expanded, into its
// opposite; nil for anything else.
func (b *binder) negatedEquality(e planner.Scalar) planner.Scalar {
	if l, ok := e.(*expr.Logic); ok && l.Or {
		out := make([]planner.Scalar, len(l.Args))
		for i, a := range l.Args {
			if out[i] = b.negatedEquality(a); out[i] == nil {
				return nil
			}
		}
		return expr.Conjunction(out...)
	}
	op, l, r, ok := expr.AsComparison(e)
	if !ok || op.Name != "<>" {
		return nil
	}
	eq, err := b.typing.Operator(e.Pos(), "=", l, r)
	if err != nil {
		return nil
	}
	return eq
}

// liftOne puts a subquery beside the rows of n; when are the conditions under which
// a row needs its value.
func (b *binder) liftOne(n planner.Node, sub *subquery, when []planner.Scalar) (planner.Node, planner.Scalar) {
	switch sub.kind {
	case existsSubquery:
		mark := b.newCol("exists", "exists", row.T(row.Bool))
		one := &planner.Distinct{Input: &planner.Project{Input: sub.plan, Items: []planner.Item{{Col: mark, Expr: expr.BoolConst(true)}}}}
		return leftApply(n, one, when), &expr.IsNull{Arg: planner.ColumnExpr(mark), Not: true, At: sub.at}
	case anySubquery, allSubquery:
		return b.liftQuantified(n, sub, when)
	case arraySubquery:
		arr := b.newCol("array", "array", sub.typ)
		g := planner.Agg{Col: arr, Func: planner.MustAgg("array_agg", sub.col.Type), Args: []planner.Scalar{planner.ColumnExpr(sub.col)}}
		for _, o := range sub.order {
			g.Order = append(g.Order, planner.SortExpr{Expr: planner.ColumnExpr(o.Col), Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		right := &planner.Aggregate{Input: sub.plan, Aggs: []planner.Agg{g}}
		empty := &expr.ArrayExpr{Typ: sub.typ, At: -1}
		return leftApply(n, right, when), &expr.Coalesce{Args: []planner.Scalar{planner.ColumnExpr(arr), empty}, Typ: sub.typ, At: sub.at}
	}
	right := planner.Keep(sub.plan, []planner.Col{sub.col})
	// The same column may be read twice by one outer query: each gets its own.
	value := b.newCol(sub.name, sub.name, sub.col.Type)
	right = &planner.Project{Input: right, Items: []planner.Item{{Col: value, Expr: planner.ColumnExpr(sub.col)}}}
	if !planner.HasKey(right, planner.ColSet{}) {
		right = &planner.MaxOne{Input: right}
	}
	return leftApply(n, right, when), planner.ColumnExpr(value)
}

// leftApply needs conditions only for what may fail: else a value too many harms
// nobody. A condition that may differ from time to time is none.
func leftApply(n, right planner.Node, when []planner.Scalar) planner.Node {
	a := &planner.Apply{Kind: planner.JoinLeft, Left: n, Right: right}
	if len(when) > 0 && planner.MayFail(right) && expr.VolatilityOf(expr.Conjunction(when...)) != expr.Volatile {
		a.When = when
	}
	return a
}

// liftQuantified counts the rows for which the comparison is true, false and
// unknown: SQL's three-valued ANY and ALL, where a join would only see "true".
func (b *binder) liftQuantified(n planner.Node, sub *subquery, when []planner.Scalar) (planner.Node, planner.Scalar) {
	if len(when) == 0 || !planner.MayFail(sub.plan) && !expr.CanError(sub.cond) {
		if out, value := b.liftMembership(n, sub); out != nil {
			return out, value
		}
	}
	int8 := row.T(row.Int8)
	decided := expr.IsTrue
	if sub.kind == allSubquery {
		decided = expr.IsFalse
	}
	hit, unknown := b.newCol("decided", "decided", int8), b.newCol("unknown", "unknown", int8)
	agg := &planner.Aggregate{Input: sub.plan, Aggs: []planner.Agg{
		{Col: hit, Func: planner.MustAgg("count"), Filter: &expr.IsTruth{Arg: sub.cond, Test: decided, At: -1}},
		{Col: unknown, Func: planner.MustAgg("count"), Filter: &expr.IsTruth{Arg: sub.cond, Test: expr.IsUnknown, At: -1}},
	}}
	any := sub.kind == anySubquery
	value := &expr.Case{
		Whens: []expr.When{
			{Cond: b.positive(hit), Then: expr.BoolConst(any)},
			{Cond: b.positive(unknown), Then: expr.NullConst(row.T(row.Bool))},
		},
		Else: expr.BoolConst(!any), Typ: row.T(row.Bool), At: sub.at,
	}
	return leftApply(n, agg, when), value
}

// liftMembership is x IN (q), or NOT IN, as a value, where q reads nothing of the
// outer row: whether x is among the different values of q, how many rows q has,
// and how many of them are not NULL, decide. It returns nil for other forms.
func (b *binder) liftMembership(n planner.Node, sub *subquery) (planner.Node, planner.Scalar) {
	cond := sub.cond
	if sub.kind == allSubquery {
		if cond = b.negatedEquality(cond); cond == nil {
			return nil, nil
		}
	}
	x, y, ok := planner.AsEquality(cond)
	own := planner.ColsOf(sub.plan.Columns())
	if !ok || !planner.OuterCols(sub.plan).Empty() || planner.ExprCols(x).Meets(own) || !planner.ExprCols(y).Within(own) || planner.ExprCols(y).Empty() {
		return nil, nil
	}
	int8, boolean := row.T(row.Int8), row.T(row.Bool)
	all, known := b.newCol("rows", "rows", int8), b.newCol("known", "known", int8)
	val, mark := b.newCol(sub.name, sub.name, y.Type()), b.newCol("member", "member", boolean)
	counts := &planner.Aggregate{Input: sub.plan, Aggs: []planner.Agg{
		{Col: all, Func: planner.MustAgg("count")},
		{Col: known, Func: planner.MustAgg("count", y.Type()), Args: []planner.Scalar{y}},
	}}
	members := &planner.Distinct{Input: &planner.Project{Input: sub.plan, Items: []planner.Item{{Col: val, Expr: y}, {Col: mark, Expr: expr.BoolConst(true)}}}}
	match, err := b.typing.Operator(sub.at, "=", x, planner.ColumnExpr(val))
	if err != nil {
		return nil, nil
	}
	unknown, err := b.typing.Operator(sub.at, "<", planner.ColumnExpr(known), planner.ColumnExpr(all))
	if err != nil {
		return nil, nil
	}
	out := &planner.Apply{Kind: planner.JoinLeft, Left: &planner.Apply{Kind: planner.JoinLeft, Left: n, Right: counts}, Right: members, On: []planner.Scalar{match}}
	in := sub.kind == anySubquery
	value := &expr.Case{
		Whens: []expr.When{
			{Cond: &expr.IsNull{Arg: planner.ColumnExpr(mark), Not: true, At: -1}, Then: expr.BoolConst(in)},
			{Cond: &expr.Not{Arg: b.positive(all), At: -1}, Then: expr.BoolConst(!in)},
			{Cond: expr.Disjunction(&expr.IsNull{Arg: x, At: -1}, unknown), Then: expr.NullConst(boolean)},
		},
		Else: expr.BoolConst(!in), Typ: boolean, At: sub.at,
	}
	return out, value
}

func (b *binder) positive(c planner.Col) planner.Scalar {
	e, err := b.typing.Operator(-1, ">", planner.ColumnExpr(c), intConst(0))
	if err != nil {
		panic("bind: int8 has no operator >: " + err.Error())
	}
	return e
}
