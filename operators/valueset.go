package operators

import (
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// valueSet counts, for the distinct aggregates of a GroupBy, each different
// argument list of each group, and tells the aggregates when one comes or goes.
// Lists that are equal but print differently are one list; the least of them,
// by their encodings, is what the aggregates are given. Where there can be such
// lists they are kept in an ordered store, otherwise they are only counted.
//
// A counted entry: slot, group key, arguments' keys -> uvarint count. An ordered
// one has the arguments' faithful values behind their keys, and its weight.
type valueSet struct {
	slots   []valueSlot
	table   *storage.Table // slots that are not lossy
	tree    *storage.Tree  // lossy slots
	diff    changes
	group   []int32      // by change: the group's number in the step
	args    []*row.Batch // by slot; scratch
	buf     []byte
	hi, rep []byte
	value   []byte
}

// newValueSet makes the set; it owns the table state and the tree state+2.
func newValueSet(slots []valueSlot, c *Circuit, state StateID, shard int) *valueSet {
	v := &valueSet{slots: slots}
	for i := range slots {
		v.args = append(v.args, row.NewBatch(slots[i].types, 1))
		if slots[i].lossy {
			v.tree = c.stores.Tree(state+2, shard)
		} else {
			v.table = c.stores.Table(state, shard)
		}
	}
	return v
}

// note writes down that a row of a group has the argument list of a slot.
func (v *valueSet) note(g, s int, key []byte, b *row.Batch, i int, w int64) {
	slot := &v.slots[s]
	v.buf = append(append(v.buf[:0], byte(s)), key...)
	for _, c := range slot.args {
		v.buf = row.AppendKey(v.buf, &b.Cols[c], i)
	}
	if slot.lossy {
		for _, c := range slot.args {
			v.buf = row.AppendValue(v.buf, &b.Cols[c], i)
		}
	}
	v.diff.add(v.buf, w)
	v.group = append(v.group, int32(g))
}

// apply counts the step's changes and updates the groups' states.
func (v *valueSet) apply(x *stepCtx, o *groupOp) error {
	err := v.diff.each(func(first int32, key []byte, w int64) error {
		if err := x.tick(1); err != nil {
			return err
		}
		g := int(v.group[first])
		s := int(key[0])
		if v.slots[s].lossy {
			return v.move(x, o, g, s, key, w)
		}
		return v.count(x, o, g, s, key, w)
	})
	v.group = v.group[:0]
	return err
}

// count changes the count of a list.
func (v *valueSet) count(x *stepCtx, o *groupOp, g, s int, key []byte, w int64) error {
	hash := storage.Hash(key)
	var was int64
	if value, ok := v.table.Get(hash, key); ok {
		c, n := binary.Uvarint(value)
		if n != len(value) {
			return fmt.Errorf("a stored count is corrupt: %x", value)
		}
		was = int64(c)
	}
	is := was + w
	switch {
	case is < 0:
		return fmt.Errorf("a distinct value's count falls to %d", is)
	case is == 0:
		v.table.Delete(hash, key)
	default:
		v.value = binary.AppendUvarint(v.value[:0], uint64(is))
		v.table.Put(hash, key, v.value)
	}
	if (was > 0) == (is > 0) {
		return nil
	}
	sign := int64(1)
	if is == 0 {
		sign = -1
	}
	return v.tell(x, o, g, s, key, sign)
}

// move changes the weight of one form of a list; if another form is now the
// least, the aggregates give the old one back and take the new one.
func (v *valueSet) move(x *stepCtx, o *groupOp, g, s int, key []byte, w int64) error {
	rest, err := v.skipTo(o, s, key)
	if err != nil {
		return err
	}
	prefix := key[:len(key)-len(rest)]
	v.hi = prefixEnd(v.hi, prefix)
	had := v.least(prefix)
	if had {
		v.rep = append(v.rep[:0], v.buf...)
	}
	if _, err := addWeight(v.tree, key, w, &v.value); err != nil {
		return err
	}
	has := v.least(prefix)
	if had && has && string(v.rep) == string(v.buf) {
		return nil
	}
	if had {
		if err := v.tell(x, o, g, s, v.rep, -1); err != nil {
			return err
		}
	}
	if has {
		return v.tell(x, o, g, s, v.buf, 1)
	}
	return nil
}

// least puts the first key with the prefix into buf.
func (v *valueSet) least(prefix []byte) bool {
	it := v.tree.Scan(prefix, v.hi)
	defer it.Close()
	if !it.Next() {
		return false
	}
	v.buf = append(v.buf[:0], it.Key()...)
	return true
}

// skipTo is what follows the slot, the group's key and the arguments' keys.
func (v *valueSet) skipTo(o *groupOp, s int, key []byte) ([]byte, error) {
	rest, err := v.arguments(o, key)
	if err != nil {
		return nil, err
	}
	for _, t := range v.slots[s].types {
		if rest, err = row.SkipKey(rest, t, row.Order{}); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// arguments is what follows the slot and the group's key.
func (v *valueSet) arguments(o *groupOp, key []byte) ([]byte, error) {
	rest := key[1:]
	var err error
	for _, t := range o.keyTypes {
		if rest, err = row.SkipKey(rest, t, row.Order{}); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// tell adds a list to, or takes it from, the aggregates of its slot.
func (v *valueSet) tell(x *stepCtx, o *groupOp, g, s int, key []byte, sign int64) error {
	slot, b := &v.slots[s], v.args[s]
	b.Reset()
	var rest []byte
	var err error
	if slot.lossy {
		if rest, err = v.skipTo(o, s, key); err != nil {
			return err
		}
		_, err = row.DecodeRowValue(rest, b)
	} else {
		if rest, err = v.arguments(o, key); err != nil {
			return err
		}
		for c := range b.Cols {
			if rest, err = row.DecodeKey(rest, &b.Cols[c], row.Order{}); err != nil {
				return err
			}
		}
		b.Weights = append(b.Weights, 1)
	}
	if err != nil {
		return err
	}
	cols := make([]*row.Column, len(b.Cols))
	for c := range cols {
		cols[c] = &b.Cols[c]
	}
	for _, j := range slot.aggs {
		if err := o.add(g, j, cols, 0, sign); err != nil {
			x.report(o.n, b, 0, err, sign)
		}
	}
	return nil
}
