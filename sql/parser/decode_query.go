package parser

import (
	tast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/tarndb/tarn/sql/ast"
)

// subquery decodes a query in parentheses inside an expression.
func (d *decoder) subquery(n tast.ExprNode) *ast.Select {
	s, ok := n.(*tast.SubqueryExpr)
	if !ok {
		broken("subquery %T", n)
	}
	return d.query(s.Query)
}

// query decodes a SELECT, VALUES or set operation.
func (d *decoder) query(n tast.Node) *ast.Select {
	switch n := n.(type) {
	case *tast.SelectStmt:
		return d.selectStmt(n)
	case *tast.SetOprStmt:
		if n.Limit != nil || n.SelectList == nil {
			broken("set operation")
		}
		s := d.setOperation(n.SelectList.Selects)
		d.surround(s, n.With, n.SelectList.With)
		d.orderBy(s, n.OrderBy)
		d.orderBy(s, n.SelectList.OrderBy)
		return s
	case *tast.SetOprSelectList:
		if n.Limit != nil {
			broken("set operation")
		}
		s := d.setOperation(n.Selects)
		if only, ok := n.Selects[0].(*tast.SelectStmt); !ok || len(n.Selects) > 1 || only.With != n.With {
			d.surround(s, n.With) // of one SELECT the arm and the statement have the same WITH
		}
		d.orderBy(s, n.OrderBy)
		return s
	}
	broken("query %T", n)
	return nil
}

// setOperation decodes two arms: the grammar emits every set operation binary.
func (d *decoder) setOperation(arms []tast.Node) *ast.Select {
	if len(arms) == 1 {
		return d.query(arms[0])
	}
	if len(arms) != 2 {
		broken("set operation of %d arms", len(arms))
	}
	s := &ast.Select{Left: d.query(arms[0]), Right: d.query(arms[1])}
	s.Loc = s.Left.Loc
	var op *tast.SetOprType
	switch right := arms[1].(type) {
	case *tast.SelectStmt:
		op = right.AfterSetOperator
	case *tast.SetOprSelectList:
		op = right.AfterSetOperator
	}
	if op == nil {
		broken("set operation without operator")
	}
	switch *op {
	case tast.Union, tast.UnionAll:
		s.Op = ast.Union
	case tast.Intersect, tast.IntersectAll:
		s.Op = ast.Intersect
	case tast.Except, tast.ExceptAll:
		s.Op = ast.Except
	default:
		broken("set operation %s", op.String())
	}
	s.All = *op == tast.UnionAll || *op == tast.IntersectAll || *op == tast.ExceptAll
	return s
}

func (d *decoder) surround(s *ast.Select, withs ...*tast.WithClause) {
	for _, w := range withs {
		if w == nil {
			continue
		}
		if s.With != nil {
			broken("two WITH clauses")
		}
		s.With = d.with(w)
	}
}

func (d *decoder) with(n *tast.WithClause) *ast.With {
	w := &ast.With{Loc: ast.NoPos, Recursive: n.IsRecursive}
	for _, c := range n.CTEs {
		if len(c.ColNameList) == 0 {
			broken("WITH query without a place")
		}
		cte := &ast.CTE{Name: c.Name.O, Columns: names(c.ColNameList[1:]), Query: d.query(c.Query.Query)}
		loc, parts := marked(c.ColNameList[0].O)
		cte.Loc = loc
		if cte.Change = d.changes[loc]; cte.Change != nil {
			cte.Query = nil
		}
		switch parts[0] {
		case "":
		case "m":
			cte.Materialized = ast.MaterializeAlways
		case "n":
			cte.Materialized = ast.MaterializeNever
		default:
			broken("WITH hint %q", parts[0])
		}
		if w.CTEs == nil {
			w.Loc = loc
		}
		w.CTEs = append(w.CTEs, cte)
	}
	return w
}

