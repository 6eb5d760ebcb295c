package builtin

import (
	"bytes"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// window is the part of a that SQL's substring takes: positions count from 1 and
// may lie before it.
func window(a []byte, from, n int64, limited bool, offset func([]byte, int64) int) ([]byte, error) {
	end := int64(1) << 62
	if limited {
		if n < 0 {
			return nil, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
		}
		end = from + n
	}
	start := max(from, 1)
	if end <= start {
		return nil, nil
	}
	a = a[offset(a, start-1):]
	return a[:offset(a, end-start)], nil
}

func byteOffset(a []byte, n int64) int { return int(min(n, int64(len(a)))) }

func substringFuncs(r *fn.Registry) {
	for _, t := range []struct {
		name   string
		offset func([]byte, int64) int
	}{{"text", fn.RuneOffset}, {"bytea", byteOffset}} {
		for _, name := range []string{"substring", "substr"} {
			r.Func(name+"("+t.name+", int4) "+t.name, fn.B2(func(_ *fn.Call, dst, a []byte, from int64) ([]byte, error) {
				w, err := window(a, from, 0, false, t.offset)
				return append(dst, w...), err
			}), fn.NoError)
			r.Func(name+"("+t.name+", int4, int4) "+t.name, fn.B3(func(_ *fn.Call, dst, a []byte, from, n int64) ([]byte, error) {
				w, err := window(a, from, n, true, t.offset)
				return append(dst, w...), err
			}))
		}
		overlay := func(dst, a, b []byte, from, n int64) ([]byte, error) {
			if from <= 0 {
				return dst, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
			}
			if from+n != int64(int32(from+n)) {
				return dst, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
			}
			dst = append(dst, a[:t.offset(a, from-1)]...)
			dst = append(dst, b...)
			return append(dst, a[t.offset(a, max(from+n-1, 0)):]...), nil
		}
		r.Func("overlay("+t.name+", "+t.name+", int4, int4) "+t.name, fn.Rows(func(c *fn.Call, i int) error {
			out, err := overlay(nil, c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Int(i), c.Args[3].Int(i))
			if err == nil {
				c.Out.AppendBytes(out)
			}
			return err
		}))
		r.Func("overlay("+t.name+", "+t.name+", int4) "+t.name, fn.B3(func(_ *fn.Call, dst, a, b []byte, from int64) ([]byte, error) {
			return overlay(dst, a, b, from, int64(runesOr(b, t.name)))
		}))
	}
	r.Func("left(text, int4) text", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) {
		if n < 0 {
			n += int64(fn.RuneCount(a))
		}
		return append(dst, a[:fn.RuneOffset(a, n)]...), nil
	}), fn.NoError)
	r.Func("right(text, int4) text", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) {
		if n < 0 {
			n = -n
		} else {
			n = max(0, int64(fn.RuneCount(a))-n)
		}
		return append(dst, a[fn.RuneOffset(a, n):]...), nil
	}), fn.NoError)
	position := func(a, b []byte) int64 {
		at := bytes.Index(a, b)
		if at < 0 {
			return 0
		}
		return int64(fn.RuneCount(a[:at])) + 1
	}
	for _, name := range []string{"strpos", "position"} {
		r.Func(name+"(text, text) int4", fn.F2(func(_ *fn.Call, a, b []byte) (int64, error) { return position(a, b), nil }), fn.NoError)
	}
	r.Func("position(bytea, bytea) int4", fn.F2(func(_ *fn.Call, a, b []byte) (int64, error) { return int64(bytes.Index(a, b)) + 1, nil }), fn.NoError)
	r.Func("starts_with(text, text) bool", fn.F2(func(_ *fn.Call, a, b []byte) (bool, error) { return bytes.HasPrefix(a, b), nil }), fn.NoError)
	r.Op("^@(text, text) bool", fn.F2(func(_ *fn.Call, a, b []byte) (bool, error) { return bytes.HasPrefix(a, b), nil }), fn.NoError)
	r.Func("split_part(text, text, int4) text", fn.Append(appendSplitPart))
}

func runesOr(b []byte, typ string) int {
	if typ == "text" {
		return fn.RuneCount(b)
	}
	return len(b)
}

func appendSplitPart(c *fn.Call, i int, dst []byte) ([]byte, error) {
	a, sep, n := c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Int(i)
	if n == 0 {
		return dst, pgerr.New(pgerr.InvalidParameterValue, "field position must not be zero")
	}
	if len(sep) == 0 {
		if n == 1 || n == -1 {
			dst = append(dst, a...)
		}
		return dst, nil
	}
	if n < 0 {
		n += int64(bytes.Count(a, sep)) + 2
		if n < 1 {
			return dst, nil
		}
	}
	for ; n > 1; n-- {
		at := bytes.Index(a, sep)
		if at < 0 {
			return dst, nil
		}
		a = a[at+len(sep):]
	}
	if at := bytes.Index(a, sep); at >= 0 {
		a = a[:at]
	}
	return append(dst, a...), nil
}
