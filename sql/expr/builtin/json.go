package builtin

import (
	"bytes"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func arrayDatums(t row.Type, b []byte) []row.Datum { return row.NewArrayElems(t, b).All() }

func jsonToJSONB(c *fn.Call, i int) error {
	dst, err := jsonb.Canonical(c.Out.Data, c.Args[0].Bytes(i))
	if err != nil {
		return err
	}
	c.Out.Data = dst
	c.Out.EndBytes()
	return nil
}

// found makes the kernel's answer of a lookup: the value, or NULL.
func found(dst, v []byte, ok, text bool) ([]byte, error) {
	if !ok {
		return dst, fn.ErrNull
	}
	if text {
		return appendJSONText(dst, v)
	}
	return append(dst, bytes.TrimSpace(v)...), nil
}

func jsonOps(r *fn.Registry) {
	for _, t := range []string{"json", "jsonb"} {
		for _, text := range []bool{false, true} {
			suffix, out, words := "", t, ""
			if text {
				suffix, out, words = ">", "text", "_text"
			}
			field := fn.B2(func(_ *fn.Call, dst, v []byte, name string) ([]byte, error) {
				f, ok := jsonField(v, name)
				return found(dst, f, ok, text)
			})
			elem := fn.B2(func(_ *fn.Call, dst, v []byte, at int64) ([]byte, error) {
				if t == "jsonb" && (at == 0 || at == -1) && jsonKind(v) < jsonb.Array {
					return found(dst, v, true, text) // a scalar is an array of itself here
				}
				f, ok := jsonElem(v, at)
				return found(dst, f, ok, text)
			})
			path := fn.B2(func(c *fn.Call, dst, v, p []byte) ([]byte, error) {
				f, ok := jsonPath(v, arrayDatums(textArray, p))
				return found(dst, f, ok, text)
			})
			r.Op("->"+suffix+"("+t+", text) "+out, field, fn.NoError)
			r.Op("->"+suffix+"("+t+", int4) "+out, elem, fn.NoError)
			r.Op("#>"+suffix+"("+t+", text[]) "+out, path, fn.NoError)
			r.Func(t+"_object_field"+words+"("+t+", text) "+out, field, fn.NoError)
			r.Func(t+"_array_element"+words+"("+t+", int4) "+out, elem, fn.NoError)
			r.Func(t+"_extract_path"+words+"("+t+", variadic text) "+out, fn.Rows(func(c *fn.Call, i int) error {
				p := make([]row.Datum, len(c.Args)-1)
				for k := range p {
					p[k] = c.Args[k+1].Datum(i)
				}
				f, ok := jsonPath(c.Args[0].Bytes(i), p)
				out, err := found(nil, f, ok, text)
				if err == nil {
					c.Out.AppendBytes(out)
				}
				return err
			}), fn.NoError)
		}
		r.Func(t+"_typeof("+t+") text", fn.B1(func(_ *fn.Call, dst, v []byte) ([]byte, error) {
			return append(dst, [...]string{"null", "string", "number", "boolean", "array", "object"}[jsonKind(v)]...), nil
		}), fn.NoError)
		r.Func(t+"_array_length("+t+") int4", fn.F1(func(_ *fn.Call, v []byte) (int64, error) {
			switch jsonKind(v) {
			case jsonb.Array:
				return int64(jsonLen(v)), nil
			case jsonb.Object:
				return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a non-array")
			}
			return 0, pgerr.New(pgerr.InvalidParameterValue, "cannot get array length of a scalar")
		}))
		jsonTables(r, t)
		jsonBuild(r, t)
	}
	jsonbOps(r)
	jsonbCasts(r)
}

func jsonbOps(r *fn.Registry) {
	contains := fn.F2(func(_ *fn.Call, a, b []byte) (bool, error) { return jsonContains(a, b, true), nil })
	contained := fn.F2(func(_ *fn.Call, a, b []byte) (bool, error) { return jsonContains(b, a, true), nil })
	r.Op("@>(jsonb, jsonb) bool", contains, fn.NoError)
	r.Op("<@(jsonb, jsonb) bool", contained, fn.NoError)
	r.Func("jsonb_contains(jsonb, jsonb) bool", contains, fn.NoError)
	r.Func("jsonb_contained(jsonb, jsonb) bool", contained, fn.NoError)
	r.Op("?(jsonb, text) bool", fn.F2(func(_ *fn.Call, v []byte, k string) (bool, error) { return jsonHasKey(v, k), nil }), fn.NoError)
	keys := func(all bool) fn.Kernel {
		return fn.F2(func(_ *fn.Call, v, list []byte) (bool, error) {
			for _, d := range arrayDatums(textArray, list) {
				if !d.Null && jsonHasKey(v, string(d.B)) != all {
					return !all, nil
				}
			}
			return all, nil
		})
	}
	r.Op("?|(jsonb, text[]) bool", keys(false), fn.NoError)
	r.Op("?&(jsonb, text[]) bool", keys(true), fn.NoError)
	r.Op("||(jsonb, jsonb) jsonb", fn.B2(func(_ *fn.Call, dst, a, b []byte) ([]byte, error) { return appendConcat(dst, a, b) }))
	r.Op("-(jsonb, text) jsonb", fn.B2(func(_ *fn.Call, dst, v []byte, k string) ([]byte, error) {
		return appendWithout(dst, v, func(key string, _ int) bool { return key == k })
	}))
	r.Op("-(jsonb, text[]) jsonb", fn.B2(func(_ *fn.Call, dst, v, list []byte) ([]byte, error) {
		if len(row.NewArrayElems(textArray, list).Dims) > 1 {
			return dst, arrayError("wrong number of array subscripts")
		}
		keys := arrayDatums(textArray, list)
		return appendWithout(dst, v, func(key string, _ int) bool {
			return slices.ContainsFunc(keys, func(d row.Datum) bool { return !d.Null && string(d.B) == key })
		})
	}))
	r.Op("-(jsonb, int4) jsonb", fn.B2(func(_ *fn.Call, dst, v []byte, at int64) ([]byte, error) {
		if jsonb.KindOf(v) == jsonb.Object {
			return dst, pgerr.New(pgerr.InvalidParameterValue, "cannot delete from object using integer index")
		}
		if at < 0 {
			at += int64(jsonLen(v))
		}
		return appendWithout(dst, v, func(_ string, i int) bool { return int64(i) == at })
	}))
	jsonbEdits(r)
	r.Func("jsonb_strip_nulls(jsonb) jsonb", fn.B1(func(_ *fn.Call, dst, v []byte) ([]byte, error) { return canonical(dst, stripNulls(nil, v)) }))
	r.Func("jsonb_pretty(jsonb) text", fn.B1(func(_ *fn.Call, dst, v []byte) ([]byte, error) { return appendPretty(dst, v, 0), nil }), fn.NoError)
}

func canonical(dst, text []byte) ([]byte, error) { return jsonb.Canonical(dst, text) }

// appendConcat joins two objects, or two arrays to which scalars and objects are
// promoted.
func appendConcat(dst, a, b []byte) ([]byte, error) {
	ka, kb := jsonb.KindOf(a), jsonb.KindOf(b)
	var text []byte
	open, end := byte('['), byte(']')
	inner := func(v []byte, k jsonb.Kind) []byte {
		if k == jsonb.Array || k == jsonb.Object && open == '{' {
			return v[1 : len(v)-1]
		}
		return v
	}
	if ka == jsonb.Object && kb == jsonb.Object {
		open, end = '{', '}'
	}
	left, right := inner(a, ka), inner(b, kb)
	text = append(append(text, open), left...)
	if len(left) > 0 && len(right) > 0 {
		text = append(text, ',')
	}
	text = append(append(text, right...), end)
	return canonical(dst, text)
}

// appendWithout drops the members that the function picks: by key of an object,
// by string value or number of an array.
func appendWithout(dst, v []byte, drop func(key string, i int) bool) ([]byte, error) {
	kind := jsonb.KindOf(v)
	if kind != jsonb.Object && kind != jsonb.Array {
		return dst, pgerr.New(pgerr.InvalidParameterValue, "cannot delete from scalar")
	}
	out := []byte{v[0]}
	m := membersOf(v)
	i := 0
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		name := ""
		switch {
		case key != nil:
			name = unquoted(key)
		case jsonb.KindOf(value) == jsonb.String:
			name = unquoted(value)
		default:
			name = "\x00"
		}
		if !drop(name, i) {
			out = appendMember(out, key, value)
		}
		i++
	}
	return canonical(dst, append(out, v[len(v)-1]))
}

