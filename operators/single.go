package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Single. Meaning: the identity, kept by key, where between two steps no two rows
// agree in it.
// Delta rule: the identity. State: an entry a key, the row in its value. Cost:
// sorting the step's keys; a probe and a write for each, over the row that was
// there: in a multiset the one would be deleted and the other inserted, and
// a commit would write both. Pathology: none of its own.

func (s Single) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	if err := checkCols(s.Key, n.types); err != nil {
		return err
	}
	rows := single(n.types, s.Key)
	for shard := range c.shards {
		n.ops = append(n.ops, &singleOp{rows: rows, enc: keyEncoder(rows), tree: c.stores.Tree(s.State, shard)})
	}
	return nil
}

// single is the layout of rows of which a key has one.
func single(types []row.Type, key []int) *row.Layout {
	return row.NewLayout(types, ascending(types, key).Key(), true)
}

// keyEncoder is the encodeFunc of a layout's key alone: it does not tell rows with
// the same key apart.
func keyEncoder(l *row.Layout) encodeFunc {
	return func(dst []byte, b *row.Batch, i int) ([]byte, int) {
		start := len(dst)
		dst = l.EncodeKey(dst, b, i)
		return dst, len(dst) - start
	}
}

type singleOp struct {
	rows  *row.Layout
	enc   encodeFunc
	tree  *storage.Tree
	sort  sorter
	value []byte   // scratch
	was   []byte   // scratch
	net   []netRow // scratch
}

// netRow is a row of a key that has several in a step.
type netRow struct {
	value  []byte
	weight int64
}

func (o *singleOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.sort.byKey(in[0], o.enc)
	es, d := o.sort.entries, &o.sort.d
	o.tree.Prefetch(len(es), func(i int) []byte { return d.raw(es[i].row) })
	for i := 0; i < len(es); {
		first := i
		i = o.sort.runEnd(i)
		if err := o.change(es[first:i]); err != nil {
			return nil, err
		}
		if err := x.tick(i - first); err != nil {
			return nil, err
		}
	}
	return in[0], nil
}

// change applies the rows of one key.
func (o *singleOp) change(es []sortEntry) error {
	d := &o.sort.d
	key := d.raw(es[0].row)
	weight := func(k int) int64 { return d.batch[es[k].row].Weights[d.index[es[k].row]] }
	switch {
	case len(es) == 1 && weight(0) == 1:
		o.tree.Set(key, o.encode(es[0]))
	case len(es) == 1 && weight(0) == -1:
		o.tree.Delete(key)
	case len(es) == 2 && weight(0)*weight(1) == -1:
		if weight(0) == 1 {
			es[0], es[1] = es[1], es[0]
		}
		o.was = append(o.was[:0], o.encode(es[0])...)
		if is := o.encode(es[1]); !bytes.Equal(o.was, is) {
			o.tree.Set(key, is)
		}
	default:
		return o.add(key, es)
	}
	return nil
}

// encode is the value of a row, until the next.
func (o *singleOp) encode(e sortEntry) []byte {
	d := &o.sort.d
	o.value = o.rows.EncodeRest(o.value[:0], d.batch[e.row], int(d.index[e.row]))
	return o.value
}

// add applies the rows of a key of which there are several in the step: what is
// left of them is what there is now.
func (o *singleOp) add(key []byte, es []sortEntry) error {
	d := &o.sort.d
	o.net = o.net[:0]
	for _, e := range es {
		value := o.encode(e)
		at := 0
		for at < len(o.net) && !bytes.Equal(o.net[at].value, value) {
			at++
		}
		if at == len(o.net) {
			o.net = append(o.net, netRow{value: bytes.Clone(value)})
		}
		o.net[at].weight += d.batch[e.row].Weights[d.index[e.row]]
	}
	var is []byte
	came, went := int64(0), int64(0)
	for _, n := range o.net {
		if n.weight > 0 {
			is = n.value
			came += n.weight
		} else {
			went -= n.weight
		}
	}
	switch {
	case came > 1 || went > 1:
		return fmt.Errorf("operators: %d rows came and %d went under one key", came, went)
	case came == 1:
		o.tree.Set(key, is)
	case went == 1:
		o.tree.Delete(key)
	}
	return nil
}
