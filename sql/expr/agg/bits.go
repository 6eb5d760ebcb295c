package agg

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func declareBits(r *fn.Registry) {
	for i, kind := range []row.Kind{row.Int2, row.Int4, row.Int8} {
		t, width := row.T(kind), 16<<i
		signature := "(" + t.Name() + ") " + t.Name()
		r.Invertible("bit_and"+signature, func([]row.Type) fn.Accumulator { return bitCounts{t, width, true} })
		r.Invertible("bit_or"+signature, func([]row.Type) fn.Accumulator { return bitCounts{t, width, false} })
		r.Invertible("bit_xor"+signature, func([]row.Type) fn.Accumulator { return bitParity{t} })
	}
	for name, a := range map[string]bitStrings{
		"bit_and": {"AND", func(a, b byte) byte { return min(a, b) }},
		"bit_or":  {"OR", func(a, b byte) byte { return max(a, b) }},
		"bit_xor": {"XOR", func(a, b byte) byte { return '0' + (a ^ b) }},
	} {
		r.Sequence(name+"(bit) bit", func([]row.Type, *fn.Context) fn.Sequence { return a })
	}
}

// bitStrings is bit_and, bit_or or bit_xor of bit strings, which must be of one length.
type bitStrings struct {
	verb  string
	digit func(a, b byte) byte
}

func (a bitStrings) Type() row.Type { return row.T(row.Bit) }

func (a bitStrings) Result(args []*row.Column, rows []int32, out *row.Column) error {
	var sum []byte
	some := false
	for _, i := range rows {
		if args[0].IsNull(int(i)) {
			continue
		}
		b := args[0].Bytes(int(i))
		if !some {
			sum, some = append(sum, b...), true
			continue
		}
		if len(b) != len(sum) {
			return pgerr.New(pgerr.StringDataLengthMismatch, "cannot %s bit strings of different sizes", a.verb)
		}
		for k := range b {
			sum[k] = a.digit(sum[k], b[k])
		}
	}
	if !some {
		out.AppendNull()
		return nil
	}
	out.AppendBytes(sum)
	return nil
}

// bitCounts is bit_and, if all, and bit_or. A value can be taken back from neither,
// but from how many values have each bit set: varints, the number of values
// before those of the bits, the lowest first.
type bitCounts struct {
	out   row.Type
	width int
	all   bool
}

func (a bitCounts) Type() row.Type         { return a.out }
func (a bitCounts) Init(dst []byte) []byte { return append(dst, make([]byte, 1+a.width)...) }

func (a bitCounts) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	counts := a.read(s)
	counts[0] += w
	for k := range a.width {
		counts[1+k] += w * (c.Ints[i] >> k & 1)
	}
	s = s[:0]
	for _, n := range counts[:1+a.width] {
		s = binary.AppendVarint(s, n)
	}
	return s, nil
}

func (a bitCounts) read(s []byte) (counts [65]int64) {
	for k := range 1 + a.width {
		v, n := binary.Varint(s)
		counts[k], s = v, s[n:]
	}
	return counts
}

func (a bitCounts) Result(s []byte, out *row.Column) error {
	counts := a.read(s)
	if counts[0] == 0 {
		out.AppendNull()
		return nil
	}
	v := int64(0)
	for k := range a.width {
		if n := counts[1+k]; a.all && n == counts[0] || !a.all && n > 0 {
			v |= 1 << k
		}
	}
	// The highest bit is the sign.
	unused := 64 - a.width
	out.AppendInt(v << unused >> unused)
	return nil
}

// bitParity is bit_xor, which takes itself back: the number of values, and the
// result as a word.
type bitParity struct{ out row.Type }

func (a bitParity) Type() row.Type       { return a.out }
func (bitParity) Init(dst []byte) []byte { return append(dst, make([]byte, 16)...) }

func (bitParity) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if c := args[0]; !c.IsNull(i) {
		setWord(s, 0, word(s, 0)+w)
		setWord(s, 1, word(s, 1)^-(w&1)&c.Ints[i])
	}
	return s, nil
}

func (bitParity) Result(s []byte, out *row.Column) error {
	if word(s, 0) == 0 {
		out.AppendNull()
		return nil
	}
	out.AppendInt(word(s, 1))
	return nil
}
