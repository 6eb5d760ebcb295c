// Package query runs a circuit once: the operators of the views, with throw-away
// state, over rows that are fed in parts.
package query

import (
	"context"
	"errors"
	"math"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
)

const (
	// chunkRows is how many rows a step of a query is given at most under a memory
	// limit. Without one steps are longer: what is not held for the end of the input, as
	// the first rows of an order, is taken back and put out again in each. They are not
	// so long that the rows are read first and then worked on.
	chunkRows     = 32 << 10
	longChunkRows = 64 << 10
	// leastChunk is how many bytes may always make a step.
	leastChunk = 64 << 10
	// stepWork is how many times the rows of a chunk all operators together may put
	// out in a step before chunks become shorter: a cross join multiplies.
	stepWork = 8
	// netRowsAt is how many rows of the output are kept before those that were
	// taken back again are looked for.
	netRowsAt = 64 << 10
	// netErrorsAt is the same for rows that expressions failed on, of which one takes
	// about errorRowBytes.
	netErrorsAt   = 4 << 10
	errorRowBytes = 512
)

// Config says how a run is fed.
type Config struct {
	// MemoryLimit is the process's; 0: none, and steps are long.
	MemoryLimit int64
	ChunkRows   int // how many rows a step is given at most; 0: by the memory limit
	// Whole has all inputs make one step: for what may not come and go, because
	// something would not be the same for it the second time.
	Whole bool
	// Multiplies says that rows may be joined with all rows of another input.
	Multiplies bool
	// Hold makes so many bytes what the run holds, or gives the error that ends it.
	Hold func(ctx context.Context, bytes int64) error
}

// Run is a query while its inputs are fed, one after the other, in chunks. A circuit
// is linear in time: what its steps put out, added up, is the result, in whatever
// order and parts the inputs come. It is used by one goroutine; after an error it
// can only be thrown away.
type Run struct {
	cfg     Config
	ctx     context.Context
	circuit *operators.Circuit
	stores  *Stores
	output  operators.NodeID

	input   operators.NodeID               // that is fed now
	waiting map[operators.NodeID]row.Delta // the next step's rows
	rows    int                            // of them
	bytes   int64                          // of them
	chunk   int                            // how many rows make a step
	fed     int                            // rows of all steps

	careful bool // chunks begin short
	// However long a chunk is, so much makes a step.
	most      int
	mostBytes int64

	out      row.Delta
	outRows  int
	outBytes int64
	negative bool // out takes rows back
	netted   int  // the rows of out when it was last netted

	errs       []operators.ErrorRow // of all steps
	errsNetted int                  // how many there were when they were last netted

	counts map[operators.NodeID]int64 // how many rows the nodes that are counted have put out
	kept   keptRun
}

// New begins a run of a circuit that was made with the stores. The node whose rows
// are the result is marked as an output.
func New(ctx context.Context, circuit *operators.Circuit, stores *Stores, output operators.NodeID, cfg Config) *Run {
	r := &Run{
		cfg: cfg, ctx: ctx, circuit: circuit, stores: stores, output: output,
		waiting: map[operators.NodeID]row.Delta{},
		careful: cfg.Multiplies, most: longChunkRows, mostBytes: math.MaxInt64,
	}
	if cfg.MemoryLimit > 0 {
		r.most, r.mostBytes, r.careful = chunkRows, max(leastChunk, cfg.MemoryLimit/64), true
	}
	if cfg.ChunkRows > 0 {
		r.most = cfg.ChunkRows
	}
	circuit.MarkOutput(output)
	if !cfg.Whole {
		circuit.Collect()
	}
	return r
}

