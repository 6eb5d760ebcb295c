package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// valueSet does for distinct aggregates whose arguments' keys are lossy what
// valueSets does for the others. Lists that are equal but print differently are
// one list; the least of them, by their encodings, is what the aggregates are
// given, so the forms are kept in an ordered store.
//
// An entry: group key, slot, arguments' keys, their faithful values -> its weight.
type valueSet struct {
	slots    []valueSlot
	keyTypes []row.Type // of the group's key, as it is stored
	tree     *storage.Tree
	diff     changes
	group    []int32      // by change: the group's number in the step
	args     []*row.Batch // by slot; scratch
	buf      []byte
	hi, rep  []byte
	value    []byte
	it       storage.Iter
}

// newValueSet makes the set; it owns the tree state+2.
func newValueSet(slots []valueSlot, keyTypes []row.Type, c *Circuit, state StateID, shard int) *valueSet {
	v := &valueSet{slots: slots, keyTypes: keyTypes}
	for i := range slots {
		v.args = append(v.args, row.NewBatch(slots[i].types, 1))
		v.tree = c.stores.Tree(state+2, shard)
	}
	return v
}

// note writes down that a row of a group has the argument list of a slot.
func (v *valueSet) note(g, s int, key []byte, b *row.Batch, i int, w int64) {
	slot := &v.slots[s]
	v.buf = append(append(v.buf[:0], key...), byte(s))
	for _, c := range slot.args {
		v.buf = row.AppendKey(v.buf, &b.Cols[c], i)
	}
	for _, c := range slot.args {
		v.buf = row.AppendValue(v.buf, &b.Cols[c], i)
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
		return v.move(x, o, g, int(key[len(o.enc.key(g))]), key, w)
	})
	v.group = v.group[:0]
	return err
}

// move changes the weight of one form of a list; if another form is now the
// least, the aggregates give the old one back and take the new one.
func (v *valueSet) move(x *stepCtx, o *groupOp, g, s int, key []byte, w int64) error {
	rest, err := v.skipTo(s, key)
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
	it := &v.it
	v.tree.Seek(it, prefix, v.hi)
	defer it.Close()
	if !it.Next() {
		return false
	}
	v.buf = append(v.buf[:0], it.Key()...)
	return true
}

// skipTo is what follows the slot, the group's key and the arguments' keys.
func (v *valueSet) skipTo(s int, key []byte) ([]byte, error) {
	rest, err := skipKeys(key, v.keyTypes)
	if err == nil && len(rest) == 0 {
		err = fmt.Errorf("a stored value is corrupt: %x", key)
	}
	if err != nil {
		return nil, err
	}
	return skipKeys(rest[1:], v.slots[s].types)
}

func skipKeys(key []byte, types []row.Type) ([]byte, error) {
	var err error
	for _, t := range types {
		if key, err = row.SkipKey(key, t, row.Order{}); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// tell adds a list to, or takes it from, the aggregates of its slot.
func (v *valueSet) tell(x *stepCtx, o *groupOp, g, s int, key []byte, sign int64) error {
	slot, b := &v.slots[s], v.args[s]
	b.Reset()
	rest, err := v.skipTo(s, key)
	if err != nil {
		return err
	}
	if _, err := row.DecodeRowValue(rest, b); err != nil {
		return err
	}
	cols := make([]*row.Column, len(b.Cols))
	for c := range cols {
		cols[c] = &b.Cols[c]
	}
	for _, j := range slot.aggs {
		if w := o.plan.word[j]; w != nil {
			if err := w.AddRows(o.words[o.plan.at[j]:], o.plan.words, []int32{int32(g)}, cols, []int64{sign}); err != nil {
				return err
			}
			continue
		}
		if err := o.add(g, j, cols, 0, sign); err != nil {
			x.report(o.n, b, 0, err, sign)
		}
	}
	return nil
}
