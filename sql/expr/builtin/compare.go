package builtin

import (
	"bytes"
	"fmt"
	"math"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
)

var comparisons = []fn.Comparison{fn.Eq, fn.Ne, fn.Lt, fn.Le, fn.Gt, fn.Ge}

// compareOps declares the six comparisons of every type that has an order, and
// those between types that PostgreSQL compares without a cast.
func compareOps(r *fn.Registry) {
	for _, k := range row.Kinds() {
		switch k {
		case row.Unknown, row.JSON, row.JSONPath, row.Record, row.Void, row.Regclass, row.Regtype, row.Regproc, row.Regnamespace, row.Varchar, row.Int2Vector:
			continue
		}
		name := row.T(k).Name()
		declare(r, name, name, compareKernel(row.T(k)))
	}
	declare(r, "anyarray", "anyarray", compareWith(func(a *row.Column, i int, b *row.Column, j int) int {
		return row.CompareValues(a, i, b, j)
	}))
	for _, group := range [][]string{{"int2", "int4", "int8"}, {"float4", "float8"}} {
		for _, a := range group {
			for _, b := range group {
				if a != b {
					declare(r, a, b, compareKernel(parse(a)))
				}
			}
		}
	}
	for _, a := range []string{"date", "timestamp", "timestamptz"} {
		for _, b := range []string{"date", "timestamp", "timestamptz"} {
			if a != b {
				declareTemporal(r, a, b)
			}
		}
	}
}

func parse(name string) row.Type {
	for _, k := range row.Kinds() {
		if row.T(k).Name() == name {
			return row.T(k)
		}
	}
	panic("type " + name)
}

func declare(r *fn.Registry, a, b string, kernel func(fn.Comparison) fn.Kernel, props ...fn.Property) {
	for _, c := range comparisons {
		f := r.Op(fmt.Sprintf("%s(%s, %s) bool", c, a, b), kernel(c), append(props, fn.NoError)...)
		f.Comparison = c
	}
}

func compareKernel(t row.Type) func(fn.Comparison) fn.Kernel {
	switch {
	case t.Phys() == row.PhysInt:
		return compareInts
	case t.Phys() == row.PhysFloat:
		return compareFloats
	case t.Kind == row.Text || t.Kind == row.Bytea || t.Kind == row.UUID || t.Kind == row.Name || t.Kind == row.Bit || t.Kind == row.Varbit:
		return compareRaw
	}
	if t.Kind == row.Numeric {
		return compareNumerics
	}
	return compareWith(row.CompareValues)
}

func toBool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// results makes room for n scalars; the kernel fills all of them.
func results(c *fn.Call) []int64 {
	if cap(c.Out.Ints) < c.N {
		c.Out.Ints = make([]int64, c.N)
	}
	c.Out.Ints = c.Out.Ints[:c.N]
	return c.Out.Ints
}

func compareInts(op fn.Comparison) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b, op := &c.Args[0], &c.Args[1], op
		if a.Const {
			a, b, op = b, a, op.Commuted()
		}
		switch {
		case a.Const:
			compareSlices(out, a.Col.Ints[:1], b.Col.Ints[:1], op)
		case b.Const:
			compareToConst(out, a.Col.Ints, b.Col.Ints[0], op)
		default:
			compareSlices(out, a.Col.Ints, b.Col.Ints, op)
		}
		if a.Const && c.N > 1 {
			for i := range out {
				out[i] = out[0]
			}
		}
	}
}

func compareToConst(out, a []int64, v int64, op fn.Comparison) {
	a = a[:len(out)]
	switch op {
	case fn.Eq:
		for i, x := range a {
			out[i] = toBool(x == v)
		}
	case fn.Ne:
		for i, x := range a {
			out[i] = toBool(x != v)
		}
	case fn.Lt:
		for i, x := range a {
			out[i] = toBool(x < v)
		}
	case fn.Le:
		for i, x := range a {
			out[i] = toBool(x <= v)
		}
	case fn.Gt:
		for i, x := range a {
			out[i] = toBool(x > v)
		}
	case fn.Ge:
		for i, x := range a {
			out[i] = toBool(x >= v)
		}
	}
}

