package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// from binds the FROM list: the items are joined from left to right, those that
// read what stands left of them by an Apply.
func (b *binder) from(s *scope, list []ast.TableExpr) (planner.Node, error) {
	var out planner.Node
	for _, t := range list {
		n, items, err := b.tableExpr(s, t, s.items)
		if err != nil {
			return nil, err
		}
		if err := b.checkAliases(s.items, items); err != nil {
			return nil, err
		}
		s.items = append(s.items, items...)
		out = b.lateralJoin(planner.JoinInner, out, n, nil)
	}
	if out == nil {
		return planner.Unit(), nil
	}
	return out, nil
}

// lateralJoin joins two items; an Apply if the right one reads the left one.
func (b *binder) lateralJoin(kind planner.JoinKind, left, right planner.Node, on []planner.Scalar) planner.Node {
	if left == nil {
		return right
	}
	if planner.OuterCols(right).Meets(planner.ColsOf(left.Columns())) {
		return &planner.Apply{Kind: kind, Left: left, Right: right, On: on}
	}
	return &planner.Join{Kind: kind, Left: left, Right: right, On: on}
}

func (b *binder) checkAliases(have, add []*nsItem) error {
	for _, a := range add {
		if !a.relVisible {
			continue
		}
		for _, h := range have {
			if h.relVisible && h.Alias == a.Alias && (h.Schema == "" || a.Schema == "" || h.Schema == a.Schema) {
				return pgerr.New(pgerr.DuplicateAlias, "table name \"%s\" specified more than once", a.Alias)
			}
		}
	}
	return nil
}

// tableExpr binds an item of FROM. left are the items that LATERAL may read.
func (b *binder) tableExpr(s *scope, t ast.TableExpr, left []*nsItem) (planner.Node, []*nsItem, error) {
	switch t := t.(type) {
	case *ast.TableRef:
		return b.tableRef(s, t)
	case *ast.SubqueryRef:
		return b.subqueryRef(s, t, left)
	case *ast.FuncRef:
		return b.funcRef(s, t, left)
	case *ast.JoinExpr:
		return b.joinExpr(s, t, left)
	}
	return nil, nil, unsupported(t.Pos(), "this kind of table expression")
}

func (b *binder) tableRef(s *scope, t *ast.TableRef) (planner.Node, []*nsItem, error) {
	if t.AsOf != nil {
		return nil, nil, unsupported(t.AsOf.Pos(), "FOR SYSTEM_TIME AS OF")
	}
	if err := b.catalogName(t.Catalog, t.Schema, t.Name, t.Pos()); err != nil {
		return nil, nil, err
	}
	if t.Schema == "" {
		if env := s.ctes.find(t.Name); env != nil {
			return b.cteRef(s, env, t)
		}
	}
	rel, err := b.relation(t.Schema, t.Name)
	if err != nil {
		return nil, nil, err
	}
	if rel == nil {
		return nil, nil, b.missingQuery(t)
	}
	if rel.Kind == planner.KindView {
		return b.viewRef(s, t, rel)
	}
	n, it := b.scan(rel, aliasOf(t.Alias, t.Name))
	it.Schema = rel.Schema
	if t.Alias != nil && t.Alias.Name != "" {
		it.Schema = ""
	}
	if err := renameColumns(it, t.Alias); err != nil {
		return nil, nil, err
	}
	s.enter(it, relationEntry(rel))
	return n, []*nsItem{it}, nil
}

// missingQuery is missingRelation for an item of FROM: it may have been meant for a
// WITH query that comes later.
func (b *binder) missingQuery(t *ast.TableRef) error {
	err := missingRelation(t.Schema, t.Name, t.Pos())
	if t.Schema == "" && slices.Contains(b.future, t.Name) {
		return err.WithDetail("There is a WITH item named \"%s\", but it cannot be referenced from this part of the query.", t.Name).
			WithHint("Use WITH RECURSIVE, or re-order the WITH items to remove forward references.")
	}
	return err
}

func missingRelation(schema, name string, pos int) *pgerr.Error {
	if schema != "" {
		name = schema + "." + name
	}
	return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name).At(pos)
}

func aliasOf(a *ast.Alias, name string) string {
	if a != nil && a.Name != "" {
		return a.Name
	}
	return name
}

