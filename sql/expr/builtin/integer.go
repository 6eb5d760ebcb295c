package builtin

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// width is an integer type's range and name.
type width struct {
	typ    string
	lo, hi int64
	name   string
}

var widths = []width{
	{"int2", math.MinInt16, math.MaxInt16, "smallint"},
	{"int4", math.MinInt32, math.MaxInt32, "integer"},
	{"int8", math.MinInt64, math.MaxInt64, "bigint"},
}

func (w width) overflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "%s out of range", w.name)
}

func divisionByZero() error { return pgerr.New(pgerr.DivisionByZero, "division by zero") }

// integerOps declares arithmetic; of two widths the result has the wider.
func integerOps(r *fn.Registry) {
	for i, a := range widths {
		for j, b := range widths {
			w := widths[max(i, j)]
			sig := "(" + a.typ + ", " + b.typ + ") " + w.typ
			r.Op("+"+sig, addInts(w))
			r.Op("-"+sig, subInts(w))
			r.Op("*"+sig, mulInts(w))
			r.Op("/"+sig, divInts(w))
			if i == j {
				r.Op("%"+sig, modInts())
				r.Func("mod"+sig, modInts())
			}
		}
		integerUnary(r, a)
	}
	for _, w := range widths[1:] {
		sig := "(" + w.typ + ", " + w.typ + ") " + w.typ
		r.Func("gcd"+sig, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return gcd(w, a, b) }))
		r.Func("lcm"+sig, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return lcm(w, a, b) }))
		r.Func("to_hex("+w.typ+") text", fn.B1(func(_ *fn.Call, dst []byte, a int64) ([]byte, error) {
			u := uint64(a)
			if w.typ == "int4" {
				u = uint64(uint32(a))
			}
			return strconv.AppendUint(dst, u, 16), nil
		}), fn.NoError)
	}
}

func integerUnary(r *fn.Registry, w width) {
	sig := "(" + w.typ + ") " + w.typ
	neg := fn.F1(func(_ *fn.Call, a int64) (int64, error) {
		if a == w.lo {
			return 0, w.overflow()
		}
		return -a, nil
	})
	abs := fn.F1(func(_ *fn.Call, a int64) (int64, error) {
		if a == w.lo {
			return 0, w.overflow()
		}
		return max(a, -a), nil
	})
	r.Op("-"+sig, neg)
	r.Op("+"+sig, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return a, nil }), fn.NoError)
	r.Op("@"+sig, abs)
	r.Func("abs"+sig, abs)
	r.Op("~"+sig, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return ^a, nil }), fn.NoError)
	two := "(" + w.typ + ", " + w.typ + ") " + w.typ
	r.Op("&"+two, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return a & b, nil }), fn.NoError)
	r.Op("|"+two, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return a | b, nil }), fn.NoError)
	r.Op("#"+two, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return a ^ b, nil }), fn.NoError)
	shift := "(" + w.typ + ", int4) " + w.typ
	r.Op("<<"+shift, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return w.shiftLeft(a, b), nil }), fn.NoError)
	r.Op(">>"+shift, fn.F2(func(_ *fn.Call, a, b int64) (int64, error) { return w.shiftRight(a, b), nil }), fn.NoError)
}

// The shifts are those of the machine: the count is taken modulo 32 or 64.
func (w width) shiftLeft(a, b int64) int64 {
	switch w.typ {
	case "int2":
		return int64(int16(int32(a) << (uint64(b) & 31)))
	case "int4":
		return int64(int32(a) << (uint64(b) & 31))
	}
	return a << (uint64(b) & 63)
}

func (w width) shiftRight(a, b int64) int64 {
	if w.typ == "int8" {
		return a >> (uint64(b) & 63)
	}
	return a >> (uint64(b) & 31)
}

// operands are the two arguments as slices of the call's rows; a constant is
// repeated, so that the loops have one form, and kept for the next batch.
func operands(c *fn.Call) (a, b []int64) { return ints(c, 0), ints(c, 1) }

func ints(c *fn.Call, k int) []int64 {
	a := &c.Args[k]
	if !a.Const || c.N == 1 {
		return a.Col.Ints[:c.N]
	}
	v := a.Col.Ints[0]
	if old, ok := (*c.Site).([]int64); ok && len(old) >= c.N && old[0] == v {
		return old[:c.N]
	}
	out := make([]int64, c.N)
	for i := range out {
		out[i] = v
	}
	*c.Site = out
	return out
}

func addInts(w width) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := operands(c)
		var over int64
		if w.typ == "int8" {
			for i, x := range a {
				s := x + b[i]
				out[i] = s
				over |= (x ^ s) & (b[i] ^ s)
			}
			if over >= 0 {
				return
			}
			failWhere(c, func(i int) bool { return (a[i]^out[i])&(b[i]^out[i]) < 0 }, w.overflow)
			return
		}
		for i, x := range a {
			s := x + b[i]
			out[i] = s
			over |= (s - w.lo) | (w.hi - s)
		}
		w.check(c, out, over)
	}
}

