// Package over computes window functions: for each row of a partition a value that
// depends on the other rows of the partition, and on where among them the row is.
//
// It works on whole partitions whose rows are in order. What it gives is a function
// of the rows and their order alone, so that an operator may compute a partition
// before and after a change, and put out the difference.
package over

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Call is one window function or aggregate over a window.
type Call struct {
	Func   string        // a window function's name; empty for an aggregate
	Agg    *fn.Aggregate // or nil
	Args   []Arg
	Filter int // an aggregate's: a bool column that must be true for a row to count; -1: none
	Frame  Frame
	Type   row.Type // of the result
}

// Arg is an argument of a call: a column of the rows, or a constant.
type Arg struct {
	Col   int // -1: the constant
	Const row.Datum
	Type  row.Type
}

// Program computes calls that share a window. It is immutable, and any goroutine may
// use it.
type Program struct {
	types []row.Type
	order []row.KeyCol
	calls []computer
}

// computer is one call, ready to compute.
type computer struct {
	call   Call
	frame  *edges
	value  func(p *partition, c *computer, out *row.Column, fail failFunc)
	frames bool // the call reads the frame
}

// failFunc is told that a row has no value, and why; the row still gets a NULL.
type failFunc func(i int, err error)

// New makes a program for rows of the given types that come in the given order. The
// offsets of all frames are constants.
func New(types []row.Type, order []row.KeyCol, calls []Call) (*Program, error) {
	p := &Program{order: order}
	for _, call := range calls {
		c := computer{call: call}
		if call.Agg != nil {
			c.value, c.frames = aggregates[call.Agg.Kind], true
		} else {
			c.value, c.frames = functions[call.Func], framed[call.Func]
		}
		if c.value == nil {
			return nil, fmt.Errorf("over: no function %q over a window", call.Func)
		}
		var err error
		if c.frame, err = newEdges(call.Frame, types, order); err != nil {
			return nil, err
		}
		p.calls = append(p.calls, c)
		p.types = append(p.types, call.Type)
	}
	return p, nil
}

// Types are the types of the calls' results.
func (p *Program) Types() []row.Type { return p.types }

// Run computes all calls for each row of a partition; rows are in order, and weights
// do not count. errs is told of the rows that fail, at most once for each; what the
// columns hold for them means nothing. tick is told of rows that were gone through, and
// may end the run by an error.
func (p *Program) Run(ctx *expr.Context, rows *row.Batch, errs func(i int, err error), tick func(rows int) error) ([]row.Column, error) {
	part := newPartition(rows, p.order)
	part.ctx, part.tick = ctx, tick
	failed := map[int]bool{}
	fail := func(i int, err error) {
		if !failed[i] {
			failed[i] = true
			errs(i, fn.Visible(err))
		}
	}
	out := make([]row.Column, len(p.calls))
	for k := range p.calls {
		c := &p.calls[k]
		out[k] = row.NewColumn(c.call.Type, part.n)
		if c.frames {
			part.window = c.frame.find(part, c.call.Frame, fail)
		}
		c.value(part, c, &out[k], fail)
		if !part.worked(part.n) {
			return nil, part.stop
		}
	}
	return out, nil
}

// partition is the rows at hand.
type partition struct {
	rows   *row.Batch
	n      int
	group  []int32 // by row: its group of peers
	starts []int32 // by group: its first row; and n at the end
	window window  // of the call at hand, where it reads the frame

	ctx  *expr.Context
	tick func(rows int) error
	stop error // what tick said
}

// worked counts rows that were gone through, and tells whether to go on.
func (p *partition) worked(rows int) bool {
	if p.stop == nil {
		p.stop = p.tick(rows)
	}
	return p.stop == nil
}

// newPartition finds the peers: rows that the order leaves equal. Without an order
// all are peers.
func newPartition(rows *row.Batch, order []row.KeyCol) *partition {
	p := &partition{rows: rows, n: rows.Len(), group: make([]int32, rows.Len())}
	var key, last []byte
	for i := range p.n {
		key = key[:0]
		for _, k := range order {
			key = row.AppendKeyOrder(key, &rows.Cols[k.Col], i, k.Order)
		}
		if i == 0 || !bytes.Equal(key, last) {
			p.starts = append(p.starts, int32(i))
			key, last = last, key
		}
		p.group[i] = int32(len(p.starts) - 1)
	}
	p.starts = append(p.starts, int32(p.n))
	return p
}

// peers is the rows that are row i's peers, itself among them.
func (p *partition) peers(i int) (from, to int) {
	g := p.group[i]
	return int(p.starts[g]), int(p.starts[g+1])
}

// arg is a call's argument as a column.
func (p *partition) arg(a Arg) *row.Column {
	if a.Col >= 0 {
		return &p.rows.Cols[a.Col]
	}
	c := row.NewColumn(a.Type, p.n)
	for range p.n {
		c.Append(a.Const)
	}
	return &c
}

func (p *partition) args(list []Arg) []*row.Column {
	out := make([]*row.Column, len(list))
	for i, a := range list {
		out[i] = p.arg(a)
	}
	return out
}
