package oracle

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// A scalar is compiled once for each node that it stands in, since the columns
// that it is evaluated over are the same for every row there.
type programKey struct {
	node planner.Node
	expr planner.Scalar
}

type program struct {
	prog *expr.Program
	in   *row.Batch // of one row
}

// scalars evaluates expressions of one node over rows of given columns, the outer
// ones behind the node's own.
type scalars struct {
	e    *evaluator
	node planner.Node
	cols []planner.Col
	v    env
}

func (e *evaluator) scalars(n planner.Node, cols []planner.Col, v env) *scalars {
	return &scalars{e: e, node: n, cols: append(cols[:len(cols):len(cols)], v.cols...), v: v}
}

// eval computes one expression for one row. failed is the row's own error; err
// means that the expression cannot be evaluated at all.
func (s *scalars) eval(x planner.Scalar, r row.Row) (d row.Datum, failed, err error) {
	key := programKey{s.node, x}
	p := s.e.programs[key]
	if p == nil {
		if p, err = compile(x, s.cols); err != nil {
			return d, nil, err
		}
		s.e.programs[key] = p
	}
	p.in.Reset()
	p.in.AppendRow(join(r, s.v.row), 1)
	cols, errs := p.prog.Eval(s.e.ctx, p.in, nil)
	if failed := errs.First(); failed != nil {
		return d, failed, nil
	}
	d = cols[0].Datum(0)
	d.B = append([]byte(nil), d.B...)
	return d, nil, nil
}

func compile(x planner.Scalar, cols []planner.Col) (*program, error) {
	types := make([]row.Type, len(cols))
	for i, c := range cols {
		types[i] = c.Type
	}
	at, err := planner.Positional(x, nearest(cols))
	if err != nil {
		return nil, err
	}
	prog, err := expr.Compile([]expr.Expr{at}, types)
	if err != nil {
		return nil, err
	}
	return &program{prog: prog, in: row.NewBatch(types, 1)}, nil
}

// nearest hides an outer column behind one of the same number further in: a
// subquery may stand over its own outer query's columns.
func nearest(cols []planner.Col) []planner.Col {
	out := append([]planner.Col(nil), cols...)
	seen := map[planner.ColID]bool{}
	for i, c := range out {
		if seen[c.ID] {
			out[i].ID = 0
		}
		seen[c.ID] = true
	}
	return out
}

// holds reports that all predicates are true; a later one is only asked where the
// earlier ones are.
func (s *scalars) holds(preds []planner.Scalar, r row.Row) (ok bool, failed, err error) {
	for _, p := range preds {
		d, failed, err := s.eval(p, r)
		if failed != nil || err != nil {
			return false, failed, err
		}
		if d.Null || d.I == 0 {
			return false, nil, nil
		}
	}
	return true, nil, nil
}

// never reports that the conjunction is false for certain: NOT IN's test.
func (s *scalars) never(preds []planner.Scalar, r row.Row) (no bool, failed, err error) {
	for _, p := range preds {
		d, failed, err := s.eval(p, r)
		if failed != nil || err != nil {
			return false, failed, err
		}
		if !d.Null && d.I == 0 {
			return true, nil, nil
		}
	}
	return false, nil, nil
}