func subInts(w width) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := operands(c)
		var over int64
		if w.typ == "int8" {
			for i, x := range a {
				s := x - b[i]
				out[i] = s
				over |= (x ^ b[i]) & (x ^ s)
			}
			if over >= 0 {
				return
			}
			failWhere(c, func(i int) bool { return (a[i]^b[i])&(a[i]^out[i]) < 0 }, w.overflow)
			return
		}
		for i, x := range a {
			s := x - b[i]
			out[i] = s
			over |= (s - w.lo) | (w.hi - s)
		}
		w.check(c, out, over)
	}
}

// check fails the rows out of range, which over's sign says there are.
func (w width) check(c *fn.Call, out []int64, over int64) {
	if over < 0 {
		failWhere(c, func(i int) bool { return out[i] < w.lo || out[i] > w.hi }, w.overflow)
	}
}

func failWhere(c *fn.Call, bad func(i int) bool, err func() error) {
	for i := 0; i < c.N; i++ {
		if bad(i) {
			c.Fail(i, err())
		}
	}
}

func mulInts(w width) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := operands(c)
		if w.typ != "int8" {
			var over int64
			for i, x := range a {
				s := x * b[i]
				out[i] = s
				over |= (s - w.lo) | (w.hi - s)
			}
			w.check(c, out, over)
			return
		}
		for i, x := range a {
			p, ok := mulInt8(x, b[i])
			if out[i] = p; !ok {
				c.Fail(i, w.overflow())
			}
		}
	}
}

func mulInt8(a, b int64) (int64, bool) {
	if a == int64(int32(a)) && b == int64(int32(b)) {
		return a * b, true
	}
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if (a < 0) != (b < 0) {
		return -int64(lo), hi == 0 && lo <= 1<<63
	}
	return int64(lo), hi == 0 && lo < 1<<63
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func divInts(w width) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := operands(c)
		for i, x := range a {
			switch y := b[i]; {
			case y == 0:
				c.Fail(i, divisionByZero())
				out[i] = 0
			case y == -1 && x == w.lo:
				c.Fail(i, w.overflow())
				out[i] = 0
			default:
				out[i] = x / y
			}
		}
	}
}

func modInts() fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := operands(c)
		for i, x := range a {
			switch y := b[i]; y {
			case 0:
				c.Fail(i, divisionByZero())
				out[i] = 0
			case -1:
				out[i] = 0
			default:
				out[i] = x % y
			}
		}
	}
}

func gcd(w width, a, b int64) (int64, error) {
	x, y := magnitude(a), magnitude(b)
	for y != 0 {
		x, y = y, x%y
	}
	if x > uint64(w.hi) {
		return 0, w.overflow()
	}
	return int64(x), nil
}

func lcm(w width, a, b int64) (int64, error) {
	if a == 0 || b == 0 {
		return 0, nil
	}
	g, err := gcd(w, a, b)
	if err != nil {
		return 0, err
	}
	p, ok := mulInt8(a/g, b)
	if !ok || p == math.MinInt64 || max(p, -p) > w.hi {
		return 0, w.overflow()
	}
	return max(p, -p), nil
}

// integerCasts converts between the widths and oid.
func integerCasts(r *fn.Registry) {
	same := fn.F1(func(_ *fn.Call, a int64) (int64, error) { return a, nil })
	for i, from := range widths {
		for j, to := range widths {
			switch {
			case j > i:
				r.Cast(from.typ+" -> "+to.typ, fn.Implicit, same, fn.NoError)
			case j < i:
				r.Cast(from.typ+" -> "+to.typ, fn.Assignment, narrow(to))
			}
		}
	}
	oid := width{"oid", 0, math.MaxUint32, "OID"}
	r.Cast("int8 -> oid", fn.Implicit, narrow(oid))
	r.Cast("oid -> int8", fn.Assignment, same, fn.NoError)
	for _, k := range []row.Kind{row.OID, row.Regclass, row.Regtype, row.Regproc, row.Regnamespace} {
		name := row.T(k).Name()
		r.Cast("int4 -> "+name, fn.Implicit, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return int64(uint32(a)), nil }), fn.NoError)
		r.Cast("int2 -> "+name, fn.Implicit, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return int64(uint32(a)), nil }), fn.NoError)
		r.Cast(name+" -> int4", fn.Assignment, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return int64(int32(a)), nil }), fn.NoError)
		if k != row.OID {
			r.Cast("int8 -> "+name, fn.Implicit, narrow(oid))
			r.Cast(name+" -> int8", fn.Assignment, same, fn.NoError)
			r.Cast(name+" -> oid", fn.Implicit, nil)
			r.Cast("oid -> "+name, fn.Implicit, nil)
		}
	}
	r.Cast("int4 -> bool", fn.Explicit, fn.F1(func(_ *fn.Call, a int64) (bool, error) { return a != 0, nil }), fn.NoError)
	r.Cast("bool -> int4", fn.Explicit, same, fn.NoError)
	r.Cast("int4 -> char", fn.Explicit, fn.F1(func(_ *fn.Call, a int64) (int64, error) {
		if a < math.MinInt8 || a > math.MaxInt8 {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"char\" out of range")
		}
		return int64(uint8(a)), nil
	}))
	r.Cast("char -> int4", fn.Explicit, fn.F1(func(_ *fn.Call, a int64) (int64, error) { return int64(int8(a)), nil }), fn.NoError)
}

func narrow(to width) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		for i, v := range ints(c, 0) {
			if out[i] = v; v < to.lo || v > to.hi {
				c.Fail(i, to.overflow())
			}
		}
	}
}
