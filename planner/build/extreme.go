package build

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/tarndb/tarn/row"
)

// extreme is min or max over rows that are never taken back: one value a group
// instead of all of them. Its state is empty for no value; for integers eight
// bytes, little-endian; else the length of the value's key, the key, and the
// faithful value. Of values that are equal but print differently the one with
// the least bytes stands for them, so that the order of arrival does not matter.
type extreme struct {
	typ row.Type
	max bool
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
