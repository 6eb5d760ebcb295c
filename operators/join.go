package operators

import (
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
)

// Join. Meaning: the pairs of rows of A and B with equal keys, weights
// multiplied; a left join adds the rows of A whose key has no row in B, with
// NULLs for B's columns; a right and a full join likewise. A NULL in a key
// equals nothing, unless nulls are equal.
// Delta rule: dA x B_now + A_before x dB. When A was empty before (hydration,
// ad-hoc queries) the second term is, and is not looked for. The unmatched rows
// of an outer join are an anti join: see unmatched.go.
// State: none but the two arrangements, which others share.
// Cost: a scan of the other side for each changed key, and each match.
// Pathology: fan-out: a changed row of a dimension is joined with all its
// facts; a key that is hot on both sides multiplies.

func (s Join) build(c *Circuit, n *node) error {
	l, r := n.ins[0], n.ins[1]
	if err := checkJoin(l, r); err != nil {
		return err
	}
	if s.Residual != nil && s.Kind != InnerJoin {
		return fmt.Errorf("a residual condition on a %s join", s.Kind)
	}
	all := append(l.types[:len(l.types):len(l.types)], r.types...)
	out := s.Out
	if out == nil {
		out = identity(len(all))
	}
	if err := checkCols(out, all); err != nil {
		return err
	}
	types := pick(all, out)
	n.types = types
	if s.Residual != nil {
		n.types = s.Residual.Types()
	}
	lcols, rcols := splitCols(out, len(l.types))
	for shard := range c.shards {
		j := &joinOp{n: n, residual: s.Residual}
		la, ra := l.arr[shard], r.arr[shard]
		j.left = newHalf(la, ra, types, lcols, rcols, s.NullsEqual)
		j.right = newHalf(ra, la, types, rcols, lcols, s.NullsEqual)
		if s.Kind == LeftJoin || s.Kind == FullJoin {
			j.nulls = append(j.nulls, &presence{a: la, b: ra, anti: true, nullsEqual: s.NullsEqual, out: rowsOut{types: types, cols: lcols}})
		}
		if s.Kind == RightJoin || s.Kind == FullJoin {
			j.nulls = append(j.nulls, &presence{a: ra, b: la, anti: true, nullsEqual: s.NullsEqual, out: rowsOut{types: types, cols: rcols}})
		}
		switch awaits(s) {
		case 0:
			j.awaiting = &awaiting{a: la, b: ra, of: r, missing: true, make: j.left.aloneOf}
		case 1:
			j.awaiting = &awaiting{a: ra, b: la, of: l, missing: true, make: j.right.aloneOf}
		}
		n.ops = append(n.ops, j)
	}
	return nil
}

