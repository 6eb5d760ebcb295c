package builtin

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func arrayError(format string, args ...any) error {
	return pgerr.New(pgerr.ArraySubscriptError, format, args...)
}

// arrayArg reads an array argument.
func arrayArg(c *fn.Call, k, i int) *row.ArrayElems {
	return row.NewArrayElems(c.Args[k].Col.Type, c.Args[k].Bytes(i))
}

func finishArray(c *fn.Call, b *row.ArrayBuilder, dims []row.Dim) {
	if dims == nil {
		c.Out.Data = b.Finish(c.Out.Data)
	} else {
		c.Out.Data = b.FinishDims(c.Out.Data, dims)
	}
	c.Out.EndBytes()
}

var textArray = row.ArrayOf(row.Text)

func arrayFuncs(r *fn.Registry) {
	shape := func(answer func(a *row.ArrayElems, dim int64) (int64, bool)) fn.Kernel {
		return fn.Rows(func(c *fn.Call, i int) error {
			v, ok := answer(arrayArg(c, 0, i), c.Args[1].Int(i))
			if !ok {
				return fn.ErrNull
			}
			c.Out.AppendInt(v)
			return nil
		})
	}
	within := func(a *row.ArrayElems, dim int64) bool { return dim >= 1 && dim <= int64(len(a.Dims)) }
	r.Func("array_length(anyarray, int4) int4", shape(func(a *row.ArrayElems, d int64) (int64, bool) {
		if !within(a, d) {
			return 0, false
		}
		return int64(a.Dims[d-1].Len), true
	}), fn.NoError)
	r.Func("array_lower(anyarray, int4) int4", shape(func(a *row.ArrayElems, d int64) (int64, bool) {
		if !within(a, d) {
			return 0, false
		}
		return int64(a.Dims[d-1].Lower), true
	}), fn.NoError)
	r.Func("array_upper(anyarray, int4) int4", shape(func(a *row.ArrayElems, d int64) (int64, bool) {
		if !within(a, d) {
			return 0, false
		}
		return int64(a.Dims[d-1].Lower + a.Dims[d-1].Len - 1), true
	}), fn.NoError)
	r.Func("cardinality(anyarray) int4", fn.Rows(func(c *fn.Call, i int) error {
		c.Out.AppendInt(int64(arrayArg(c, 0, i).N))
		return nil
	}), fn.NoError)
	r.Func("array_ndims(anyarray) int4", fn.Rows(func(c *fn.Call, i int) error {
		n := len(arrayArg(c, 0, i).Dims)
		if n == 0 {
			return fn.ErrNull
		}
		c.Out.AppendInt(int64(n))
		return nil
	}), fn.NoError)
	r.Func("array_dims(anyarray) text", fn.Rows(func(c *fn.Call, i int) error {
		a := arrayArg(c, 0, i)
		if len(a.Dims) == 0 {
			return fn.ErrNull
		}
		var b strings.Builder
		for _, d := range a.Dims {
			b.WriteString("[" + strconv.Itoa(d.Lower) + ":" + strconv.Itoa(d.Lower+d.Len-1) + "]")
		}
		c.Out.AppendString(b.String())
		return nil
	}), fn.NoError)
	arrayConcat(r)
	arraySearch(r)
	arrayText(r)
	arraySets(r)
	arrayTables(r)
}