func compareSlices(out, a, b []int64, op fn.Comparison) {
	if op == fn.Gt || op == fn.Ge {
		a, b, op = b, a, op.Commuted()
	}
	n := min(len(a), len(out))
	a, b = a[:n], b[:n]
	switch op {
	case fn.Eq:
		for i, x := range a {
			out[i] = toBool(x == b[i])
		}
	case fn.Ne:
		for i, x := range a {
			out[i] = toBool(x != b[i])
		}
	case fn.Lt:
		for i, x := range a {
			out[i] = toBool(x < b[i])
		}
	case fn.Le:
		for i, x := range a {
			out[i] = toBool(x <= b[i])
		}
	}
}

// holds turns an order into the comparison's answer.
func holds(op fn.Comparison, order int) bool {
	switch op {
	case fn.Eq:
		return order == 0
	case fn.Ne:
		return order != 0
	case fn.Lt:
		return order < 0
	case fn.Le:
		return order <= 0
	case fn.Gt:
		return order > 0
	}
	return order >= 0
}

// compareFloats has NaN equal to itself and above everything else.
func compareFloats(op fn.Comparison) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		a, b := &c.Args[0], &c.Args[1]
		for i := range out {
			out[i] = toBool(floatHolds(op, a.Float(i), b.Float(i)))
		}
	}
}

func floatHolds(op fn.Comparison, x, y float64) bool {
	if x != x || y != y {
		return holds(op, int(toBool(x != x)-toBool(y != y)))
	}
	switch op {
	case fn.Eq:
		return x == y
	case fn.Ne:
		return x != y
	case fn.Lt:
		return x < y
	case fn.Le:
		return x <= y
	case fn.Gt:
		return x > y
	}
	return x >= y
}

// compareRaw is for types whose bytes sort as the values do.
func compareRaw(op fn.Comparison) fn.Kernel {
	if op == fn.Eq || op == fn.Ne {
		return func(c *fn.Call) {
			out := results(c)
			a, b := &c.Args[0], &c.Args[1]
			for i := range out {
				out[i] = toBool(bytes.Equal(a.Bytes(i), b.Bytes(i)) == (op == fn.Eq))
			}
		}
	}
	return func(c *fn.Call) {
		out := results(c)
		a, b := &c.Args[0], &c.Args[1]
		for i := range out {
			out[i] = toBool(holds(op, bytes.Compare(a.Bytes(i), b.Bytes(i))))
		}
	}
}

func compareWith(order func(a *row.Column, i int, b *row.Column, j int) int) func(fn.Comparison) fn.Kernel {
	return func(op fn.Comparison) fn.Kernel {
		return func(c *fn.Call) {
			out := results(c)
			a, b := &c.Args[0], &c.Args[1]
			for i := range out {
				if !c.Null(i) {
					out[i] = toBool(holds(op, order(a.Col, a.At(i), b.Col, b.At(i))))
				}
			}
		}
	}
}

// declareTemporal compares points in time of different types at the finer of the
// two: a date is its midnight, a local time is one in the session's zone.
func declareTemporal(r *fn.Registry, a, b string) {
	left, right := instant(a, b), instant(b, a)
	var props []fn.Property
	if a == "timestamptz" || b == "timestamptz" {
		props = append(props, fn.IsStable)
	}
	declare(r, a, b, func(op fn.Comparison) fn.Kernel {
		return func(c *fn.Call) {
			out := results(c)
			for i := range out {
				x, y := left(c, c.Args[0].Int(i)), right(c, c.Args[1].Int(i))
				out[i] = toBool(holds(op, orderInts(x, y)))
			}
		}
	}, props...)
}

func orderInts(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func instant(typ, other string) func(c *fn.Call, v int64) int64 {
	return func(c *fn.Call, v int64) int64 {
		if typ == "date" {
			switch {
			case v == datetime.DatePosInf:
				return math.MaxInt64
			case v == datetime.DateNegInf:
				return math.MinInt64
			case v > (math.MaxInt64-1)/datetime.Day: // later than any timestamp that is not infinity
				return math.MaxInt64 - 1
			case v < (math.MinInt64+1)/datetime.Day:
				return math.MinInt64 + 1
			}
			v *= datetime.Day
		}
		if typ != "timestamptz" && other == "timestamptz" && v < math.MaxInt64-1 && v > math.MinInt64+1 {
			v = datetime.FromLocal(v, c.Location())
		}
		return v
	}
}
