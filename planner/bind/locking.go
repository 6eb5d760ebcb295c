package bind

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// FOR UPDATE and its kin. Which rows the statement's own query locks is told by columns
// beside those of its result. A query inside another one that locks rows is bound once
// more, by itself.

// lockingQuery is a query inside the statement's that locks rows.
type lockingQuery struct {
	sel  *ast.Select
	path []string // the search path that it was bound under
}

// lockedTable is a table of which the statement's own query locks rows.
type lockedTable struct {
	scan *planner.Scan
	at   int // the first of the targets with its columns
	by   *ast.Locking
}

func lockWords(l *ast.Locking) string { return "FOR " + strings.ToUpper(l.Strength) }

// bindLocking finds the tables of which rows are locked.
func (c *coreBinder) bindLocking() error {
	b := c.b
	for _, l := range c.sel.Locking {
		if err := c.mayLock(l); err != nil {
			return err
		}
		items, err := c.lockedItems(l)
		if err != nil {
			return err
		}
		for _, it := range items {
			scan := b.origin[it.Cols[0].Col.ID]
			if c.sel != b.top || slices.ContainsFunc(c.locks, func(t lockedTable) bool { return t.scan == scan }) {
				continue
			}
			c.locks = append(c.locks, lockedTable{scan, len(c.targets), l})
			for _, col := range scan.Cols {
				c.targets = append(c.targets, target{name: col.Name, expr: planner.ColumnExpr(col)})
			}
		}
	}
	if len(c.sel.Locking) > 0 && c.sel != b.top {
		b.locking = append(b.locking, lockingQuery{c.sel, b.path})
	}
	return nil
}

// mayLock refuses queries of which a row is not made of one row of each table.
func (c *coreBinder) mayLock(l *ast.Locking) error {
	what := ""
	switch sel := c.sel; {
	case sel.Distinct:
		what = "DISTINCT clause"
	case len(sel.GroupBy) > 0:
		what = "GROUP BY clause"
	case sel.Having != nil:
		what = "HAVING clause"
	case !c.aggs.empty():
		what = "aggregate functions"
	case len(c.wins.specs) > 0:
		what = "window functions"
	case len(c.s.srfs.calls) > 0:
		what = "set-returning functions in the target list"
	default:
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "%s is not allowed with %s", lockWords(l), what)
}

// lockedItems are the tables that a clause names, or else all that there are.
func (c *coreBinder) lockedItems(l *ast.Locking) ([]*nsItem, error) {
	var out []*nsItem
	if len(l.Tables) == 0 {
		for _, it := range c.s.items {
			if it.entry == nil || it.entry.name == "" && !it.entry.join && it.entry.query == nil {
				continue // functions and WITH queries have nothing to lock
			}
			ok, err := c.b.lockable(it, l, l.Pos())
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, it)
			}
		}
		return out, nil
	}
	for _, name := range l.Tables {
		i := slices.IndexFunc(c.s.items, func(it *nsItem) bool { return it.relVisible && it.Alias == name.Name })
		if i < 0 {
			return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" in %s clause not found in FROM clause", name.Name, lockWords(l)).At(name.Pos())
		}
		it := c.s.items[i]
		what := ""
		switch e := it.entry; {
		case e == nil || e.join:
			what = "a join"
		case e.env != nil:
			what = "a WITH query"
		case e.name == "" && e.query == nil:
			what = "a function"
		}
		if what != "" {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to %s", lockWords(l), what).At(name.Pos())
		}
		ok, err := c.b.lockable(it, l, name.Pos())
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, it)
		}
	}
	return out, nil
}

// lockable reports an item whose rows are locked. Those of the system change by
// themselves.
func (b *binder) lockable(it *nsItem, l *ast.Locking, pos int) (bool, error) {
	if it.nullable {
		return false, pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to the nullable side of an outer join", lockWords(l))
	}
	var scan *planner.Scan
	if len(it.Cols) > 0 {
		scan = b.origin[it.Cols[0].Col.ID]
	}
	switch {
	case it.entry.join:
		return false, unsupported(pos, lockWords(l)+" of what is inside a join with an alias")
	case it.entry.query != nil && it.entry.query.Values != nil:
		return false, nil
	case it.entry.query != nil:
		return false, unsupported(pos, lockWords(l)+" of a subquery")
	case scan == nil && len(it.Cols) > 0:
		return false, unsupported(pos, lockWords(l)+" of a view")
	case scan == nil:
		return false, nil // a table without columns
	}
	switch scan.Rel.Kind {
	case planner.KindTable:
		return true, nil
	case planner.KindSystem:
		return false, nil
	}
	return false, pgerr.New(pgerr.WrongObjectType, "cannot lock rows in %s \"%s\"", scan.Rel.Kind, scan.Rel.Name)
}

// markLocks tells the query which of its columns are those of locked rows.
func (c *coreBinder) markLocks() {
	for _, t := range c.locks {
		l := planner.Lock{Rel: t.scan.Rel, Words: lockWords(t.by)}
		for _, col := range c.targets[t.at : t.at+len(t.scan.Cols)] {
			l.Cols = append(l.Cols, col.col.ID)
		}
		c.b.q.Locks = append(c.b.q.Locks, l)
	}
}

// bindInner binds the queries inside that lock rows, each by itself.
func (b *binder) bindInner() error {
	for _, in := range b.locking {
		opts := b.opts
		opts.SearchPath, opts.ParamTypes = in.path, b.q.Params
		q, err := Query(in.sel, opts)
		if err != nil {
			l := in.sel.Locking[0]
			return unsupported(l.Pos(), lockWords(l)+" in a subquery that reads what is around it")
		}
		b.q.Locking = append(b.q.Locking, q)
	}
	return nil
}