func arrayText(r *fn.Registry) {
	join := fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) || c.Args[1].IsNull(i) {
			return fn.ErrNull
		}
		a := arrayArg(c, 0, i)
		first := true
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			if d.Null && (len(c.Args) < 3 || c.Args[2].IsNull(i)) {
				continue
			}
			if !first {
				c.Out.Data = append(c.Out.Data, c.Args[1].Bytes(i)...)
			}
			first = false
			if d.Null {
				c.Out.Data = append(c.Out.Data, c.Args[2].Bytes(i)...)
			} else {
				c.Out.Data = fn.AppendText(c.Ctx, c.Out.Data, a.Elem, d)
			}
		}
		c.Out.EndBytes()
		return nil
	})
	r.Func("array_to_string(anyarray, text) text", join, fn.NotStrict, fn.IsStable, fn.NoError)
	r.Func("array_to_string(anyarray, text, text) text", join, fn.NotStrict, fn.IsStable, fn.NoError)
	split := func(args []fn.Arg, i int) ([]row.Datum, bool) {
		if args[0].IsNull(i) {
			return nil, false
		}
		null := []byte(nil)
		if len(args) > 2 && !args[2].IsNull(i) {
			null = append([]byte{}, args[2].Bytes(i)...)
		}
		var parts []row.Datum
		for _, p := range splitText(&args[0], &args[1], i) {
			if null != nil && bytes.Equal(p, null) {
				parts = append(parts, row.NullDatum)
			} else {
				parts = append(parts, row.BytesDatum(p))
			}
		}
		return parts, true
	}
	array := fn.Rows(func(c *fn.Call, i int) error {
		parts, ok := split(c.Args, i)
		if !ok {
			return fn.ErrNull
		}
		b := row.NewArrayBuilder(textArray)
		for _, p := range parts {
			b.Append(p)
		}
		finishArray(c, b, nil)
		return nil
	})
	r.Func("string_to_array(text, text) text[]", array, fn.NotStrict, fn.NoError)
	r.Func("string_to_array(text, text, text) text[]", array, fn.NotStrict, fn.NoError)
	table := func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		cols := make([]fn.Arg, len(args))
		for k, d := range args {
			c := row.NewColumn(row.T(row.Text), 1)
			c.Append(d)
			cols[k] = fn.Arg{Col: &c, Const: true}
		}
		parts, _ := split(cols, 0)
		for _, p := range parts {
			emit(p)
		}
		return nil
	}
	r.Table("string_to_table(text, text) text", table, "", fn.NotStrict)
	r.Table("string_to_table(text, text, text) text", table, "", fn.NotStrict)
}

// splitText splits at a delimiter; a NULL one splits into characters, an empty
// one not at all.
func splitText(text, sep *fn.Arg, i int) [][]byte {
	s := text.Bytes(i)
	switch {
	case len(s) == 0:
		return nil
	case sep.IsNull(i):
		return bytes.Split(s, nil)
	case len(sep.Bytes(i)) == 0:
		return [][]byte{s}
	}
	return bytes.Split(s, sep.Bytes(i))
}

// arraySets declares containment and overlap; NULL elements match nothing.
func arraySets(r *fn.Registry) {
	has := func(t row.Type, set []row.Datum, d row.Datum) bool {
		return !d.Null && slices.ContainsFunc(set, func(x row.Datum) bool { return !x.Null && row.CompareDatums(t, x, d) == 0 })
	}
	contains := func(c *fn.Call, a, b, i int) bool {
		x, y := arrayArg(c, a, i), arrayArg(c, b, i)
		set := x.All()
		for d, ok := y.Next(); ok; d, ok = y.Next() {
			if !has(x.Elem, set, d) {
				return false
			}
		}
		return true
	}
	test := func(f func(c *fn.Call, i int) bool) fn.Kernel {
		return fn.Rows(func(c *fn.Call, i int) error {
			c.Out.AppendInt(toBool(f(c, i)))
			return nil
		})
	}
	r.Op("@>(anyarray, anyarray) bool", test(func(c *fn.Call, i int) bool { return contains(c, 0, 1, i) }), fn.NoError, fn.Equates)
	r.Op("<@(anyarray, anyarray) bool", test(func(c *fn.Call, i int) bool { return contains(c, 1, 0, i) }), fn.NoError, fn.Equates)
	r.Op("&&(anyarray, anyarray) bool", test(func(c *fn.Call, i int) bool {
		x, y := arrayArg(c, 0, i), arrayArg(c, 1, i)
		set := x.All()
		for d, ok := y.Next(); ok; d, ok = y.Next() {
			if has(x.Elem, set, d) {
				return true
			}
		}
		return false
	}), fn.NoError, fn.Equates)
}
