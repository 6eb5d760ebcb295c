package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
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
	return b.derived(s, q, "", t.Alias, rangeEntry{query: t.Query})
}
