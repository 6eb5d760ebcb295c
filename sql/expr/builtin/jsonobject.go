package builtin

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// jsonObjects declares what makes objects of arrays, and json_strip_nulls.
func jsonObjects(r *fn.Registry) {
	for _, t := range []string{"json", "jsonb"} {
		r.Func(t+"_object(text[]) "+t, fn.Rows(func(c *fn.Call, i int) error {
			a := arrayArg(c, 0, i)
			switch {
			case len(a.Dims) == 1 && a.N%2 != 0:
				return arrayError("array must have even number of elements")
			case len(a.Dims) == 2 && a.Dims[1].Len != 2:
				return arrayError("array must have two columns")
			case len(a.Dims) > 2:
				return arrayError("wrong number of array subscripts")
			}
			all := a.All()
			keys, values := make([]row.Datum, 0, len(all)/2), make([]row.Datum, 0, len(all)/2)
			for k := 0; k+1 < len(all); k += 2 {
				keys, values = append(keys, all[k]), append(values, all[k+1])
			}
			return objectOf(c, keys, values, t == "jsonb")
		}))
		r.Func(t+"_object(text[], text[]) "+t, fn.Rows(func(c *fn.Call, i int) error {
			keys, values := arrayArg(c, 0, i), arrayArg(c, 1, i)
			switch {
			case len(keys.Dims) > 1 || len(keys.Dims) != len(values.Dims):
				return arrayError("wrong number of array subscripts")
			case keys.N != values.N:
				return arrayError("mismatched array dimensions")
			}
			return objectOf(c, keys.All(), values.All(), t == "jsonb")
		}))
	}
	r.Func("json_strip_nulls(json) json", fn.B1(func(_ *fn.Call, dst, v []byte) ([]byte, error) {
		return appendStripped(dst, v), nil
	}), fn.NoError)
}

func objectOf(c *fn.Call, keys, values []row.Datum, binary bool) error {
	text := []byte{'{'}
	for k, key := range keys {
		if key.Null {
			return pgerr.New(pgerr.NullValueNotAllowed, "null value not allowed for object key")
		}
		if k > 0 {
			text = append(text, ", "...)
		}
		text = append(jsonb.AppendQuoted(text, key.B), " : "...)
		if values[k].Null {
			text = append(text, "null"...)
		} else {
			text = jsonb.AppendQuoted(text, values[k].B)
		}
	}
	return finishJSON(c, append(text, '}'), binary)
}

// appendStripped writes a json without the members of objects that are null, and
// without white space.
func appendStripped(dst, v []byte) []byte {
	v = skipSpace(v)
	switch jsonb.KindOf(v) {
	case jsonb.String:
		return jsonb.AppendQuoted(dst, jsonb.Unquote(nil, v[:jsonEnd(v)]))
	case jsonb.Object, jsonb.Array:
	default:
		return append(dst, v[:jsonEnd(v)]...)
	}
	open, end := v[0], v[0]+2 // ] and } stand two after [ and {
	dst = append(dst, open)
	m := membersOf(v)
	first := true
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if key != nil && jsonb.KindOf(value) == jsonb.Null {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if key != nil {
			dst = append(jsonb.AppendQuoted(dst, jsonb.Unquote(nil, key)), ':')
		}
		dst = appendStripped(dst, value)
	}
	return append(dst, end)
}