func appendMember(out, key, value []byte) []byte {
	if len(out) > 0 && out[len(out)-1] != '{' && out[len(out)-1] != '[' {
		out = append(out, ", "...)
	}
	if key != nil {
		out = append(append(out, key...), ": "...)
	}
	return append(out, value...)
}

func stripNulls(dst, v []byte) []byte {
	kind := jsonb.KindOf(v)
	if kind != jsonb.Object && kind != jsonb.Array {
		return append(dst, v...)
	}
	out := []byte{v[0]}
	m := membersOf(v)
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if key == nil || jsonb.KindOf(value) != jsonb.Null {
			out = appendMember(out, key, stripNulls(nil, value))
		}
	}
	return append(append(dst, out...), v[len(v)-1])
}

func appendPretty(dst, v []byte, depth int) []byte {
	kind := jsonb.KindOf(v)
	if kind != jsonb.Object && kind != jsonb.Array {
		return append(dst, v...)
	}
	indent := func(n int) { dst = append(append(dst, '\n'), bytes.Repeat([]byte("    "), n)...) }
	dst = append(dst, v[0])
	m := membersOf(v)
	first := true
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		indent(depth + 1)
		if key != nil {
			dst = append(append(dst, key...), ": "...)
		}
		dst = appendPretty(dst, value, depth+1)
	}
	indent(depth)
	return append(dst, v[len(v)-1])
}

