package build

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// ordered keeps an aggregate of an ordered sequence of rows (string_agg, array_agg)
// as an invertible one: its state is the group's rows, sorted. Cost: the size of
// the group for each step that changes it, which is also the size of the value
// that has to be made anew; not for each row, since the rows of a step wait at
// the end of the state until Settle. Its arguments are the call's, then the columns
// that it orders by.
//
// The state is a list of entries: the length of a body, the body, its weight. A
// body is the keys of what the call orders by, and of the arguments that are not
// among that, then those arguments as faithful values whose keys are lossy.
// Bodies sort as the rows do, ties by the arguments.
type ordered struct {
	seq   fn.Sequence
	types []row.Type // of the call's arguments
	parts []orderedPart
	from  []int // by argument: its part
}

// orderedPart is a column whose key is in the entries.
type orderedPart struct {
	arg   int // of Update's
	typ   row.Type
	order row.Order
}

var _ operators.Settler = (*ordered)(nil)

// aggregate makes what a GroupBy keeps; in are the types of its input.
func aggregate(a planner.OpAgg, in []row.Type, ctx *expr.Context) (operators.Aggregate, error) {
	switch a.Kind {
	case planner.AggInvertible:
		return a.Func.New(a.ArgTypes), nil
	case planner.AggOrdered:
		return newOrdered(a, in, ctx), nil
	}
	return nil, fmt.Errorf("build: no aggregate of kind %d", a.Kind)
}

// context is what values become text in; nil where only states are counted, which
// needs no environment.
func (b *builder) context() *expr.Context {
	if b.env == nil {
		return nil
	}
	return b.env.Context()
}

func newOrdered(a planner.OpAgg, in []row.Type, ctx *expr.Context) *ordered {
	o := &ordered{seq: a.Func.NewSequence(a.ArgTypes, ctx), types: a.ArgTypes}
	for k, s := range a.Order {
		o.parts = append(o.parts, orderedPart{len(a.Args) + k, in[s.Col], row.Order{Desc: s.Desc, NullsFirst: s.NullsFirst}})
	}
	for k, col := range a.Args {
		at := slices.IndexFunc(a.Order, func(s planner.PosSort) bool { return s.Col == col })
		if at < 0 {
			at = len(o.parts)
			o.parts = append(o.parts, orderedPart{arg: k, typ: a.ArgTypes[k]})
		}
		o.from = append(o.from, at)
	}
	return o
}

func (o *ordered) Type() row.Type { return o.seq.Type() }

func (o *ordered) Init(dst []byte) []byte { return dst }

// Update puts the row at the end.
func (o *ordered) Update(state []byte, args []*row.Column, i int, weight int64) ([]byte, error) {
	if weight == 0 {
		return state, nil
	}
	var buf [128]byte
	body := buf[:0]
	for _, p := range o.parts {
		body = row.AppendKeyOrder(body, args[p.arg], i, p.order)
	}
	for k, t := range o.types {
		if row.KeyLossy(t) {
			body = row.AppendValue(body, args[k], i)
		}
	}
	return appendEntry(state, entry{body, weight}), nil
}

type entry struct {
	body   []byte
	weight int64
}

func appendEntry(dst []byte, e entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(e.body)))
	dst = append(dst, e.body...)
	return binary.AppendVarint(dst, e.weight)
}

// readEntry aliases b.
func readEntry(b []byte) (e entry, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)-k) {
		return e, nil, errState
	}
	e.body, b = b[k:k+int(n)], b[k+int(n):]
	w, k := binary.Varint(b)
	if k <= 0 {
		return e, nil, errState
	}
	e.weight = w
	return e, b[k:], nil
}

var errState = fmt.Errorf("build: the state of an ordered aggregate is corrupt")

// Settle sorts what Update has put at the end in between the rest.
func (o *ordered) Settle(state []byte) ([]byte, error) {
	var all []entry
	head := -1 // all entries before it are in order
	for rest := state; len(rest) > 0; {
		e, next, err := readEntry(rest)
		if err != nil {
			return nil, err
		}
		if n := len(all); head < 0 && n > 0 && bytes.Compare(all[n-1].body, e.body) >= 0 {
			head = n
		}
		all, rest = append(all, e), next
	}
	if head < 0 {
		return state, nil
	}
	sorted, tail := all[:head], all[head:]
	slices.SortFunc(tail, func(a, b entry) int { return bytes.Compare(a.body, b.body) })
	out := make([]byte, 0, len(state))
	for len(sorted) > 0 || len(tail) > 0 {
		var e entry
		if len(tail) == 0 || len(sorted) > 0 && bytes.Compare(sorted[0].body, tail[0].body) <= 0 {
			e, sorted = sorted[0], sorted[1:]
		} else {
			e, tail = tail[0], tail[1:]
		}
		for len(tail) > 0 && bytes.Equal(tail[0].body, e.body) {
			e.weight += tail[0].weight
			tail = tail[1:]
		}
		if e.weight != 0 {
			out = appendEntry(out, e)
		}
	}
	return out, nil
}

// Result makes the value of the rows in their order.
func (o *ordered) Result(state []byte, out *row.Column) error {
	d := o.newDecoder()
	var rows []int32
	for n := int32(0); len(state) > 0; n++ {
		e, rest, err := readEntry(state)
		if err != nil {
			return err
		}
		if err := d.add(e.body); err != nil {
			return err
		}
		for range e.weight {
			rows = append(rows, n)
		}
		state = rest
	}
	return o.seq.Result(d.args, rows, out)
}

// orderedDecoder takes bodies apart into columns.
type orderedDecoder struct {
	o     *ordered
	keys  []*row.Column // by part; nil: no argument is read from it
	exact []*row.Column // of the arguments whose keys are lossy, in order
	args  []*row.Column
}

func (o *ordered) newDecoder() *orderedDecoder {
	d := &orderedDecoder{o: o, keys: make([]*row.Column, len(o.parts))}
	for k, t := range o.types {
		into := &d.keys[o.from[k]]
		if row.KeyLossy(t) {
			d.exact = append(d.exact, nil)
			into = &d.exact[len(d.exact)-1]
		}
		if *into == nil {
			c := row.NewColumn(t, 0)
			*into = &c
		}
		d.args = append(d.args, *into)
	}
	return d
}

func (d *orderedDecoder) add(body []byte) (err error) {
	for k, p := range d.o.parts {
		if c := d.keys[k]; c != nil {
			body, err = row.DecodeKey(body, c, p.order)
		} else {
			body, err = row.SkipKey(body, p.typ, p.order)
		}
		if err != nil {
			return err
		}
	}
	for _, c := range d.exact {
		if body, err = row.DecodeValue(body, c); err != nil {
			return err
		}
	}
	return nil
}
