package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// joinExpr binds a join: its own columns (those of USING merged) are reached
// without a qualifier, those of the two sides with theirs.
func (b *binder) joinExpr(s *scope, j *ast.JoinExpr, left []*nsItem) (planner.Node, []*nsItem, error) {
	if j.AsOf {
		return nil, nil, unsupported(j.Pos(), "ASOF JOIN")
	}
	ln, litems, err := b.tableExpr(s, j.Left, left)
	if err != nil {
		return nil, nil, err
	}
	// The right side may read the left one if it is LATERAL, unless rows of the
	// right side can come without any of the left.
	ok := j.Kind != ast.RightJoin && j.Kind != ast.FullJoin
	seen := slices.Clone(left)
	for _, it := range litems {
		c := *it
		c.lateralOnly, c.lateralOK = true, ok
		seen = append(seen, &c)
	}
	rn, ritems, err := b.tableExpr(s, j.Right, seen)
	if err != nil {
		return nil, nil, err
	}
	if err := b.checkAliases(litems, ritems); err != nil {
		return nil, nil, err
	}
	jb := &joinBinder{b: b, s: s, j: j, left: ln, right: rn, litems: litems, ritems: ritems}
	return jb.bind(left)
}

type joinBinder struct {
	b              *binder
	s              *scope
	j              *ast.JoinExpr
	left, right    planner.Node
	litems, ritems []*nsItem
	on             []planner.Scalar
	merged         []nsColumn // USING's
	used           map[planner.ColID]bool
	after          []planner.Item // merged columns that are computed above the join
}

func (jb *joinBinder) kind() planner.JoinKind {
	switch jb.j.Kind {
	case ast.LeftJoin:
		return planner.JoinLeft
	case ast.RightJoin:
		return planner.JoinRight
	case ast.FullJoin:
		return planner.JoinFull
	}
	return planner.JoinInner
}

func (jb *joinBinder) bind(outerLeft []*nsItem) (planner.Node, []*nsItem, error) {
	b, j := jb.b, jb.j
	jb.used = map[planner.ColID]bool{}
	using := j.Using
	if j.Natural {
		using = jb.common()
	}
	for i, name := range using {
		if slices.Contains(using[:i], name) {
			return nil, nil, pgerr.New(pgerr.DuplicateColumn, "column name \"%s\" appears more than once in USING clause", name)
		}
		if err := jb.merge(name); err != nil {
			return nil, nil, err
		}
	}
	if j.On != nil {
		in := &scope{parent: jb.s.parent, ctes: jb.s.ctes, table: jb.s.table, clause: "JOIN conditions"}
		in.items = append(append(in.items, jb.litems...), jb.ritems...)
		cond, err := b.condition(in, j.On, "JOIN/ON")
		if err != nil {
			return nil, nil, err
		}
		for _, p := range expr.Conjuncts(cond) {
			if !planner.IsTrue(p) {
				jb.on = append(jb.on, p)
			}
		}
	}
	n, err := jb.node()
	if err != nil {
		return nil, nil, err
	}
	return n, jb.items(), nil
}

// node makes the join. Subqueries in the condition of an outer join make its
// right side dependent on the left one: they are filters there.
func (jb *joinBinder) node() (planner.Node, error) {
	b, kind := jb.b, jb.kind()
	var plain, sub []planner.Scalar
	for _, p := range jb.on {
		if hasSubquery(p) {
			sub = append(sub, p)
		} else {
			plain = append(plain, p)
		}
	}
	var n planner.Node
	switch {
	case len(sub) == 0:
		n = b.lateralJoin(kind, jb.left, jb.right, plain)
	case kind == planner.JoinInner:
		n = b.filter(b.lateralJoin(kind, jb.left, jb.right, plain), sub)
	case kind == planner.JoinLeft:
		n = &planner.Apply{Kind: kind, Left: jb.left, Right: b.filter(jb.right, sub), On: plain}
	case kind == planner.JoinRight:
		cols := append(append([]planner.Col(nil), jb.left.Columns()...), jb.right.Columns()...)
		n = planner.Keep(&planner.Apply{Kind: planner.JoinLeft, Left: jb.right, Right: b.filter(jb.left, sub), On: plain}, cols)
	default:
		n = jb.fullJoin(plain, sub)
	}
	return planner.Extend(n, jb.after...), nil
}

// fullJoin with subqueries in its condition is the left join, and the rows of the
// right side that no row of the left one matches.
func (jb *joinBinder) fullJoin(plain, sub []planner.Scalar) planner.Node {
	b := jb.b
	left, right := jb.left.Columns(), jb.right.Columns()
	op := &planner.SetOp{Kind: planner.Union, All: true}
	op.Left = &planner.Apply{Kind: planner.JoinLeft, Left: jb.left, Right: b.filter(jb.right, sub), On: plain}
	alone := &planner.Apply{Kind: planner.JoinAnti, Left: jb.right, Right: b.filter(jb.left, sub), On: plain}
	var nulls, out []planner.Item
	for _, c := range left {
		none := b.newCol(c.Name, b.names[c.ID], c.Type)
		nulls = append(nulls, planner.Item{Col: none, Expr: expr.NullConst(c.Type)})
		op.RightCols = append(op.RightCols, none)
	}
	op.Right = planner.Extend(alone, nulls...)
	op.LeftCols = append(append(op.LeftCols, left...), right...)
	op.RightCols = append(op.RightCols, right...)
	for _, c := range op.LeftCols {
		both := b.newCol(c.Name, b.names[c.ID], c.Type)
		op.Cols = append(op.Cols, both)
		out = append(out, planner.Item{Col: c, Expr: planner.ColumnExpr(both)})
	}
	return &planner.Project{Input: op, Items: out}
}

