package build

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
)

var _ operators.WordAggregate = extremeInt{}

// extreme is min or max over rows that are never taken back: one value a group
// instead of all of them. Its state is empty for no value; for integers eight
// bytes, little-endian; else the length of the value's key, the key, and the
// faithful value. Of values that are equal but print differently the one with
// the least bytes stands for them, so that the order of arrival does not matter.
type extreme struct {
	typ row.Type
	max bool
}

func newExtreme(t row.Type, max bool) operators.Aggregate {
	e := extreme{typ: t, max: max}
	if t.Phys() == row.PhysInt {
		return extremeInt{e}
	}
	return e
}

var errRetracted = errors.New("build: a row was taken back from a collection that is append-only")

func (e extreme) Type() row.Type { return e.typ }

func (e extreme) Init(dst []byte) []byte { return dst }

func (e extreme) Update(state []byte, args []*row.Column, i int, weight int64) ([]byte, error) {
	c := args[0]
	switch {
	case weight < 0:
		return nil, errRetracted
	case c.IsNull(i):
		return state, nil
	case e.typ.Phys() == row.PhysInt:
		return e.updateInt(state, c.Ints[i]), nil
	}
	var key, value [64]byte
	k, v := row.AppendKey(key[:0], c, i), row.AppendValue(value[:0], c, i)
	if len(state) > 0 {
		have, haveValue := splitExtreme(state)
		d := bytes.Compare(k, have)
		if e.max {
			d = -d
		}
		if d > 0 || d == 0 && bytes.Compare(v, haveValue) >= 0 {
			return state, nil
		}
	}
	out := binary.AppendUvarint(state[:0], uint64(len(k)))
	return append(append(out, k...), v...), nil
}

func (e extreme) updateInt(state []byte, v int64) []byte {
	if len(state) == 8 {
		have := int64(binary.LittleEndian.Uint64(state))
		if v == have || (v > have) != e.max {
			return state
		}
	}
	return binary.LittleEndian.AppendUint64(state[:0], uint64(v))
}

func splitExtreme(state []byte) (key, value []byte) {
	n, k := binary.Uvarint(state)
	return state[k : k+int(n)], state[k+int(n):]
}

func (e extreme) Result(state []byte, out *row.Column) error {
	switch {
	case len(state) == 0:
		out.AppendNull()
	case e.typ.Phys() == row.PhysInt:
		out.AppendInt(int64(binary.LittleEndian.Uint64(state)))
	default:
		_, value := splitExtreme(state)
		_, err := row.DecodeValue(value, out)
		return err
	}
	return nil
}

// extremeInt is extreme for integers: its words are whether there is a value, and
// the value.
type extremeInt struct{ extreme }

func (e extremeInt) Words() int { return 2 }

func (e extremeInt) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	c := args[0]
	nulls := c.HasNulls()
	for i, w := range weights {
		switch {
		case w < 0:
			return errRetracted
		case w == 0 || nulls && c.IsNull(i):
			continue
		}
		s := states[int(group[i])*stride:][:2]
		if v := c.Ints[i]; s[0] == 0 || v != s[1] && (v > s[1]) == e.max {
			s[0], s[1] = 1, v
		}
	}
	return nil
}

func (e extremeInt) WordsResult(s []int64, out *row.Column) error {
	if s[0] == 0 {
		out.AppendNull()
	} else {
		out.AppendInt(s[1])
	}
	return nil
}
