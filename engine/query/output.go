package query

import (
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
)

// stepped takes what a step has put out.
func (r *Run) stepped() error {
	for _, b := range r.circuit.Output(r.output) {
		r.put(b)
	}
	for id := range r.counts {
		r.counts[id] += weights(r.circuit.Output(id))
	}
	r.takeErrors()
	if r.negative && r.outRows > max(netRowsAt, 2*r.netted) {
		return r.net()
	}
	return nil
}

// put adds to what has been put out.
func (r *Run) put(b *row.Batch) {
	r.out = append(r.out, b)
	r.outRows += b.Len()
	r.outBytes += b.Bytes()
	r.negative = r.negative || takesBack(b)
}

// takeErrors keeps the rows that expressions failed on: the steps to come may take
// them back.
func (r *Run) takeErrors() {
	r.errs = append(r.errs, r.circuit.Errors()...)
	if len(r.errs) > max(netErrorsAt, 2*r.errsNetted) {
		r.errs = operators.NetErrors(r.errs)
		r.errsNetted = len(r.errs)
	}
}

// net leaves the rows out that were taken back.
func (r *Run) net() error {
	if err := r.hold(r.outBytes); err != nil {
		return err
	}
	r.setOut(netted(row.Consolidate(r.out)))
	r.netted = r.outRows
	return nil
}

// netted is a batch, or none, as a delta.
func netted(b *row.Batch) row.Delta {
	if b == nil {
		return nil
	}
	return row.Delta{b}
}

// setOut replaces what has been put out.
func (r *Run) setOut(d row.Delta) {
	r.out, r.outRows, r.outBytes, r.negative = nil, 0, 0, false
	for _, b := range d {
		r.put(b)
	}
}

// Count has the rows counted that nodes put out.
func (r *Run) Count(nodes []operators.NodeID) {
	for _, id := range nodes {
		if _, ok := r.counts[id]; ok {
			continue
		}
		if r.counts == nil {
			r.counts = map[operators.NodeID]int64{}
		}
		r.circuit.MarkOutput(id)
		r.counts[id] = 0
	}
}

// keptRun is a run at the moment of Keep.
type keptRun struct {
	out  row.Delta
	errs []operators.ErrorRow
	fed  int
}

// Keep makes what has been fed so far what Back goes back to.
func (r *Run) Keep() error {
	if err := r.complete(); err != nil {
		return err
	}
	if err := r.net(); err != nil {
		return err
	}
	r.errs = operators.NetErrors(r.errs)
	r.kept = keptRun{slices.Clone(r.out), slices.Clone(r.errs), r.fed}
	return nil
}

// Back is called when all that was fed since Keep has been taken back by rows of the
// opposite weights: it forgets what they put out.
func (r *Run) Back() error {
	if err := r.flush(); err != nil {
		return err
	}
	r.setOut(r.kept.out)
	r.errs, r.fed = slices.Clone(r.kept.errs), r.kept.fed
	r.netted, r.errsNetted = 0, 0
	return nil
}

// weights adds up the weights of a delta's rows.
func weights(d row.Delta) int64 {
	n := int64(0)
	for _, b := range d {
		for _, w := range b.Weights {
			n += w
		}
	}
	return n
}

func takesBack(b *row.Batch) bool {
	return slices.ContainsFunc(b.Weights, func(w int64) bool { return w < 0 })
}

// netRows puts a delta into one batch; rows that were also taken back are left out.
func netRows(d row.Delta, types []row.Type) *row.Batch {
	if slices.ContainsFunc(d, takesBack) {
		if b := row.Consolidate(d); b != nil {
			return b
		}
		return row.NewBatch(types, 0)
	}
	return d.InOne(types)
}
