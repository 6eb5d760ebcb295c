package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// orderItem orders by a target.
type orderItem struct {
	target           int
	desc, nullsFirst bool
}

// sortOptions reads direction and placement of NULLs with PostgreSQL's defaults.
func sortOptions(o *ast.SortBy) (desc, nullsFirst bool, err error) {
	switch o.Dir {
	case ast.SortDesc:
		desc = true
	case ast.SortUsing:
		switch o.UsingOp {
		case "<":
		case ">":
			desc = true
		default:
			return false, false, pgerr.New(pgerr.WrongObjectType, "operator %s is not a valid ordering operator", o.UsingOp).
				WithHint("Ordering operators must be \"<\" or \">\" members of btree operator families.").At(o.Pos())
		}
	}
	nullsFirst = desc
	if o.Nulls != ast.NullsDefault {
		nullsFirst = o.Nulls == ast.NullsFirst
	}
	return desc, nullsFirst, nil
}

func (c *coreBinder) bindOrderBy() error {
	c.s.clause = "ORDER BY"
	for _, o := range c.sel.OrderBy {
		desc, nullsFirst, err := sortOptions(o)
		if err != nil {
			return err
		}
		i, err := c.sortTarget(o.Expr, "ORDER BY")
		if err != nil {
			return err
		}
		if c.sel.Distinct && len(c.sel.DistinctOn) == 0 && i >= c.visible {
			return pgerr.New(pgerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(startOf(o.Expr))
		}
		if err := orderable(c.targets[i].expr.Type(), o.Expr.Pos()); err != nil {
			return err
		}
		c.order = append(c.order, orderItem{i, desc, nullsFirst})
	}
	return nil
}

// orderable refuses types without an order.
func orderable(t row.Type, pos int) error {
	if !t.Comparable() {
		return pgerr.New(pgerr.UndefinedFunction, "could not identify an ordering operator for type %s", t).
			WithHint("Use an explicit ordering operator or modify the query.").At(pos)
	}
	return nil
}

// sortTarget finds the target that an ORDER BY or DISTINCT ON item means: an
// output name, a position, or an expression, for which a hidden target is added
// unless the list has it already.
func (c *coreBinder) sortTarget(e ast.Expr, clause string) (int, error) {
	if ref, ok := e.(*ast.ColumnRef); ok && len(ref.Names) == 1 && !ref.Star {
		if i, err := c.byOutputName(ref, clause); i >= 0 || err != nil {
			return i, err
		}
	}
	if k, ok := e.(*ast.Const); ok {
		return c.byPosition(k, clause)
	}
	bound, err := c.b.expr(c.s, e)
	if err != nil {
		return 0, err
	}
	if bound, err = c.b.known(bound); err != nil {
		return 0, err
	}
	for i, t := range c.targets {
		if expr.Equal(t.expr, bound) && !hasSubquery(bound) {
			return i, nil
		}
	}
	c.targets = append(c.targets, target{name: "sort", expr: bound})
	return len(c.targets) - 1, nil
}

func (c *coreBinder) byOutputName(ref *ast.ColumnRef, clause string) (int, error) {
	found := -1
	for i, t := range c.targets[:c.visible] {
		if t.name != ref.Names[0] {
			continue
		}
		if found >= 0 && !expr.Equal(c.targets[found].expr, t.expr) {
			return -1, pgerr.New(pgerr.AmbiguousColumn, "%s \"%s\" is ambiguous", clause, ref.Names[0]).At(ref.Pos())
		}
		if found < 0 {
			found = i
		}
	}
	return found, nil
}

func (c *coreBinder) byPosition(k *ast.Const, clause string) (int, error) {
	if k.Kind != ast.ConstInt {
		return 0, pgerr.New(pgerr.SyntaxError, "non-integer constant in %s", clause).At(k.Pos())
	}
	if k.Int < 1 || k.Int > int64(c.visible) {
		return 0, pgerr.New(pgerr.InvalidColumnReference, "%s position %d is not in select list", clause, k.Int).At(k.Pos())
	}
	return int(k.Int) - 1, nil
}

// bindDistinctOn checks that the first sort items are DISTINCT ON's, so that
// "the first row of each" has a meaning.
func (c *coreBinder) bindDistinctOn() error {
	if c.sel.Distinct && len(c.sel.DistinctOn) == 0 {
		for _, t := range c.targets[:c.visible] {
			if !t.expr.Type().Comparable() {
				return pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", t.expr.Type()).At(t.expr.Pos())
			}
		}
	}
	c.s.clause = "DISTINCT ON"
	on := map[int]bool{}
	var targets []int // of each expression
	for _, e := range c.sel.DistinctOn {
		i, err := c.sortTarget(e, "DISTINCT ON")
		if err != nil {
			return err
		}
		targets = append(targets, i)
		if !on[i] {
			on[i] = true
			c.on = append(c.on, i)
		}
	}
	if len(c.on) == 0 {
		return nil
	}
	met := map[int]bool{}
	skipped := false
	for _, o := range c.order {
		if len(met) == len(c.on) {
			return nil
		}
		if on[o.target] && skipped {
			return c.unmatched(targets, o.target)
		}
		if on[o.target] {
			met[o.target] = true
		} else {
			skipped = true
		}
	}
	for _, i := range c.on {
		if skipped && !met[i] {
			return c.unmatched(targets, i)
		}
	}
	return nil
}

// unmatched is the error of the expression of DISTINCT ON that stands for a target.
func (c *coreBinder) unmatched(targets []int, target int) error {
	err := pgerr.New(pgerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions")
	return err.At(c.sel.DistinctOn[slices.Index(targets, target)].Pos())
}

// limit puts LIMIT and OFFSET above a query. They read no columns of it.
func (b *binder) limit(q *bound, sel *ast.Select, s *scope) (*bound, error) {
	if sel.Limit == nil && sel.Offset == nil {
		return q, nil
	}
	limit, err := b.limitExpr(s, sel.Limit, "LIMIT")
	if err != nil {
		return nil, err
	}
	offset, err := b.limitExpr(s, sel.Offset, "OFFSET")
	if err != nil {
		return nil, err
	}
	if hasSubquery(limit) || hasSubquery(offset) {
		if sel.WithTies {
			return nil, unsupported(sel.Limit.Pos(), "WITH TIES with a subquery")
		}
		q.node = b.limitBySubquery(q, limit, offset)
		return q, nil
	}
	q.node = &planner.TopK{Input: q.node, Order: q.order, Limit: limit, Offset: offset, Ties: sel.WithTies}
	return q, nil
}

// limitBySubquery numbers the rows and compares with the values of the subqueries.
func (b *binder) limitBySubquery(q *bound, limit, offset planner.Scalar) planner.Node {
	int8 := row.T(row.Int8)
	given := func(e planner.Scalar, clause string, code string) planner.Scalar {
		if e == nil {
			return expr.NullConst(int8)
		}
		return &expr.Call{Func: notNegative(clause, code), Args: []planner.Scalar{e}, Typ: int8, At: -1}
	}
	cols := q.node.Columns()
	number := b.newCol("number", "number", int8)
	top := &planner.TopK{Input: q.node, Order: q.order, Rank: number}
	in, values := b.lift(top, []planner.Scalar{
		given(limit, "LIMIT", pgerr.InvalidRowCountInLimit),
		&expr.Coalesce{Args: []planner.Scalar{given(offset, "OFFSET", pgerr.InvalidRowCountInOffset), intConst(0)}, Typ: int8, At: -1},
	})
	from, most := b.newCol("offset", "offset", int8), b.newCol("limit", "limit", int8)
	in = planner.Extend(in, planner.Item{Col: most, Expr: values[0]}, planner.Item{Col: from, Expr: values[1]})
	op := func(name string, l, r planner.Scalar) planner.Scalar {
		e, err := b.typing.Operator(-1, name, l, r)
		if err != nil {
			panic("bind: int8 has no operator " + name + ": " + err.Error())
		}
		return e
	}
	n, o, m := planner.ColumnExpr(number), planner.ColumnExpr(from), planner.ColumnExpr(most)
	return planner.Keep(planner.NewFilter(in, op(">", n, o), expr.Disjunction(&expr.IsNull{Arg: m, At: -1}, op("<=", op("-", n, o), m))), cols)
}

// notNegative refuses what is no number of rows.
func notNegative(clause, code string) *fn.Function {
	t := fn.ArgType{Type: row.T(row.Int8)}
	return &fn.Function{Name: "rows", Params: []fn.ArgType{t}, Result: t, Strict: true, Kernel: fn.F1(func(_ *fn.Call, v int64) (int64, error) {
		if v < 0 {
			return 0, pgerr.New(code, "%s must not be negative", clause)
		}
		return v, nil
	})}
}

func (b *binder) limitExpr(s *scope, e ast.Expr, clause string) (planner.Scalar, error) {
	if e == nil {
		return nil, nil
	}
	in := &scope{parent: s.parent, ctes: s.ctes, table: s.table, items: s.items, clause: clause}
	bound, err := b.expr(in, e)
	if err != nil {
		return nil, err
	}
	if !planner.ExprCols(bound).Empty() {
		return nil, pgerr.New(pgerr.InvalidColumnReference, "argument of %s must not contain variables", clause).At(e.Pos())
	}
	from := bound.Type()
	out, err := b.typing.Coerce(bound, row.T(row.Int8), expr.Assignment)
	if code := pgerr.Code(err); code == pgerr.CannotCoerce {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type bigint, not type %s", clause, from.Base()).At(e.Pos())
	}
	return out, err
}
