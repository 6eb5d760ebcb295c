package operators

import (
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
)

// Input, values, map, union: the linear operators. Meaning: a collection from
// outside; a constant one; a function of each row; the sum of collections, some
// of them negated. Delta rule: the same function of the delta. State: none.
// Cost: O(1) for each row. Pathology: a function with a hidden input (a clock,
// a random number) would break the law that a row can be taken back.

func (s Input) build(_ *Circuit, n *node) error {
	n.types, n.isInput, n.source = s.Types, true, s.Key
	return checkCols(s.Key, s.Types)
}

// feed spreads an input's delta over the shards. share says that it is worth the
// work of all of them.
func (n *node) feed(d row.Delta, shards int, share bool) {
	if shards == 1 {
		n.out[0] = d
		return
	}
	if len(n.source) > 0 {
		spread(d, n.source, n.out)
		return
	}
	if share && len(d) < shards {
		d = split(d, shards)
	}
	// Small deltas take turns: what keeps rows where they came is then as large on
	// every shard.
	for i, b := range d {
		s := (n.turn + i*shards/len(d)) % shards
		n.out[s] = append(n.out[s], b)
	}
	n.turn = (n.turn + 1) % shards
}

// split cuts each batch in so many.
func split(d row.Delta, parts int) row.Delta {
	var out row.Delta
	for _, b := range d {
		rows := b.Len()
		for p := range parts {
			if from, to := rows*p/parts, rows*(p+1)/parts; to > from {
				out = append(out, b.Slice(from, to))
			}
		}
	}
	return out
}

func (s Values) build(c *Circuit, n *node) error {
	n.types = s.Batch.Types()
	n.ops = make([]operator, c.shards)
	for i := range n.ops {
		n.ops[i] = &valuesOp{batch: s.Batch, done: i != 0 || n.opt.Hydrated}
	}
	return nil
}

type valuesOp struct {
	batch *row.Batch
	done  bool
}

func (o *valuesOp) pending() bool { return !o.done }

func (o *valuesOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.done = true
	if o.batch.Len() == 0 {
		return nil, nil
	}
	return row.Delta{o.batch}, nil
}

func (s Map) build(c *Circuit, n *node) error {
	n.types = s.F.Types()
	n.ops = sameOnAll(c.shards, &mapOp{f: s.F, n: n})
	return nil
}

type mapOp struct {
	f Transform
	n *node
}

func (o *mapOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	return applyTransform(x, o.n, o.f, in[0])
}

// applyTransform maps a delta; rows that fail go to the step's errors.
func applyTransform(x *stepCtx, n *node, f Transform, in row.Delta) (row.Delta, error) {
	var out row.Delta
	for _, b := range in {
		got := f.Apply(b, func(i int, err error) { x.report(n, b, i, err, b.Weights[i]) })
		if got != nil && got.Len() > 0 {
			out = append(out, got)
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s Union) build(c *Circuit, n *node) error {
	if len(s.In) == 0 {
		return fmt.Errorf("no inputs")
	}
	if s.Negate != nil && len(s.Negate) != len(s.In) {
		return fmt.Errorf("%d signs for %d inputs", len(s.Negate), len(s.In))
	}
	n.types = n.ins[0].types
	for _, in := range n.ins[1:] {
		if err := sameTypes(n.types, in.types); err != nil {
			return err
		}
	}
	n.ops = sameOnAll(c.shards, &unionOp{negate: s.Negate})
	return nil
}

type unionOp struct{ negate []bool }

func (o *unionOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	var out row.Delta
	for i, d := range in {
		if o.negate == nil || !o.negate[i] {
			out = append(out, d...)
			continue
		}
		for _, b := range d {
			out = append(out, negated(b))
		}
	}
	return out, nil
}

// negated shares b's columns and turns its weights around.
func negated(b *row.Batch) *row.Batch {
	w := slices.Clone(b.Weights)
	for i := range w {
		w[i] = -w[i]
	}
	return &row.Batch{Cols: b.Cols, Weights: w}
}

// sameOnAll uses one stateless operator for every shard.
func sameOnAll(shards int, op operator) []operator {
	return slices.Repeat([]operator{op}, shards)
}

func sameTypes(a, b []row.Type) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d columns against %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Base() != b[i].Base() {
			return fmt.Errorf("column %d is %s on one side and %s on the other", i, a[i].Name(), b[i].Name())
		}
	}
	return nil
}
