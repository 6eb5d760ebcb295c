package expr

import "github.com/tarndb/tarn/row"

// Transform filters rows and computes new columns in one pass. It is stateless;
// goroutines may share it as long as nobody changes its context meanwhile.
type Transform struct {
	prog *Program
	ctx  *Context
}

// NewTransform makes a transform that keeps the rows for which all conditions
// are true, tested in order, and computes the projections of those. The context
// is kept: its owner may set the clock between two calls of Apply.
func NewTransform(filter, project []Expr, ctx *Context) (*Transform, error) {
	var cond Expr
	if len(filter) > 0 {
		cond = Conjunction(filter...)
	}
	p, err := compile(cond, project, nil)
	if err != nil {
		return nil, err
	}
	return &Transform{p, ctx}, nil
}

// With is the transform in another context; what was compiled is shared.
func (t *Transform) With(ctx *Context) Transform { return Transform{t.prog, ctx} }

// Types are the types of the projections.
func (t *Transform) Types() []row.Type { return t.prog.types }

// Apply computes the result for a batch. The result may share memory with the
// input. Rows that fail are reported, by their number in the batch, and left out.
func (t *Transform) Apply(in *row.Batch, errs func(i int, err error)) *row.Batch {
	m := t.prog.machine(t.ctx, in)
	defer t.prog.release(m)
	f := m.frame(nil, in.Len())
	if t.prog.filter != nil && f.n > 0 {
		cond := t.prog.filter.eval(f)
		yes := selected(f, cond)
		if len(yes) < f.n {
			f = f.sub(yes)
		}
	}
	out := &row.Batch{Cols: t.prog.project(f), Weights: in.Weights}
	if f.n < in.Len() {
		out.Weights = make([]int64, f.n)
		for j, i := range f.rows {
			out.Weights[j] = in.Weights[i]
		}
	}
	if m.errs.Len() == 0 {
		return out
	}
	m.errs.Each(errs)
	kept := make([]int32, 0, f.n)
	for j := 0; j < f.n; j++ {
		if !f.failed(j) {
			kept = append(kept, int32(j))
		}
	}
	if len(kept) == f.n {
		return out
	}
	return out.Gather(kept)
}
