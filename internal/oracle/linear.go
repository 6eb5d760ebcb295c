package oracle

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

func (e *evaluator) scan(n *planner.Scan) (*relation, error) {
	all, ok := e.relations[n.Rel.ID]
	if !ok {
		var err error
		if all, err = e.read(n.Rel); err != nil {
			return nil, err
		}
		e.relations[n.Rel.ID] = all
	}
	out := &relation{cols: n.Cols}
	for _, r := range all {
		made := make(row.Row, len(n.Attrs))
		for i, a := range n.Attrs {
			made[i] = r[a]
		}
		out.rows = append(out.rows, made)
	}
	return out, nil
}

func (e *evaluator) values(n *planner.Values, v env) (*relation, error) {
	out := &relation{cols: n.Cols}
	s := e.scalars(n, nil, v)
	for _, cells := range n.Rows {
		made, failed, err := s.row(cells, nil)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			e.fail(failed)
			continue
		}
		out.rows = append(out.rows, made)
	}
	return out, nil
}

// row computes a list of expressions.
func (s *scalars) row(list []planner.Scalar, r row.Row) (made row.Row, failed, err error) {
	made = make(row.Row, len(list))
	for i, x := range list {
		if made[i], failed, err = s.eval(x, r); failed != nil || err != nil {
			return nil, failed, err
		}
	}
	return made, nil, nil
}

func (e *evaluator) filter(n *planner.Filter, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: in.cols}
	s := e.scalars(n, in.cols, v)
	for _, r := range in.rows {
		ok, failed, err := s.holds(n.Preds, r)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			e.fail(failed)
		} else if ok {
			out.rows = append(out.rows, r)
		}
	}
	return out, nil
}

func (e *evaluator) project(n *planner.Project, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: n.Columns()}
	s := e.scalars(n, in.cols, v)
	list := n.Exprs()
	for _, r := range in.rows {
		made, failed, err := s.row(list, r)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			e.fail(failed)
			continue
		}
		out.rows = append(out.rows, made)
	}
	return out, nil
}

func (e *evaluator) tableFunc(n *planner.TableFunc, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: n.Columns()}
	s := e.scalars(n, in.cols, v)
	for _, r := range in.rows {
		sets, failed, err := s.sets(n.Calls, r)
		if err != nil {
			return nil, err
		}
		if failed != nil {
			e.fail(failed)
			continue
		}
		out.rows = append(out.rows, sideBySide(n, r, sets)...)
	}
	return out, nil
}

// sets is the rows that each function makes of a row.
func (s *scalars) sets(calls []planner.TableCall, r row.Row) (sets [][]row.Row, failed, err error) {
	sets = make([][]row.Row, len(calls))
	for k, c := range calls {
		vals, failed, err := s.row(c.Args, r)
		if failed != nil || err != nil {
			return nil, failed, err
		}
		args := make([]fn.Arg, len(vals))
		null := false
		for i, d := range vals {
			col := row.NewColumn(c.Args[i].Type(), 1)
			col.Append(d)
			args[i] = fn.Arg{Col: &col}
			null = null || d.Null
		}
		if null && c.Func.Strict {
			continue
		}
		var site any
		call := fn.NewCall(s.e.ctx, 1, args, nil, &site, nil, func(int, error) {})
		if failed := c.Func.Table(call, vals, func(made ...row.Datum) {
			sets[k] = append(sets[k], append(row.Row(nil), made...))
		}); failed != nil {
			return nil, failed, nil
		}
	}
	return sets, nil, nil
}

// sideBySide joins a row with the functions' rows, the shorter lists filled up.
func sideBySide(n *planner.TableFunc, r row.Row, sets [][]row.Row) []row.Row {
	most := 0
	for _, s := range sets {
		most = max(most, len(s))
	}
	var out []row.Row
	for i := range most {
		made := append(row.Row(nil), r...)
		for k, s := range sets {
			for c := range n.Calls[k].Cols {
				if i < len(s) {
					made = append(made, s[i][c])
				} else {
					made = append(made, row.NullDatum)
				}
			}
		}
		if n.Ordinal.ID != 0 {
			made = append(made, row.IntDatum(int64(i+1)))
		}
		out = append(out, made)
	}
	return out
}
