package build

import (
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// transform is a filter and a projection as the circuit wants it.
type transform struct {
	*expr.Transform
	origins []int // by column: the column of the input that it is, or -1
	sound   bool  // no row fails
}

var _ operators.Tracer = transform{}

func (t transform) Apply(in *row.Batch, errs operators.ErrorFunc) *row.Batch {
	return t.Transform.Apply(in, errs)
}

// Origins implements operators.Tracer.
func (t transform) Origins() ([]int, bool) { return t.origins, t.sound }

// Transform is a filter and a projection as a circuit wants them.
func Transform(filter, project []expr.Expr, ctx *expr.Context) (operators.Transform, error) {
	t, err := expr.NewTransform(filter, project, ctx)
	if err != nil {
		return nil, err
	}
	out := transform{Transform: t, sound: !slices.ContainsFunc(slices.Concat(filter, project), mayFail)}
	for _, e := range project {
		out.origins = append(out.origins, originOf(e))
	}
	return out, nil
}

// originOf is the column that an expression is, but for the width of an integer; -1:
// none.
func originOf(e expr.Expr) int {
	if c, ok := e.(*expr.Cast); ok && c.To.Kind.IsInteger() && c.Arg.Type().Kind.IsInteger() && c.To.Len() >= c.Arg.Type().Len() {
		e = c.Arg
	}
	if c, ok := e.(*expr.ColRef); ok {
		return c.Index
	}
	return -1
}

func mayFail(e expr.Expr) bool { return expr.CanError(e) || expr.VolatilityOf(e) == expr.Volatile }

func (b *builder) transform(filter, project []expr.Expr, _ []row.Type) (operators.Transform, error) {
	return Transform(filter, project, b.env.Context())
}

// unnest appends the rows of table functions to each input row: functions that
// stand side by side run in step, the shorter ones filled up with NULLs.
type unnest struct {
	step  planner.StepUnnest
	args  []*expr.Program
	ctx   *expr.Context
	types []row.Type
}

func (b *builder) unnest(s *planner.StepUnnest, in []row.Type) (operators.Transform, error) {
	u := &unnest{step: *s, ctx: b.env.Context(), types: append([]row.Type(nil), in...)}
	for _, c := range s.Calls {
		p, err := expr.Compile(c.Args, in)
		if err != nil {
			return nil, err
		}
		u.args = append(u.args, p)
		u.types = append(u.types, c.Types...)
	}
	if s.Ordinality {
		u.types = append(u.types, row.T(row.Int8))
	}
	return u, nil
}

func (u *unnest) Types() []row.Type { return u.types }

func (u *unnest) Apply(in *row.Batch, errs operators.ErrorFunc) *row.Batch {
	if f := u.step.Calls[0].Func; f.Spread != nil && len(u.step.Calls) == 1 && !u.step.Ordinality && in.Len() > 0 {
		if out := u.spread(in, f); out != nil {
			return out
		}
	}
	out := row.NewBatch(u.types, in.Len())
	args := make([][]row.Column, len(u.args))
	sites := make([]any, len(u.args)) // what the functions remember from row to row
	failed := map[int]bool{}
	for k, p := range u.args {
		cols, bad := p.Eval(u.ctx, in, nil)
		args[k] = cols
		bad.Each(func(i int, err error) {
			if !failed[i] {
				failed[i] = true
				errs(i, err)
			}
		})
	}
	for i := range in.Len() {
		if failed[i] {
			continue
		}
		sets, err := u.row(args, i, sites)
		if err != nil {
			errs(i, err)
			continue
		}
		u.emit(in, i, sets, out)
	}
	return out
}

// spread runs one function over the whole batch; nil where an argument fails.
func (u *unnest) spread(in *row.Batch, f *fn.Function) *row.Batch {
	args, bad := u.args[0].EvalArgs(u.ctx, in)
	if bad.Len() > 0 {
		return nil
	}
	var nulls []uint64
	for _, a := range args {
		switch {
		case !f.Strict || !a.Col.HasNulls():
		case a.Const:
			return row.NewBatch(u.types, 0)
		default:
			nulls = fn.OrNulls(nulls, a.Col.Nulls, in.Len())
		}
	}
	var site any
	made := row.NewBatch(u.step.Calls[0].Types, in.Len())
	c := fn.NewCall(u.ctx, in.Len(), args, nil, &site, nulls, func(int, error) {})
	rows := f.Spread(c, made.Cols, make([]int32, 0, in.Len()))
	out := in.Gather(rows)
	out.Cols = append(out.Cols, made.Cols...)
	return out
}

// row is what each function gives for input row i.
func (u *unnest) row(args [][]row.Column, i int, sites []any) ([][]row.Row, error) {
	sets := make([][]row.Row, len(u.step.Calls))
	for k, c := range u.step.Calls {
		vals := make([]row.Datum, len(args[k]))
		types := make([]fn.Arg, len(args[k]))
		null := false
		for a := range args[k] {
			vals[a] = args[k][a].Datum(i)
			types[a] = fn.Arg{Col: &args[k][a]}
			null = null || vals[a].Null
		}
		if null && c.Func.Strict {
			continue
		}
		call := fn.NewCall(u.ctx, 1, types, nil, &sites[k], nil, func(int, error) {})
		if err := c.Func.Table(call, vals, func(out ...row.Datum) {
			sets[k] = append(sets[k], append(row.Row(nil), out...))
		}); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

func (u *unnest) emit(in *row.Batch, i int, sets [][]row.Row, out *row.Batch) {
	n := 0
	for _, s := range sets {
		n = max(n, len(s))
	}
	for r := range n {
		at := len(in.Cols)
		for c := range in.Cols {
			out.Cols[c].AppendFrom(&in.Cols[c], i)
		}
		for k, s := range sets {
			for c := range u.step.Calls[k].Types {
				if r < len(s) {
					out.Cols[at].Append(s[r][c])
				} else {
					out.Cols[at].AppendNull()
				}
				at++
			}
		}
		if u.step.Ordinality {
			out.Cols[at].AppendInt(int64(r + 1))
		}
		out.Weights = append(out.Weights, in.Weights[i])
	}
}
