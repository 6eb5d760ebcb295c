package expr

import (
	"sync"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Program is a list of expressions compiled to column kernels. It is immutable;
// any number of goroutines may evaluate it at once.
type Program struct {
	roots  []node
	types  []row.Type
	filter node // nil: all rows; else a boolean
	sites  int
	slots  int
	pool   sync.Pool
}

// node is one step of a program.
type node interface {
	// eval computes the node for the rows of a frame that has at least one.
	eval(f *frame) fn.Arg
}

// machine is what one evaluation at a time owns.
type machine struct {
	ctx   *Context
	in    *row.Batch
	errs  *RowErrors
	sites []any
	sizes []int // by site: how long the values were the last time
	slots int
}

// frame is a set of rows over which nodes are evaluated: row j of a frame is row
// rows[j] of the batch. Columns of it are gathered when first used.
type frame struct {
	m     *machine
	n     int
	rows  []int32 // nil: all rows of the batch
	cols  []*row.Column
	slots []fn.Arg // values of subexpressions that occur more than once
}

func (m *machine) frame(rows []int32, n int) *frame { return &frame{m: m, n: n, rows: rows} }

// sub is the frame of the rows of f that sel lists.
func (f *frame) sub(sel []int32) *frame {
	if f.rows == nil {
		return f.m.frame(sel, len(sel))
	}
	rows := make([]int32, len(sel))
	for j, i := range sel {
		rows[j] = f.rows[i]
	}
	return f.m.frame(rows, len(rows))
}

func (f *frame) column(i int) *row.Column {
	if f.rows == nil {
		return &f.m.in.Cols[i]
	}
	if f.cols == nil {
		f.cols = make([]*row.Column, len(f.m.in.Cols))
	}
	if f.cols[i] == nil {
		c := f.m.in.Cols[i].Gather(f.rows)
		f.cols[i] = &c
	}
	return f.cols[i]
}

// batchRow is the row of the batch that row j of the frame is.
func (f *frame) batchRow(j int) int {
	if f.rows == nil {
		return j
	}
	return int(f.rows[j])
}

func (f *frame) fail(j int, err error) { f.m.errs.add(f.batchRow(j), err) }
func (f *frame) failed(j int) bool     { return f.m.errs.Len() > 0 && f.m.errs.Has(f.batchRow(j)) }
func (f *frame) failAll(err error) {
	for j := 0; j < f.n; j++ {
		f.fail(j, err)
	}
}

func (p *Program) machine(ctx *Context, in *row.Batch) *machine {
	m, _ := p.pool.Get().(*machine)
	if m == nil {
		m = &machine{sites: make([]any, p.sites), sizes: make([]int, p.sites), slots: p.slots}
	}
	m.ctx, m.in, m.errs = ctx, in, &RowErrors{}
	return m
}

func (p *Program) release(m *machine) {
	m.ctx, m.in, m.errs = nil, nil, nil
	p.pool.Put(m)
}

// Types are the types of the program's results.
func (p *Program) Types() []row.Type { return p.types }

// Eval computes every expression for the rows of in that sel lists, all of them
// if sel is nil. The columns have one value for each of these rows, in sel's
// order; they may share memory with in, and both are read only from then on.
// Rows that failed, numbered as in the batch, have an arbitrary value. in and
// sel are not kept after the columns are dropped.
func (p *Program) Eval(ctx *Context, in *row.Batch, sel []int32) ([]row.Column, *RowErrors) {
	m := p.machine(ctx, in)
	defer p.release(m)
	n := in.Len()
	if sel != nil {
		n = len(sel)
	}
	return p.project(m.frame(sel, n)), m.errs
}

// EvalArgs is Eval over all rows, for a caller that can do with one value where an
// expression is a constant.
func (p *Program) EvalArgs(ctx *Context, in *row.Batch) ([]fn.Arg, *RowErrors) {
	m := p.machine(ctx, in)
	defer p.release(m)
	f := m.frame(nil, in.Len())
	out := make([]fn.Arg, len(p.roots))
	for i, root := range p.roots {
		if out[i] = root.eval(f); out[i].Col.Type != p.types[i] {
			c := *out[i].Col
			c.Type = p.types[i]
			out[i].Col = &c
		}
	}
	return out, m.errs
}

// project evaluates the roots in a frame.
func (p *Program) project(f *frame) []row.Column {
	out := make([]row.Column, len(p.roots))
	for i, root := range p.roots {
		if f.n == 0 {
			out[i] = row.NewColumn(p.types[i], 0)
			continue
		}
		out[i] = *spread(root.eval(f), f.n)
		out[i].Type = p.types[i]
	}
	return out
}

// spread makes a column of n rows of an argument.
func spread(a fn.Arg, n int) *row.Column {
	if !a.Const {
		return a.Col
	}
	c := row.NewColumn(a.Col.Type, n)
	if a.Col.IsNull(0) {
		for i := 0; i < n; i++ {
			c.AppendNull()
		}
		return &c
	}
	for i := 0; i < n; i++ {
		c.AppendFrom(a.Col, 0)
	}
	return &c
}

// EvalConst computes an expression that reads no columns.
func EvalConst(e Expr, ctx *Context) (row.Datum, error) {
	return EvalRow(e, nil, nil, ctx)
}

// EvalRow computes an expression for one row of the given types.
func EvalRow(e Expr, types []row.Type, r row.Row, ctx *Context) (row.Datum, error) {
	p, err := Compile([]Expr{e}, types)
	if err != nil {
		return row.Datum{}, err
	}
	in := row.NewBatch(types, 1)
	in.AppendRow(r, 1)
	cols, errs := p.Eval(ctx, in, nil)
	if err := errs.First(); err != nil {
		return row.Datum{}, err
	}
	return cols[0].Datum(0), nil
}