// scan reads all columns; rules drop those that nothing needs.
func (b *binder) scan(rel *planner.Relation, alias string) (*planner.Scan, *nsItem) {
	n := &planner.Scan{Rel: rel, Alias: alias}
	it := &nsItem{Alias: alias, relVisible: true, colsVisible: true, Record: true}
	for i, c := range rel.Columns {
		col := b.newCol(c.Name, alias+"."+c.Name, c.Type)
		b.origin[col.ID] = n
		n.Attrs = append(n.Attrs, i)
		n.Cols = append(n.Cols, col)
		it.Cols = append(it.Cols, nsColumn{Name: c.Name, Col: col, Rel: rel, Attr: i + 1, Hidden: c.Hidden})
	}
	return n, it
}

// renameColumns gives the first columns of an item the names of an alias.
func renameColumns(it *nsItem, a *ast.Alias) error {
	if a == nil {
		return nil
	}
	visible := 0
	for i := range it.Cols {
		if it.Cols[i].Hidden {
			continue
		}
		if visible < len(a.Columns) {
			it.Cols[i].Name = a.Columns[visible]
		}
		visible++
	}
	if len(a.Columns) > visible {
		return pgerr.New(pgerr.InvalidColumnReference, "table \"%s\" has %d columns available but %d columns specified", it.Alias, visible, len(a.Columns))
	}
	return nil
}

// derived is a bound query as a FROM item.
func (b *binder) derived(s *scope, q *bound, name string, a *ast.Alias, e rangeEntry) (planner.Node, []*nsItem, error) {
	it := &nsItem{Alias: aliasOf(a, name), relVisible: true, colsVisible: true, Record: true}
	if it.Alias == "" {
		it.relVisible = false
	}
	for _, c := range q.cols {
		c.Hidden = false
		it.Cols = append(it.Cols, c)
	}
	if err := renameColumns(it, a); err != nil {
		return nil, nil, err
	}
	for _, c := range it.Cols {
		if it.Alias != "" {
			b.names[c.Col.ID] = it.Alias + "." + c.Name
		}
	}
	s.enter(it, e)
	return q.node, []*nsItem{it}, nil
}

// viewRef binds the view's query in its place, under the view's search path.
func (b *binder) viewRef(s *scope, t *ast.TableRef, rel *planner.Relation) (planner.Node, []*nsItem, error) {
	if b.depth >= maxViewDepth {
		return nil, nil, pgerr.New(pgerr.StatementTooComplex, "views are nested more than %d deep", maxViewDepth).At(t.Pos())
	}
	savedPath := b.path
	b.path, b.depth = rel.SearchPath, b.depth+1
	q, err := b.query(rel.View, nil, nil, true)
	b.path, b.depth = savedPath, b.depth-1
	if err != nil {
		// Positions inside the view point into another text.
		if e, ok := pgerr.As(err); ok {
			return nil, nil, pgerr.New(e.Code, "%s", e.Message).WithDetail("In view \"%s\".", rel.Name).At(t.Pos())
		}
		return nil, nil, err
	}
	for i := range q.cols {
		if i < len(rel.Columns) {
			q.cols[i].Name = rel.Columns[i].Name
		}
		q.cols[i].Rel, q.cols[i].Attr = rel, i+1
	}
	n, items, err := b.derived(s, q, rel.Name, t.Alias, relationEntry(rel))
	if err == nil && (t.Alias == nil || t.Alias.Name == "") {
		items[0].Schema = rel.Schema
	}
	return n, items, err
}

// lateralScope is the scope in which a FROM item is bound: the items left of it
// are in sight of LATERAL ones only.
func (b *binder) lateralScope(s *scope, left []*nsItem, lateral bool) *scope {
	around := &scope{parent: s.parent, ctes: s.ctes, table: s.table}
	if lateral {
		around.items = left
	}
	return &scope{parent: around, ctes: s.ctes, table: s.table, clause: s.clause}
}

func (b *binder) subqueryRef(s *scope, t *ast.SubqueryRef, left []*nsItem) (planner.Node, []*nsItem, error) {
	outer := b.lateralScope(s, left, t.Lateral).parent
	q, err := b.query(t.Query, outer, s.ctes, true)
	if err != nil {
		return nil, nil, err
	}
	return b.derived(s, q, "", t.Alias, rangeEntry{})
}

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