// common lists the columns that both sides have, in the left side's order.
func (jb *joinBinder) common() []string {
	var out []string
	for _, it := range jb.litems {
		for _, c := range it.Cols {
			if it.colsVisible && !c.Hidden && jb.has(jb.ritems, c.Name) && !slices.Contains(out, c.Name) {
				out = append(out, c.Name)
			}
		}
	}
	return out
}

func (jb *joinBinder) has(items []*nsItem, name string) bool {
	for _, it := range items {
		if _, n := it.column(name); it.colsVisible && n > 0 {
			return true
		}
	}
	return false
}

func (jb *joinBinder) side(items []*nsItem, name, which string) (*nsColumn, error) {
	var found *nsColumn
	for _, it := range items {
		if !it.colsVisible {
			continue
		}
		c, n := it.column(name)
		if n > 1 || n == 1 && found != nil {
			return nil, pgerr.New(pgerr.AmbiguousColumn, "common column name \"%s\" appears more than once in %s table", name, which)
		}
		if n == 1 {
			found = c
		}
	}
	if found == nil {
		return nil, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" specified in USING clause does not exist in %s table", name, which)
	}
	return found, nil
}

// merge makes USING's column: that of the side which always has a row, or in a
// full join the one that is not NULL.
func (jb *joinBinder) merge(name string) error {
	b := jb.b
	l, err := jb.side(jb.litems, name, "left")
	if err != nil {
		return err
	}
	r, err := jb.side(jb.ritems, name, "right")
	if err != nil {
		return err
	}
	le, re := planner.ColumnExpr(l.Col), planner.ColumnExpr(r.Col)
	both, t, err := b.typing.Common("JOIN/USING", []planner.Scalar{le, re})
	if err != nil {
		return err
	}
	eq, err := b.typing.Operator(jb.j.Pos(), "=", le, re)
	if err != nil {
		return err
	}
	jb.on = append(jb.on, eq)
	jb.used[l.Col.ID], jb.used[r.Col.ID] = true, true
	m := nsColumn{Name: name}
	pick := both[0]
	switch jb.j.Kind {
	case ast.InnerJoin:
		// Either would do; the one that needs no cast is taken.
		if _, plain := planner.AsColumn(both[0]); !plain {
			pick = both[1]
		}
	case ast.RightJoin:
		pick = both[1]
	case ast.FullJoin:
		pick = &expr.Coalesce{Args: both, Typ: t, At: -1}
	}
	if id, ok := planner.AsColumn(pick); ok {
		m = *l
		if id == r.Col.ID {
			m = *r
		}
		m.Name = name
	} else {
		m.Col = b.newCol(name, name, t)
		jb.after = append(jb.after, planner.Item{Col: m.Col, Expr: pick})
	}
	jb.merged = append(jb.merged, m)
	return nil
}

// items are what the join offers: its own columns, and behind them the two sides
// by qualified names. An alias on the join hides all but its own.
func (jb *joinBinder) items() []*nsItem {
	own := &nsItem{colsVisible: true, Cols: slices.Clone(jb.merged)}
	for _, it := range append(slices.Clone(jb.litems), jb.ritems...) {
		if !it.colsVisible {
			continue
		}
		for _, c := range it.Cols {
			if !jb.used[c.Col.ID] {
				own.Cols = append(own.Cols, c)
			}
		}
	}
	if a := jb.j.Alias; a != nil {
		own.Alias, own.relVisible, own.Record = a.Name, true, true
		for i := range own.Cols {
			if i < len(a.Columns) {
				own.Cols[i].Name = a.Columns[i]
			}
		}
		jb.s.enter(own, rangeEntry{join: true})
		return []*nsItem{own}
	}
	out := []*nsItem{own}
	if u := jb.j.UsingAlias; u != "" {
		out = append(out, &nsItem{Alias: u, relVisible: true, Record: true, Cols: slices.Clone(jb.merged)})
	}
	kind := jb.j.Kind
	for i, it := range append(slices.Clone(jb.litems), jb.ritems...) {
		c := *it
		c.colsVisible = false
		if i < len(jb.litems) {
			c.nullable = c.nullable || kind == ast.RightJoin || kind == ast.FullJoin
		} else {
			c.nullable = c.nullable || kind == ast.LeftJoin || kind == ast.FullJoin
		}
		if c.relVisible {
			out = append(out, &c)
		}
	}
	return out
}
