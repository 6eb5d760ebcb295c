package bits

import (
	"bytes"
	"math"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A bit string lies in its column as the digits that it prints: 0 and 1.

func ofStrings(r *fn.Registry) {
	for symbol, op := range map[string]struct {
		word  string
		apply func(a, b byte) byte
	}{
		"&": {"AND", func(a, b byte) byte { return a & b }},
		"|": {"OR", func(a, b byte) byte { return a | b }},
		"#": {"XOR", func(a, b byte) byte { return a ^ b | '0' }},
	} {
		r.Op(symbol+"(bit, bit) bit", fn.B2(func(_ *fn.Call, dst, a, b []byte) ([]byte, error) {
			if len(a) != len(b) {
				return dst, pgerr.New(pgerr.StringDataLengthMismatch, "cannot %s bit strings of different sizes", op.word)
			}
			for i, x := range a {
				dst = append(dst, op.apply(x, b[i]))
			}
			return dst, nil
		}))
	}
	r.Op("~(bit) bit", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		for _, x := range a {
			dst = append(dst, x^1)
		}
		return dst, nil
	}), fn.NoError)
	r.Op("<<(bit, int4) bit", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) { return appendShifted(dst, a, n), nil }), fn.NoError)
	r.Op(">>(bit, int4) bit", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) { return appendShifted(dst, a, -n), nil }), fn.NoError)
	r.Op("||(varbit, varbit) varbit", fn.B2(func(_ *fn.Call, dst, a, b []byte) ([]byte, error) {
		return append(append(dst, a...), b...), nil
	}), fn.NoError)
	length := fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return int64(len(a)), nil })
	r.Func("length(bit) int4", length, fn.NoError)
	r.Func("bit_length(bit) int4", length, fn.NoError)
	r.Func("octet_length(bit) int4", fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return int64(len(a)+7) / 8, nil }), fn.NoError)
	r.Func("bit_count(bit) int8", fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return int64(bytes.Count(a, []byte{'1'})), nil }), fn.NoError)
	single(r)
	parts(r)
}

func zeros(dst []byte, n int64) []byte {
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	return dst
}

// appendShifted shifts to the left, or with a negative count to the right.
func appendShifted(dst, a []byte, n int64) []byte {
	size := int64(len(a))
	if n = min(max(n, -size), size); n >= 0 {
		return zeros(append(dst, a[n:]...), n)
	}
	return append(zeros(dst, -n), a[:size+n]...)
}

// single declares what reads and writes one bit; they count from the left.
func single(r *fn.Registry) {
	check := func(a []byte, n int64) error {
		if n < 0 || n >= int64(len(a)) {
			return pgerr.New(pgerr.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, len(a)-1)
		}
		return nil
	}
	r.Func("get_bit(bit, int4) int4", fn.F2(func(_ *fn.Call, a []byte, n int64) (int64, error) {
		if err := check(a, n); err != nil {
			return 0, err
		}
		return int64(a[n] - '0'), nil
	}))
	r.Func("set_bit(bit, int4, int4) bit", fn.B3(func(_ *fn.Call, dst, a []byte, n, v int64) ([]byte, error) {
		if err := check(a, n); err != nil {
			return dst, err
		}
		if err := newBit(v); err != nil {
			return dst, err
		}
		at := len(dst) + int(n)
		dst = append(dst, a...)
		dst[at] = '0' + byte(v)
		return dst, nil
	}))
}

func negativeLength() error {
	return pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
}

// slice is SQL's substring: positions count from 1 and may lie before it.
func slice(a []byte, from, end int64) []byte {
	size := int64(len(a)) + 1
	from, end = min(max(from, 1), size), min(end, size)
	if end <= from {
		return nil
	}
	return a[from-1 : end-1]
}

func parts(r *fn.Registry) {
	r.Func("substring(bit, int4) bit", fn.B2(func(_ *fn.Call, dst, a []byte, from int64) ([]byte, error) {
		return append(dst, slice(a, from, math.MaxInt64)...), nil
	}), fn.NoError)
	r.Func("substring(bit, int4, int4) bit", fn.B3(func(_ *fn.Call, dst, a []byte, from, n int64) ([]byte, error) {
		if n < 0 {
			return dst, negativeLength()
		}
		return append(dst, slice(a, from, from+n)...), nil
	}))
	overlay := fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		a, b, from := c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Int(i)
		n := int64(len(b))
		if len(c.Args) > 3 {
			n = c.Args[3].Int(i)
		}
		if from <= 0 {
			return dst, negativeLength()
		}
		if from+n != int64(int32(from+n)) {
			return dst, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
		}
		dst = append(dst, slice(a, 1, from)...)
		dst = append(dst, b...)
		return append(dst, slice(a, from+n, math.MaxInt64)...), nil
	})
	r.Func("overlay(bit, bit, int4) bit", overlay)
	r.Func("overlay(bit, bit, int4, int4) bit", overlay)
	r.Func("position(bit, bit) int4", fn.F2(func(_ *fn.Call, a, b []byte) (int64, error) {
		if len(a) == 0 {
			return 0, nil
		}
		return int64(bytes.Index(a, b)) + 1, nil
	}), fn.NoError)
}

// casts converts between bit strings and numbers. A cast to bit(n) keeps the
// lowest n bits of a number, or repeats its sign before them.
func casts(r *fn.Registry) {
	r.Cast("bit -> varbit", fn.Implicit, nil)
	r.Cast("varbit -> bit", fn.Implicit, nil)
	for _, w := range []struct {
		typ, name string
		size      int
	}{{"int4", "integer", 32}, {"int8", "bigint", 64}} {
		r.Cast(w.typ+" -> bit", fn.Explicit, fn.B1(func(c *fn.Call, dst []byte, v int64) ([]byte, error) {
			n := 1
			if c.Out.Type.Mod != 0 {
				n = int(c.Out.Type.Typmod())
			}
			for n--; n >= 0; n-- {
				dst = append(dst, '0'+byte(v>>min(n, 63)&1))
			}
			return dst, nil
		}), fn.NoError, fn.IsSized)
		r.Cast("bit -> "+w.typ, fn.Explicit, fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
			if len(a) > w.size {
				return 0, pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", w.name)
			}
			v := int64(0)
			for _, x := range a {
				v = v<<1 | int64(x-'0')
			}
			if w.size == 32 {
				v = int64(int32(v))
			}
			return v, nil
		}))
	}
}
