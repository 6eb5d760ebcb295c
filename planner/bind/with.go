package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// cteEnv is the chain of WITH queries in sight.
type cteEnv struct {
	parent *cteEnv
	cte    *ast.CTE
	// outer is the scope in which the WITH clause stands, sees the WITH queries that
	// this one may read.
	outer *scope
	sees  *cteEnv
	// made is the query as it was bound where it stands; the first that reads it
	// takes it, further ones bind it anew, for columns of their own.
	made *bound

	change    *planner.Change // of a data change
	recursive bool            // it reads itself
	// cols are the columns of a recursive query, as its non-recursive term gives
	// them; work, its number while its recursive term is bound.
	cols []nsColumn
	work planner.WorkID
	rec  *planner.Recursive // once it is bound: all that read it share it
}

func (e *cteEnv) find(name string) *cteEnv {
	for ; e != nil; e = e.parent {
		if e.cte.Name == name {
			return e
		}
	}
	return nil
}

// withQueries binds the queries of a WITH clause, read or not, and puts them in
// front of those in sight.
func (b *binder) withQueries(w *ast.With, outer *scope, around *cteEnv) (*cteEnv, error) {
	if w == nil {
		return around, nil
	}
	for i, c := range w.CTEs {
		for _, d := range w.CTEs[:i] {
			if c.Name == d.Name {
				return nil, pgerr.New(pgerr.DuplicateAlias, "WITH query name \"%s\" specified more than once", c.Name).At(c.Pos())
			}
		}
	}
	if w.Recursive {
		for _, c := range w.CTEs {
			if c.Change != nil {
				return nil, unsupported(c.Pos(), "a data-modifying statement in WITH RECURSIVE")
			}
		}
		return b.recursiveQueries(w, outer, around)
	}
	hidden := len(b.future)
	defer func() { b.future = b.future[:hidden] }()
	for i, c := range w.CTEs {
		b.future = b.future[:hidden]
		for _, d := range w.CTEs[i:] {
			b.future = append(b.future, d.Name)
		}
		env := &cteEnv{parent: around, cte: c, outer: outer, sees: around}
		var err error
		if c.Change != nil {
			env.change, err = b.change(env, w)
		} else {
			env.made, err = b.cteQuery(env)
		}
		if err != nil {
			return nil, err
		}
		around = env
	}
	return around, nil
}

// recursiveQueries: those of WITH RECURSIVE may read each other in any order, but not
// in a circle.
func (b *binder) recursiveQueries(w *ast.With, outer *scope, around *cteEnv) (*cteEnv, error) {
	order, self, err := recursionOrder(w.CTEs)
	if err != nil {
		return nil, err
	}
	envs := make([]*cteEnv, len(w.CTEs))
	for i, c := range w.CTEs {
		around = &cteEnv{parent: around, cte: c, outer: outer, recursive: self[i]}
		envs[i] = around
	}
	for _, i := range order {
		env := envs[i]
		env.sees = around
		if env.recursive {
			err = b.recursiveQuery(env)
		} else {
			env.made, err = b.cteQuery(env)
		}
		if err != nil {
			return nil, err
		}
	}
	return around, nil
}

// cteQuery binds a WITH query, with the column names that its clause gives.
func (b *binder) cteQuery(env *cteEnv) (*bound, error) {
	q, err := b.query(env.cte.Query, env.outer, env.sees, true)
	if err != nil {
		return nil, err
	}
	q.cols, err = cteColumns(env.cte, q.cols)
	return q, err
}

// cteColumns are a query's columns under the names that its WITH clause gives them.
func cteColumns(c *ast.CTE, cols []nsColumn) ([]nsColumn, error) {
	if len(c.Columns) > len(cols) {
		return nil, pgerr.New(pgerr.InvalidColumnReference, "WITH query \"%s\" has %d columns available but %d columns specified", c.Name, len(cols), len(c.Columns)).At(c.Pos())
	}
	out := append([]nsColumn(nil), cols...)
	for i, name := range c.Columns {
		out[i].Name = name
	}
	return out, nil
}

// cteRef reads a WITH query.
func (b *binder) cteRef(s *scope, env *cteEnv, t *ast.TableRef) (planner.Node, []*nsItem, error) {
	var q *bound
	switch {
	case env.change != nil:
		if len(env.change.Rel.Columns) == 0 {
			return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "WITH query \"%s\" does not have a RETURNING clause", t.Name).At(t.Pos())
		}
		q = b.changed(env.change)
	case env.work != 0:
		s.recursive = true
		q = b.working(env)
	case env.rec != nil:
		q = b.shared(env)
	case env.made != nil:
		q, env.made = env.made, nil
	default:
		var err error
		if q, err = b.cteQuery(env); err != nil {
			return nil, nil, err
		}
	}
	return b.derived(s, q, t.Name, t.Alias, rangeEntry{env: env})
}

// working reads the rows of the last turn.
func (b *binder) working(env *cteEnv) *bound {
	w := &planner.Working{ID: env.work, Name: env.cte.Name}
	q := &bound{node: w}
	for _, c := range env.cols {
		col := b.newCol(c.Name, c.Name, c.Col.Type)
		b.keepFields(col, planner.ColumnExpr(c.Col))
		w.Cols = append(w.Cols, col)
		q.cols = append(q.cols, nsColumn{Name: c.Name, Col: col})
	}
	return q
}

// shared reads a recursive query, which is computed once for all that read it.
func (b *binder) shared(env *cteEnv) *bound {
	q := &bound{}
	var items []planner.Item
	for i, c := range env.rec.Cols {
		name := env.cols[i].Name
		col := b.newCol(name, name, c.Type)
		b.keepFields(col, planner.ColumnExpr(c))
		items = append(items, planner.Item{Col: col, Expr: planner.ColumnExpr(c)})
		q.cols = append(q.cols, nsColumn{Name: name, Col: col})
	}
	q.node = &planner.Project{Input: env.rec, Items: items}
	return q
}

// recursiveQuery binds a query that reads itself. Its columns are those of the
// non-recursive term; the recursive term must not make other types of them.
func (b *binder) recursiveQuery(env *cteEnv) error {
	sel := env.cte.Query
	ctes, err := b.withQueries(sel.With, env.outer, env.sees)
	if err != nil {
		return err
	}
	left, err := b.query(sel.Left, env.outer, ctes, false)
	if err != nil {
		return err
	}
	if env.cols, err = cteColumns(env.cte, left.cols); err != nil {
		return err
	}
	for i := range env.cols {
		if t := &env.cols[i].Col.Type; t.Kind == row.Unknown {
			*t = row.T(row.Text)
		}
	}
	work := b.q.NewWork()
	env.work = work
	right, err := b.query(sel.Right, env.outer, ctes, false)
	env.work = 0
	if err != nil {
		return err
	}
	op, err := b.unite(sel, left, right)
	if err != nil {
		return err
	}
	for i, c := range op.Cols {
		if was := env.cols[i].Col.Type; was != c.Type {
			return pgerr.New(pgerr.DatatypeMismatch, "recursive query \"%s\" column %d has type %s in non-recursive term but type %s overall", env.cte.Name, i+1, was, c.Type).
				WithHint("Cast the output of the non-recursive term to the correct type.").At(armPos(sel.Left, i))
		}
	}
	env.rec = &planner.Recursive{
		ID: work, Name: env.cte.Name, All: op.All,
		Base: op.Left, Step: op.Right, BaseCols: op.LeftCols, StepCols: op.RightCols, Cols: op.Cols,
	}
	return nil
}
