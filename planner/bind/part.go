package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// An assignment to a part of a column gives the column a new value, made of the old
// one: that of an expression, so that nothing else need know of parts.

// slot finds the type of what a value is assigned to.
func (w *writeBinder) slot(attr int, parts []ast.Part, pos int) (slot, error) {
	c := w.write.Rel.Columns[attr]
	to := slot{attr: attr, col: c, parts: parts, pos: pos}
	if len(parts) == 0 {
		return to, nil
	}
	t := c.Type
	switch {
	case parts[0].Field != "":
		return to, pgerr.New(pgerr.DatatypeMismatch, "cannot assign to field \"%s\" of column \"%s\" because its type %s is not a composite type", parts[0].Field, c.Name, t.Base()).At(pos)
	case parts[len(parts)-1].Star:
		return to, pgerr.New(pgerr.FeatureNotSupported, "row expansion via \"*\" is not supported here").At(pos)
	case t.Is(row.JSONB):
	case !t.Is(row.Array):
		return to, pgerr.New(pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", t.Base()).At(pos)
	case !sliced(parts):
		to.col.Type = t.ElemType()
	}
	return to, nil
}

func sliced(parts []ast.Part) bool {
	for _, p := range parts {
		if p.Slice {
			return true
		}
	}
	return false
}

// assignPart is the column's new value.
func (w *writeBinder) assignPart(s *scope, to slot, old, v planner.Scalar) (planner.Scalar, error) {
	b, t := w.b, w.write.Rel.Columns[to.attr].Type
	args := []planner.Scalar{old, v}
	var f *expr.Function
	switch {
	case t.Is(row.JSONB):
		subs := make([]ast.Subscript, len(to.parts))
		for i, p := range to.parts {
			subs[i] = p.Subscript
		}
		path, number, err := b.jsonSubscripts(s, subs)
		if err != nil {
			return nil, err
		}
		args, f = append(args, path...), expr.AssignMember(len(path), number)
	case sliced(to.parts):
		var open []bool
		for _, p := range to.parts {
			if !p.Slice {
				p.Low = &ast.Const{Loc: ast.NoPos, Kind: ast.ConstInt, Int: 1}
			}
			for _, e := range []ast.Expr{p.Low, p.Index} {
				at, err := b.bound(s, e)
				if err != nil {
					return nil, err
				}
				if open = append(open, at == nil); at != nil {
					args = append(args, at)
				}
			}
		}
		f = expr.AssignSlice(t, open)
	default:
		for _, p := range to.parts {
			at, err := b.bound(s, p.Index)
			if err != nil {
				return nil, err
			}
			args = append(args, at)
		}
		f = expr.AssignElement(t, len(to.parts))
	}
	return &expr.Call{Func: f, Args: args, Typ: t, At: -1}, nil
}

// ofRow is a column of the row that a subquery gives: (a, b) = (SELECT ...).
func (w *writeBinder) ofRow(s *scope, a *ast.Assignment, list []*ast.Assignment, rows map[ast.Expr]*subquery, to slot) (planner.Scalar, error) {
	b, sub := w.b, rows[a.Value]
	if sub == nil {
		e := a.Value.(*ast.SubqueryExpr)
		q, err := b.query(e.Query, s, s.ctes, true)
		if err != nil {
			return nil, err
		}
		width := 0
		for _, other := range list {
			if other.Value == a.Value {
				width++
			}
		}
		if len(q.cols) != width {
			return nil, pgerr.New(pgerr.SyntaxError, "number of columns does not match number of values").At(e.Pos())
		}
		sub = b.rowSubquery(e.Pos(), q)
		rows[a.Value] = sub
	}
	f := b.records[sub.col.ID][a.Field-1]
	return w.assign(&expr.Field{Arg: sub, Index: a.Field - 1, Name: f.name, Typ: f.typ, At: sub.at}, to)
}

// rowSubquery is a subquery whose value is a record of all its columns.
func (b *binder) rowSubquery(pos int, q *bound) *subquery {
	r := &expr.RowExpr{At: -1}
	for _, c := range q.cols {
		r.Fields, r.Names = append(r.Fields, planner.ColumnExpr(c.Col)), append(r.Names, c.Name)
	}
	sub := b.newSubquery(pos, q)
	sub.col = b.newCol("row", "row", r.Type())
	b.keepFields(sub.col, r)
	sub.typ, sub.name = r.Type(), sub.col.Name
	sub.plan = planner.Extend(q.node, planner.Item{Col: sub.col, Expr: r})
	return sub
}
