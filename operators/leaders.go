package operators

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// leadersOp is top-k over rows that only come, where few rows of a partition are
// kept: they are one value in a table, so that a row costs a probe, and one that
// does not get among them nothing more.
//
// A partition's value: its first Offset+Limit rows in order; of each the length
// of its order columns in the key codec, these, the length of its other columns
// in the value codec, these, and its weight, lengths and weight as uvarints.
type leadersOp struct {
	topkOut
	table     *storage.Table
	partition []int
	order     []OrderBy
	keep      int64       // Offset+Limit
	layout    *row.Layout // partition and order columns, then the rest
	ties      *row.Layout // of whole rows: says which of two with equal order is first

	keys    keySet
	enc     keyList
	lists   [][]leader // by partition of the step
	was     [][]byte   // by partition: its value before the step
	changed []bool
	slab    slab

	hashes     []uint64
	numbers    []int32
	fresh      []int32
	buf, value []byte
	tie        [2][]byte
	one        *row.Batch
	old        []leader // of a partition's value before the step
	before     []span   // theirs
}

// leader is a row that is kept. One that came in this step is still in its batch.
type leader struct {
	order  []byte
	rest   []byte
	weight int64
	was    int32 // its place in the value before the step; -1: it was not there
	at     int32
	b      *row.Batch
}

// maxLeaders is how many rows of a partition may be kept in one value: each row
// that gets among them writes all of them.
const maxLeaders = 32

func (s TopK) newLeaders(c *Circuit, n *node, shard int) *leadersOp {
	in := n.ins[0].types
	var key []row.KeyCol
	for _, col := range s.Partition {
		key = append(key, row.KeyCol{Col: col})
	}
	for _, o := range s.Order {
		key = append(key, row.KeyCol{Col: o.Col, Order: o.Order})
	}
	o := &leadersOp{
		topkOut: newTopkOut(n, s), table: c.stores.Table(s.State, shard),
		partition: s.Partition, order: s.Order, keep: s.Offset + s.Limit,
		layout: row.NewLayout(in, key, true),
		ties:   row.NewLayout(in, sortKey(in, s.Partition, s.Order), false),
		keys:   newKeySet(in, s.Partition),
		one:    row.NewBatch(in, 1),
	}
	o.keys.reset()
	return o
}

