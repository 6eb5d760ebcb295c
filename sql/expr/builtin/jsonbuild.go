package builtin

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// finishJSON ends a value that was built as text: a jsonb is made canonical.
func finishJSON(c *fn.Call, text []byte, binary bool) error {
	if !binary {
		c.Out.AppendBytes(text)
		return nil
	}
	dst, err := jsonb.Canonical(c.Out.Data, text)
	if err != nil {
		return err
	}
	c.Out.Data = dst
	c.Out.EndBytes()
	return nil
}

// jsonBuild declares the functions that make JSON of SQL values.
func jsonBuild(r *fn.Registry, t string) {
	binary := t == "jsonb"
	to := fn.Rows(func(c *fn.Call, i int) error {
		return finishJSON(c, appendJSON(nil, c.Ctx, c.Args[0].Col.Type, c.Args[0].Datum(i)), binary)
	})
	r.Func("to_"+t+"(anyelement) "+t, to, fn.IsStable)
	if !binary {
		r.Func("array_to_json(anyarray) json", to, fn.IsStable)
		r.Func("row_to_json(record) json", to, fn.IsStable)
		lines := fn.Rows(func(c *fn.Call, i int) error {
			text := appendJSON(nil, c.Ctx, c.Args[0].Col.Type, c.Args[0].Datum(i))
			if c.Args[1].Int(i) != 0 {
				text = appendLines(nil, text)
			}
			return finishJSON(c, text, false)
		})
		r.Func("array_to_json(anyarray, bool) json", lines, fn.IsStable)
		r.Func("row_to_json(record, bool) json", lines, fn.IsStable)
	}
	array := fn.Rows(func(c *fn.Call, i int) error {
		text := []byte{'['}
		for k := range c.Args {
			if k > 0 {
				text = append(text, ", "...)
			}
			text = appendJSON(text, c.Ctx, c.Args[k].Col.Type, c.Args[k].Datum(i))
		}
		return finishJSON(c, append(text, ']'), binary)
	})
	object := fn.Rows(func(c *fn.Call, i int) error {
		text, err := objectText(c, i, t)
		if err != nil {
			return err
		}
		return finishJSON(c, text, binary)
	})
	for _, sig := range []string{"()", "(variadic any)"} {
		r.Func(t+"_build_array"+sig+" "+t, array, fn.NotStrict, fn.IsStable)
		r.Func(t+"_build_object"+sig+" "+t, object, fn.NotStrict, fn.IsStable)
	}
}

func objectText(c *fn.Call, i int, typ string) ([]byte, error) {
	if len(c.Args)%2 != 0 {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments of %s_build_object() must consist of alternating keys and values.", typ)
	}
	text := []byte{'{'}
	for k := 0; k < len(c.Args); k += 2 {
		if c.Args[k].IsNull(i) && typ == "jsonb" {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "argument %d: key must not be null", k+1)
		}
		if c.Args[k].IsNull(i) {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "argument %d cannot be null", k+1).
				WithHint("Object keys should be text.")
		}
		if !scalarKey(c.Args[k].Col.Type) {
			return nil, errNotScalarKey()
		}
		if k > 0 {
			text = append(text, ", "...)
		}
		text = append(appendJSONKey(text, c.Ctx, c.Args[k].Col.Type, c.Args[k].Datum(i)), " : "...)
		text = appendJSON(text, c.Ctx, c.Args[k+1].Col.Type, c.Args[k+1].Datum(i))
	}
	return append(text, '}'), nil
}

// noElements is the error of json_array_elements and its kin for what is no array, and
// noMembers that of json_each and its kin for what is no object.
func noElements(t string, text bool, kind jsonb.Kind) error {
	of := "a scalar"
	if kind == jsonb.Object {
		of = "an object"
	}
	if t == "jsonb" {
		return pgerr.New(pgerr.InvalidParameterValue, "cannot extract elements from %s", of)
	}
	name := "json_array_elements"
	if text {
		name += "_text"
	}
	if kind == jsonb.Object {
		of = "a non-array"
	}
	return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on %s", name, of)
}

func noMembers(t string, text bool, kind jsonb.Kind) error {
	switch {
	case t == "jsonb":
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on a non-object", eachName(t, text))
	case kind == jsonb.Array:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct an array as an object")
	}
	return pgerr.New(pgerr.InvalidParameterValue, "cannot deconstruct a scalar")
}

// jsonTables declares the functions that take JSON apart into rows.
func jsonTables(r *fn.Registry, t string) {
	elements := func(text bool) fn.TableKernel {
		return func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			if kind := jsonKind(args[0].B); kind != jsonb.Array {
				return noElements(t, text, kind)
			}
			m := membersOf(args[0].B)
			for _, value, ok := m.next(); ok; _, value, ok = m.next() {
				emit(jsonCell(value, text))
			}
			return nil
		}
	}
	r.Table(t+"_array_elements("+t+") "+t, elements(false), "value "+t)
	r.Table(t+"_array_elements_text("+t+") text", elements(true), "value text")
	each := func(text bool) fn.TableKernel {
		return func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			if kind := jsonKind(args[0].B); kind != jsonb.Object {
				return noMembers(t, text, kind)
			}
			m := membersOf(args[0].B)
			for key, value, ok := m.next(); ok; key, value, ok = m.next() {
				emit(row.StringDatum(unquoted(key)), jsonCell(value, text))
			}
			return nil
		}
	}
	r.Table(t+"_each("+t+") record", each(false), "key text, value "+t)
	r.Table(t+"_each_text("+t+") record", each(true), "key text, value text")
	r.Table(t+"_object_keys("+t+") text", func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		switch jsonKind(args[0].B) {
		case jsonb.Object:
		case jsonb.Array:
			return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s_object_keys on an array", t)
		default:
			return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s_object_keys on a scalar", t)
		}
		m := membersOf(args[0].B)
		for key, _, ok := m.next(); ok; key, _, ok = m.next() {
			emit(row.StringDatum(unquoted(key)))
		}
		return nil
	}, "")
}

func eachName(t string, text bool) string {
	if text {
		return t + "_each_text"
	}
	return t + "_each"
}

// jsonCell is a member as a value of its own, or as text with null for NULL.
func jsonCell(value []byte, text bool) row.Datum {
	if !text {
		return row.BytesDatum(value)
	}
	b, err := appendJSONText(nil, value)
	if err != nil {
		return row.NullDatum
	}
	return row.BytesDatum(b)
}

// appendLines puts each member of the outermost array or object on a line of its own.
func appendLines(dst, v []byte) []byte {
	m := membersOf(v)
	dst = append(dst, v[0])
	first := true
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if !first {
			dst = append(dst, ",\n "...)
		}
		first = false
		if key != nil {
			dst = append(append(dst, key...), ':')
		}
		dst = append(dst, value...)
	}
	return append(dst, v[len(v)-1])
}