// checkJoin checks that two nodes are arrangements with keys of equal types.
func checkJoin(l, r *node) error {
	for _, n := range []*node{l, r} {
		if n.arr == nil {
			return fmt.Errorf("input %d (%s) is not an arrangement", n.id, n.opt.Name)
		}
	}
	if err := sameTypes(pick(l.types, l.arr[0].key), pick(r.types, r.arr[0].key)); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

func identity(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func pick(types []row.Type, cols []int) []row.Type {
	out := make([]row.Type, len(cols))
	for i, c := range cols {
		out[i] = types[c]
	}
	return out
}

// splitCols says for each output column which column of the left and which of
// the right it is; -1: it is the other side's.
func splitCols(out []int, left int) (l, r []int) {
	for _, c := range out {
		if c < left {
			l, r = append(l, c), append(r, -1)
		} else {
			l, r = append(l, -1), append(r, c-left)
		}
	}
	return l, r
}

type joinOp struct {
	n           *node
	residual    Transform
	left, right half
	nulls       []*presence // the unmatched rows of an outer join
	awaiting    *awaiting   // the side of a left or right join that may be unmatched; nil: none
}

func (j *joinOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	var pass *half
	switch {
	case j.left.own.passing:
		pass = &j.left
	case j.right.own.passing:
		pass = &j.right
	default:
		return j.change(x)
	}
	if w := j.awaiting; w != nil {
		return j.outer(x, w, pass)
	}
	out, err := pass.pass(x, false, nil)
	if err != nil || j.residual == nil {
		return out, err
	}
	return applyTransform(x, j.n, j.residual, out)
}

// outer is the step of a left or right join of which a side goes by.
func (j *joinOp) outer(x *stepCtx, w *awaiting, pass *half) (row.Delta, error) {
	if pass.own == w.a {
		w.takeUp()
		return pass.pass(x, true, nil)
	}
	m, err := w.keys(x)
	if err != nil {
		return nil, err
	}
	out, err := pass.pass(x, false, m)
	if err != nil {
		return nil, err
	}
	alone, err := w.show(x)
	return append(out, alone...), err
}

func (j *joinOp) hold(on bool) {
	if j.awaiting != nil {
		j.awaiting.hold(on)
	}
}

func (j *joinOp) held() int64 { return 0 }

func (j *joinOp) pending() bool { return j.awaiting != nil && j.awaiting.pending() }

// change is the step of a join whose inputs may both change.
func (j *joinOp) change(x *stepCtx) (row.Delta, error) {
	settles := settleBoth
	if j.awaiting != nil && j.awaiting.overlooks() {
		settles = settle
	}
	if err := settles(x, j.left.own, j.right.own); err != nil {
		return nil, err
	}
	dl, dr := j.left.own.delta, j.right.own.delta
	out := batches{expect: dl.len() + dr.len()}
	var err error
	switch {
	case dl != nil && dr != nil && j.left.own.wasEmpty && j.right.own.wasEmpty && dr.len() < dl.len():
		// Each term alone is the whole join; this one has fewer probes.
		err = j.right.probe(x, now, &out)
	case dl != nil && j.left.own.wasEmpty:
		err = j.left.probe(x, now, &out)
	default:
		if err = j.left.probe(x, now, &out); err == nil {
			err = j.right.probe(x, before, &out)
		}
	}
	if err != nil {
		return nil, err
	}
	if j.residual != nil {
		return applyTransform(x, j.n, j.residual, out.delta)
	}
	for _, u := range j.nulls {
		rows, err := u.step(x)
		if err != nil {
			return nil, err
		}
		out.delta = append(out.delta, rows...)
	}
	return out.delta, nil
}

// half is one term of the join: the delta of one side against the other side.
type half struct {
	own, other *arrangement
	types      []row.Type
	ownCols    []int // for each output column the own side's column, or -1
	otherCols  []int // for each output column the other side's column, or -1
	matchCols  []int // for each output column its place in match, or -1
	nullsEqual bool
	read       *row.Decoder // of the other side's columns that the output needs
	match      *row.Batch   // scratch: these columns of one row
	passed     passed
}

func newHalf(own, other *arrangement, types []row.Type, ownCols, otherCols []int, nullsEqual bool) half {
	h := half{own: own, other: other, types: types, ownCols: ownCols, otherCols: otherCols, nullsEqual: nullsEqual}
	var need []int
	for _, c := range otherCols {
		at := -1
		if c >= 0 {
			if at = slices.Index(need, c); at < 0 {
				at = len(need)
				need = append(need, c)
			}
		}
		h.matchCols = append(h.matchCols, at)
	}
	h.read = other.rows.Decoder(need)
	h.match = row.NewBatch(pick(other.types, need), 1)
	return h
}

// probe appends the pairs of the own side's delta with the other side's rows.
func (h *half) probe(x *stepCtx, as view, out *batches) error {
	d := h.own.delta
	h.other.prefetch(d)
	for i := 0; i < d.len(); {
		first, end := i, d.groupEnd(i)
		i = end
		if b, r := d.at(first); !h.nullsEqual && h.own.keyNull(b, r) {
			continue
		}
		err := h.other.scan(as, d.prefix(first), func(key []byte, w int64) (bool, error) {
			h.match.Reset()
			if err := decodeEntry(h.read, key, w, h.match); err != nil {
				return false, err
			}
			for k := first; k < end; k++ {
				b, r := d.at(k)
				h.emit(out, b, r, w*d.weight(k))
			}
			return true, x.tick(end - first)
		})
		if err != nil {
			return err
		}
		if err := x.tick(1); err != nil {
			return err
		}
	}
	return nil
}

// emit appends one pair, with its weight: a row of the delta and the match.
func (h *half) emit(out *batches, b *row.Batch, r int, w int64) {
	o := out.room(h.types)
	for c := range o.Cols {
		if own := h.ownCols[c]; own >= 0 {
			o.Cols[c].AppendFrom(&b.Cols[own], r)
		} else {
			o.Cols[c].AppendFrom(&h.match.Cols[h.matchCols[c]], 0)
		}
	}
	o.Weights = append(o.Weights, w)
}