func (o *leadersOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	for _, b := range in[0] {
		if err := o.batch(b); err != nil {
			return nil, err
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	for p := range o.enc.len() {
		if !o.changed[p] {
			continue
		}
		if err := o.settle(p); err != nil {
			return nil, err
		}
	}
	out := o.take()
	o.reset()
	return out, nil
}

func (o *leadersOp) reset() {
	for p := range o.enc.len() {
		clear(o.lists[p])
		o.lists[p] = o.lists[p][:0]
	}
	clear(o.was)
	o.was, o.changed = o.was[:0], o.changed[:0]
	o.keys.reset()
	o.enc.reset()
	o.slab.reset()
}

func (o *leadersOp) batch(b *row.Batch) error {
	if b.Len() == 0 || o.keep == 0 {
		return nil
	}
	o.hashes = row.HashRows(b, o.partition, o.hashes)
	o.numbers = grown(o.numbers, b.Len())
	o.fresh = o.keys.number(b, nil, o.hashes, nil, o.numbers, o.fresh[:0])
	if err := o.load(b); err != nil {
		return err
	}
	for i, w := range b.Weights {
		if w < 0 {
			return errTakenBack
		}
		if w == 0 {
			continue
		}
		if err := o.insert(int(o.numbers[i]), b, i, w); err != nil {
			return err
		}
	}
	return nil
}

// load reads the values of the partitions that are new in the step.
func (o *leadersOp) load(b *row.Batch) error {
	first := o.enc.len()
	for _, i := range o.fresh {
		o.enc.addRow(b, o.partition, int(i))
	}
	o.enc.find(o.table, first)
	for p := first; p < o.enc.len(); p++ {
		value := o.enc.values[p]
		if len(value) > 0 {
			value = o.slab.grow(func(dst []byte) []byte { return append(dst, value...) })
		}
		o.was = append(o.was, value)
		o.changed = append(o.changed, false)
		if p == len(o.lists) {
			o.lists = append(o.lists, nil)
		}
		var err error
		if o.lists[p], err = readLeaders(o.lists[p][:0], value); err != nil {
			return err
		}
	}
	return nil
}

func readLeaders(into []leader, value []byte) ([]leader, error) {
	part := func() []byte {
		n, k := binary.Uvarint(value)
		if k <= 0 || n > uint64(len(value)-k) {
			return nil
		}
		p := value[k : k+int(n) : k+int(n)]
		value = value[k+int(n):]
		return p
	}
	for i := int32(0); len(value) > 0; i++ {
		l := leader{order: part(), rest: part(), was: i}
		w, k := binary.Uvarint(value)
		if k <= 0 || l.order == nil || l.rest == nil {
			return nil, fmt.Errorf("a stored partition is corrupt")
		}
		l.weight = int64(w)
		value = value[k:]
		into = append(into, l)
	}
	return into, nil
}

// insert puts a row where it belongs among the leaders, if it does.
func (o *leadersOp) insert(p int, b *row.Batch, i int, w int64) error {
	o.buf = o.buf[:0]
	for _, c := range o.order {
		o.buf = row.AppendKeyOrder(o.buf, &b.Cols[c.Col], i, c.Order)
	}
	list := o.lists[p]
	total := int64(0)
	for k := range list {
		total += list[k].weight
	}
	at := len(list)
	for at > 0 {
		c := bytes.Compare(o.buf, list[at-1].order)
		if c == 0 {
			var err error
			if c, err = o.compare(p, b, i, &list[at-1]); err != nil {
				return err
			}
			if c == 0 {
				list[at-1].weight += w
				o.changed[p] = true
				o.trim(p, total+w)
				return nil
			}
		}
		if c > 0 {
			break
		}
		at--
	}
	if at == len(list) && total >= o.keep {
		return nil
	}
	list = append(list, leader{})
	copy(list[at+1:], list[at:])
	list[at] = leader{
		order:  o.slab.grow(func(dst []byte) []byte { return append(dst, o.buf...) }),
		weight: w, was: none, b: b, at: int32(i),
	}
	o.lists[p] = list
	o.changed[p] = true
	o.trim(p, total+w)
	return nil
}

// trim forgets the rows behind the last that is kept.
func (o *leadersOp) trim(p int, total int64) {
	list := o.lists[p]
	for len(list) > 0 && total-list[len(list)-1].weight >= o.keep {
		total -= list[len(list)-1].weight
		list[len(list)-1] = leader{}
		list = list[:len(list)-1]
	}
	o.lists[p] = list
}

// compare orders a row and a leader that the order columns do not tell apart.
func (o *leadersOp) compare(p int, b *row.Batch, i int, l *leader) (int, error) {
	other, at := l.b, int(l.at)
	if other == nil {
		o.one.Reset()
		if err := o.decode(p, l, o.one); err != nil {
			return 0, err
		}
		other, at = o.one, 0
	}
	o.tie[0], _ = o.ties.Encode(o.tie[0][:0], nil, b, i)
	o.tie[1], _ = o.ties.Encode(o.tie[1][:0], nil, other, at)
	return bytes.Compare(o.tie[0], o.tie[1]), nil
}

// decode appends a leader from before the step.
func (o *leadersOp) decode(p int, l *leader, into *row.Batch) error {
	o.value = append(append(o.value[:0], o.enc.key(p)...), l.order...)
	return o.layout.Decode(o.value, l.rest, into)
}

// none marks what was not there.
const none = -1

// settle stores a partition's leaders and puts out what changed among them.
func (o *leadersOp) settle(p int) error {
	list := o.lists[p]
	o.value = o.value[:0]
	for k := range list {
		l := &list[k]
		if l.b != nil {
			l.rest = o.slab.grow(func(dst []byte) []byte { return o.layout.EncodeRest(dst, l.b, int(l.at)) })
		}
		o.value = binary.AppendUvarint(o.value, uint64(len(l.order)))
		o.value = append(o.value, l.order...)
		o.value = binary.AppendUvarint(o.value, uint64(len(l.rest)))
		o.value = append(o.value, l.rest...)
		o.value = binary.AppendUvarint(o.value, uint64(l.weight))
	}
	o.table.Put(o.enc.hashes[p], o.enc.key(p), o.value)
	return o.emit(p)
}

// emit puts out the difference between a partition's windows.
func (o *leadersOp) emit(p int) error {
	was, err := readLeaders(o.old[:0], o.was[p])
	if err != nil {
		return err
	}
	o.old = was
	o.before = o.before[:0]
	at := int64(0)
	for k := range was {
		o.before = append(o.before, o.window(at, was[k].weight))
		at += was[k].weight
	}
	at = 0
	for k := range o.lists[p] {
		l := &o.lists[p][k]
		is := o.window(at, l.weight)
		at += l.weight
		had := span{}
		if l.was >= 0 {
			had = o.before[l.was]
			o.before[l.was] = span{}
		}
		if had == is {
			continue
		}
		b, i := l.b, int(l.at)
		if b == nil {
			o.one.Reset()
			if err := o.decode(p, l, o.one); err != nil {
				return err
			}
			b, i = o.one, 0
		}
		o.move(b, i, had, is)
	}
	for k := range was {
		if had := o.before[k]; had != (span{}) {
			o.one.Reset()
			if err := o.decode(p, &was[k], o.one); err != nil {
				return err
			}
			o.move(o.one, 0, had, span{})
		}
	}
	return nil
}