func (d *decoder) selectStmt(n *tast.SelectStmt) *ast.Select {
	if n.Limit != nil || n.LockInfo != nil || len(n.TableHints) > 0 || len(n.WindowSpecs) > 0 || n.SelectIntoOpt != nil {
		broken("clause of SELECT")
	}
	s := &ast.Select{Loc: ast.NoPos}
	d.surround(s, n.With)
	switch n.Kind {
	case tast.SelectStmtKindValues:
		d.values(s, n.Lists)
	case tast.SelectStmtKindSelect:
		d.clauses(s, n)
	default:
		broken("kind of SELECT")
	}
	d.orderBy(s, n.OrderBy)
	return s
}

func (d *decoder) values(s *ast.Select, rows []*tast.RowExpr) {
	for _, r := range rows {
		s.Values = append(s.Values, d.exprs(r.Values))
	}
	if len(s.Values) > 0 && len(s.Values[0]) > 0 {
		s.Loc = ast.Loc(s.Values[0][0].Pos())
	}
}

func (d *decoder) clauses(s *ast.Select, n *tast.SelectStmt) {
	s.Distinct = n.Distinct
	for i, f := range n.Fields.Fields {
		if f.WildCard != nil {
			broken("native star")
		}
		if name, args := call(f.Expr); i == 0 && name == "prolog" {
			d.prolog(s, args)
			continue
		}
		s.Targets = append(s.Targets, d.target(f))
	}
	if len(s.Targets) > 0 {
		s.Loc = s.Targets[0].Loc
	}
	if n.From != nil {
		s.From = d.from(n.From.TableRefs)
	}
	if n.Where != nil {
		s.Where = d.expr(n.Where)
	}
	if n.GroupBy != nil {
		d.groupBy(s, n.GroupBy)
	}
	if n.Having != nil {
		s.Having = d.expr(n.Having.Expr)
	}
}

func (d *decoder) target(f *tast.SelectField) *ast.Target {
	t := &ast.Target{Alias: f.AsName.O, Expr: d.expr(f.Expr)}
	t.Loc = ast.Loc(t.Expr.Pos())
	t.Name = t.Alias
	if t.Alias == "" {
		t.Name = ast.ColumnName(t.Expr)
	}
	return t
}

func (d *decoder) prolog(s *ast.Select, parts []tast.ExprNode) {
	for _, part := range parts {
		switch name, args := call(part); name {
		case "distinct_on":
			s.Distinct, s.DistinctOn = true, d.exprs(args)
		case "window":
			s.Windows = append(s.Windows, d.window(part))
		case "no_targets":
		default:
			broken("prolog %q", name)
		}
	}
}

func (d *decoder) groupBy(s *ast.Select, g *tast.GroupByClause) {
	if g.Rollup {
		broken("native ROLLUP")
	}
	for i, item := range g.Items {
		if name, _ := call(item.Expr); i == 0 && name == "group_distinct" {
			s.GroupDistinct = true
			continue
		}
		s.GroupBy = append(s.GroupBy, d.expr(item.Expr))
	}
}

// orderBy decodes the sort items and the clauses encoded after them.
func (d *decoder) orderBy(s *ast.Select, o *tast.OrderByClause) {
	if o == nil {
		return
	}
	for _, item := range o.Items {
		switch name, args := call(item.Expr); name {
		case "limit", "limit_with_ties":
			need(name, args, 1, 1)
			s.Limit, s.WithTies = d.expr(args[0]), name == "limit_with_ties"
		case "offset":
			need(name, args, 1, 1)
			s.Offset = d.expr(args[0])
		case "lock":
			need(name, args, 2, -1)
			s.Locking = append(s.Locking, d.locking(item.Expr, args))
		case "emit_on_window_close":
			s.EmitOnWindowClose = true
		default:
			s.OrderBy = append(s.OrderBy, d.sort(item.Expr))
		}
	}
}

// locking decodes FOR UPDATE and its kin.
func (d *decoder) locking(n tast.ExprNode, args []tast.ExprNode) *ast.Locking {
	l := &ast.Locking{Loc: d.loc(n), Strength: stringArg(args[0]), Wait: stringArg(args[1])}
	for _, t := range args[2:] {
		_, name := call(t)
		l.Tables = append(l.Tables, ast.Ident{Loc: d.loc(t), Name: stringArg(name[0])})
	}
	return l
}
