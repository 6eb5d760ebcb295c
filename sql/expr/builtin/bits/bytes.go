// Package bits declares the functions and operators on bits: those of a bytea and
// the types bit and bit varying.
package bits

import (
	mathbits "math/bits"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Declare adds the functions of this package.
func Declare(r *fn.Registry) {
	ofBytes(r)
	ofStrings(r)
	casts(r)
}

func outside(n, last int64) error {
	return pgerr.New(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", n, last)
}

func newBit(v int64) error {
	if v == 0 || v == 1 {
		return nil
	}
	return pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
}

// ofBytes declares those of a bytea, whose bits count from the lowest of each byte.
func ofBytes(r *fn.Registry) {
	check := func(a []byte, n int64, size int64) error {
		if last := int64(len(a))*size - 1; n < 0 || n > last {
			return outside(n, last)
		}
		return nil
	}
	r.Func("get_byte(bytea, int4) int4", fn.F2(func(_ *fn.Call, a []byte, n int64) (int64, error) {
		if err := check(a, n, 1); err != nil {
			return 0, err
		}
		return int64(a[n]), nil
	}))
	r.Func("set_byte(bytea, int4, int4) bytea", fn.B3(func(_ *fn.Call, dst, a []byte, n, v int64) ([]byte, error) {
		if err := check(a, n, 1); err != nil {
			return dst, err
		}
		at := len(dst) + int(n)
		dst = append(dst, a...)
		dst[at] = byte(v)
		return dst, nil
	}))
	r.Func("get_bit(bytea, int8) int4", fn.F2(func(_ *fn.Call, a []byte, n int64) (int64, error) {
		if err := check(a, n, 8); err != nil {
			return 0, err
		}
		return int64(a[n/8] >> (n % 8) & 1), nil
	}))
	r.Func("set_bit(bytea, int8, int4) bytea", fn.B3(func(_ *fn.Call, dst, a []byte, n, v int64) ([]byte, error) {
		if err := check(a, n, 8); err != nil {
			return dst, err
		}
		if err := newBit(v); err != nil {
			return dst, err
		}
		at := len(dst) + int(n/8)
		dst = append(dst, a...)
		dst[at] = dst[at]&^(1<<(n%8)) | byte(v)<<(n%8)
		return dst, nil
	}))
	r.Func("bit_count(bytea) int8", fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
		n := 0
		for _, c := range a {
			n += mathbits.OnesCount8(c)
		}
		return int64(n), nil
	}), fn.NoError)
}