// jsonbCasts take a number or boolean out of a jsonb scalar.
func jsonbCasts(r *fn.Registry) {
	names := [...]string{"null", "string", "numeric", "boolean", "array", "object"}
	scalar := func(v []byte, want jsonb.Kind, typ string) error {
		k := jsonb.KindOf(v)
		if k == want {
			return nil
		}
		what := "jsonb " + names[k]
		if k == jsonb.Array || k == jsonb.Object {
			what = "jsonb " + names[k]
		}
		return pgerr.New(pgerr.InvalidParameterValue, "cannot cast %s to type %s", what, typ)
	}
	number := func(v []byte, typ string) (numeric.Decimal, error) {
		if err := scalar(v, jsonb.Number, typ); err != nil {
			return numeric.Zero, err
		}
		return numeric.Parse(string(v))
	}
	r.Cast("jsonb -> bool", fn.Explicit, fn.F1(func(_ *fn.Call, v []byte) (bool, error) {
		return len(v) > 0 && v[0] == 't', scalar(v, jsonb.Bool, "boolean")
	}))
	r.Cast("jsonb -> numeric", fn.Explicit, fn.B1(func(_ *fn.Call, dst, v []byte) ([]byte, error) {
		d, err := number(v, "numeric")
		if err != nil {
			return dst, err
		}
		return numeric.Append(dst, d), nil
	}))
	for _, w := range widths {
		r.Cast("jsonb -> "+w.typ, fn.Explicit, fn.F1(func(_ *fn.Call, v []byte) (int64, error) {
			d, err := number(v, w.name)
			if err != nil {
				return 0, err
			}
			return d.ToInt64(w.name, w.lo, w.hi)
		}))
	}
	for _, f := range []string{"float4", "float8"} {
		r.Cast("jsonb -> "+f, fn.Explicit, fn.F1(func(_ *fn.Call, v []byte) (float64, error) {
			d, err := number(v, fn.TypeName(parse(f)))
			if err != nil {
				return 0, err
			}
			if f == "float4" {
				return toFloat4(d)
			}
			return d.ToFloat64()
		}))
	}
}
