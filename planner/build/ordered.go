package build

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// ordered keeps an aggregate of an ordered sequence of rows (string_agg,
// array_agg) as an invertible one: its state is the group's rows, sorted. Cost:
// the size of the group for each changed row, which is also the size of the
// value that has to be made anew. Its arguments are the call's, then the
// columns that it orders by.
//
// The state is a list of entries: the length of the sort key, the sort key, the
// length of the arguments, the arguments as faithful values, the weight.
type ordered struct {
	seq   fn.Sequence
	types []row.Type // of the call's arguments
	order []row.Order
}

func aggregate(a planner.OpAgg) (operators.Aggregate, error) {
	switch a.Kind {
	case planner.AggInvertible:
		return a.Func.New(a.ArgTypes), nil
	case planner.AggOrdered:
		o := &ordered{seq: a.Func.NewSequence(a.ArgTypes), types: a.ArgTypes}
		for _, s := range a.Order {
			o.order = append(o.order, row.Order{Desc: s.Desc, NullsFirst: s.NullsFirst})
		}
		return o, nil
	}
	return nil, fmt.Errorf("build: no aggregate of kind %d", a.Kind)
}

func (o *ordered) Type() row.Type { return o.seq.Type() }

func (o *ordered) Init(dst []byte) []byte { return dst }

// Update puts the row where it sorts, ties by the arguments' encoding.
func (o *ordered) Update(state []byte, args []*row.Column, i int, weight int64) ([]byte, error) {
	var key, val []byte
	for k, ord := range o.order {
		key = row.AppendKeyOrder(key, args[len(o.types)+k], i, ord)
	}
	for k := range o.types {
		val = row.AppendValue(val, args[k], i)
	}
	at := state
	for len(at) > 0 {
		k, v, w, rest, err := readEntry(at)
		if err != nil {
			return nil, err
		}
		c := bytes.Compare(k, key)
		if c == 0 {
			c = bytes.Compare(v, val)
		}
		if c < 0 {
			at = rest
			continue
		}
		if c == 0 {
			weight += w
		} else {
			rest = at
		}
		return o.splice(state[:len(state)-len(at)], key, val, weight, rest), nil
	}
	return o.splice(state, key, val, weight, nil), nil
}

func (o *ordered) splice(before, key, val []byte, weight int64, after []byte) []byte {
	out := slices.Clone(before)
	if weight != 0 {
		out = binary.AppendUvarint(out, uint64(len(key)))
		out = append(out, key...)
		out = binary.AppendUvarint(out, uint64(len(val)))
		out = append(out, val...)
		out = binary.AppendVarint(out, weight)
	}
	return append(out, after...)
}

func readEntry(b []byte) (key, val []byte, weight int64, rest []byte, err error) {
	if key, b, err = readBytes(b); err != nil {
		return
	}
	if val, b, err = readBytes(b); err != nil {
		return
	}
	w, n := binary.Varint(b)
	if n <= 0 {
		return nil, nil, 0, nil, errState
	}
	return key, val, w, b[n:], nil
}

var errState = fmt.Errorf("build: the state of an ordered aggregate is corrupt")

func readBytes(b []byte) (v, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return nil, nil, errState
	}
	return b[k : k+int(n)], b[k+int(n):], nil
}

// Result makes the value of the rows in their order.
func (o *ordered) Result(state []byte, out *row.Column) error {
	cols := make([]row.Column, len(o.types))
	args := make([]*row.Column, len(o.types))
	for i, t := range o.types {
		cols[i] = row.NewColumn(t, 0)
		args[i] = &cols[i]
	}
	var rows []int32
	for n := int32(0); len(state) > 0; n++ {
		_, val, w, rest, err := readEntry(state)
		if err != nil {
			return err
		}
		for i := range cols {
			if val, err = row.DecodeValue(val, &cols[i]); err != nil {
				return err
			}
		}
		for range w {
			rows = append(rows, n)
		}
		state = rest
	}
	return o.seq.Result(args, rows, out)
}