// Begin goes on to the next input. If it may be multiplied, its first chunk is no
// longer than what could be joined with all rows that came before.
func (r *Run) Begin(input operators.NodeID) error {
	r.input = input
	if r.cfg.Whole {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	r.chunk = r.most
	if r.careful {
		r.chunk = min(r.most, max(1, stepWork*r.most/max(1, r.fed)))
	}
	return nil
}

// End says that the input that was begun last gets no more rows.
func (r *Run) End() error {
	if r.cfg.Whole {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	return r.end(r.input)
}

// Start puts out constants, so that they are there when the first input comes.
func (r *Run) Start() error {
	if r.cfg.Whole {
		return nil
	}
	return r.end()
}

// end runs steps until nothing is held for the end of inputs any more.
func (r *Run) end(inputs ...operators.NodeID) error {
	for r.circuit.End(inputs...); r.circuit.Pending(); r.circuit.End() {
		if err := r.step(nil); err != nil {
			return err
		}
	}
	return nil
}

// Feed takes rows of the input, which are the run's from here on.
func (r *Run) Feed(b *row.Batch) error {
	if r.cfg.Whole {
		r.add(b)
		return errors.Join(r.ctx.Err(), r.hold(r.bytes))
	}
	for at := 0; at < b.Len(); {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		n := min(b.Len()-at, r.chunk-r.rows)
		part := b
		if n < b.Len() {
			part = rowsFrom(b, at, n)
		}
		r.add(part)
		at += n
		if r.rows < r.chunk && r.bytes < r.mostBytes {
			continue
		}
		if err := r.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) add(b *row.Batch) {
	r.waiting[r.input] = append(r.waiting[r.input], b)
	r.rows += b.Len()
	r.bytes += b.Bytes()
}

// rowsFrom is a part of a batch, which may have columns that nobody reads and that
// are empty.
func rowsFrom(b *row.Batch, from, n int) *row.Batch {
	sel := make([]int32, n)
	for i := range sel {
		sel[i] = int32(from + i)
	}
	out := &row.Batch{Cols: make([]row.Column, len(b.Cols)), Weights: b.Weights[from : from+n : from+n]}
	for i := range b.Cols {
		if c := &b.Cols[i]; c.Len() == 0 {
			out.Cols[i] = row.NewColumn(c.Type, 0)
		} else {
			out.Cols[i] = c.Gather(sel)
		}
	}
	return out
}

// flush runs a step with what waits.
func (r *Run) flush() error {
	if r.rows == 0 {
		return nil
	}
	if err := r.hold(r.bytes); err != nil {
		return err
	}
	inputs, rows := r.waiting, r.rows
	r.waiting, r.rows, r.bytes = map[operators.NodeID]row.Delta{}, 0, 0
	if err := r.step(inputs); err != nil {
		return err
	}
	r.fed += rows
	work := int64(0)
	for _, n := range r.circuit.LastStep().RowsOut {
		work += n
	}
	fits := float64(stepWork*r.most) * float64(rows) / float64(max(1, work))
	r.chunk = max(1, min(r.most, 4*r.chunk, int(fits)))
	return nil
}

// holdsMost is the part of the memory limit that may be held for the end of inputs, in a
// form that is quick and large.
const holdsMost = 16

// step runs a step, and another one if too much waits for the end of inputs.
func (r *Run) step(inputs map[operators.NodeID]row.Delta) error {
	if err := r.circuit.Step(r.ctx, inputs); err != nil {
		return err
	}
	ends, _ := r.circuit.Held()
	if r.cfg.MemoryLimit > 0 && ends > r.cfg.MemoryLimit/holdsMost {
		if err := r.stepped(); err != nil {
			return err
		}
		r.circuit.Release()
		if err := r.circuit.Step(r.ctx, nil); err != nil {
			return err
		}
	}
	if err := r.stepped(); err != nil {
		return err
	}
	return r.hold(0)
}

// hold charges what the run holds, and some bytes more.
func (r *Run) hold(more int64) error {
	ends, rows := r.circuit.Held()
	return r.cfg.Hold(r.ctx, r.outBytes+r.stores.bytes()+ends+rows+int64(len(r.errs))*errorRowBytes+more)
}

// Finish is the result, when all inputs have been fed.
func (r *Run) Finish() (*row.Batch, error) {
	if err := r.complete(); err != nil {
		return nil, err
	}
	for _, e := range operators.NetErrors(r.errs) {
		if e.Weight > 0 {
			return nil, e.Err
		}
	}
	if err := r.hold(r.outBytes); err != nil {
		return nil, err
	}
	return netRows(r.out, r.circuit.Types(r.output)), nil
}

// complete runs what waits.
func (r *Run) complete() error {
	if err := r.flush(); err != nil {
		return err
	}
	// Constants, aggregates of nothing, and what waits for inputs that have not ended.
	for r.circuit.Release(); r.circuit.Pending(); {
		if err := r.step(nil); err != nil {
			return err
		}
	}
	return nil
}
