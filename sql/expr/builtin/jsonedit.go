package builtin

import (
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// jsonEdit is what happens at the end of a path.
type jsonEdit uint8

const (
	editReplace jsonEdit = iota
	editCreate           // replace, or add where the path ends at nothing
	editDelete
	editBefore // insert before an element, or add
	editAfter
)

func (e jsonEdit) adds() bool { return e == editCreate || e == editBefore || e == editAfter }

// jsonbEdits declares what changes a jsonb at a path.
func jsonbEdits(r *fn.Registry) {
	remove := fn.B2(func(_ *fn.Call, dst, v, path []byte) ([]byte, error) {
		return appendEdited(dst, v, path, nil, editDelete)
	})
	r.Op("#-(jsonb, text[]) jsonb", remove)
	r.Func("jsonb_delete_path(jsonb, text[]) jsonb", remove)
	set := fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		edit := editCreate
		if len(c.Args) > 3 && c.Args[3].Int(i) == 0 {
			edit = editReplace
		}
		return appendEdited(dst, c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Bytes(i), edit)
	})
	r.Func("jsonb_set(jsonb, text[], jsonb) jsonb", set)
	r.Func("jsonb_set(jsonb, text[], jsonb, bool) jsonb", set)
	insert := fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		edit := editBefore
		if len(c.Args) > 3 && c.Args[3].Int(i) != 0 {
			edit = editAfter
		}
		return appendEdited(dst, c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Bytes(i), edit)
	})
	r.Func("jsonb_insert(jsonb, text[], jsonb) jsonb", insert)
	r.Func("jsonb_insert(jsonb, text[], jsonb, bool) jsonb", insert)
	lax := fn.Append(setLax)
	r.Func("jsonb_set_lax(jsonb, text[], jsonb) jsonb", lax, fn.NotStrict)
	r.Func("jsonb_set_lax(jsonb, text[], jsonb, bool) jsonb", lax, fn.NotStrict)
	r.Func("jsonb_set_lax(jsonb, text[], jsonb, bool, text) jsonb", lax, fn.NotStrict)
}

// setLax is jsonb_set with a say in what a NULL as the new value means.
func setLax(c *fn.Call, i int, dst []byte) ([]byte, error) {
	const choices = `null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`
	if c.Args[0].IsNull(i) || c.Args[1].IsNull(i) || len(c.Args) > 3 && c.Args[3].IsNull(i) {
		return dst, fn.ErrNull
	}
	edit, treatment := editCreate, "use_json_null"
	if len(c.Args) > 3 && c.Args[3].Int(i) == 0 {
		edit = editReplace
	}
	if len(c.Args) > 4 {
		if c.Args[4].IsNull(i) {
			return dst, pgerr.New(pgerr.InvalidParameterValue, choices)
		}
		treatment = string(c.Args[4].Bytes(i))
	}
	target, path := c.Args[0].Bytes(i), c.Args[1].Bytes(i)
	if !c.Args[2].IsNull(i) {
		return appendEdited(dst, target, path, c.Args[2].Bytes(i), edit)
	}
	switch treatment {
	case "raise_exception":
		return dst, pgerr.New(pgerr.NullValueNotAllowed, "JSON value must not be null").
			WithDetail("Exception was raised because null_value_treatment is \"raise_exception\".").
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		return appendEdited(dst, target, path, []byte("null"), edit)
	case "delete_key":
		return appendEdited(dst, target, path, nil, editDelete)
	case "return_target":
		return append(dst, target...), nil
	}
	return dst, pgerr.New(pgerr.InvalidParameterValue, choices)
}

// appendEdited appends the jsonb v with the value put in at the path.
func appendEdited(dst, v, path, value []byte, edit jsonEdit) ([]byte, error) {
	steps := row.NewArrayElems(textArray, path)
	if len(steps.Dims) > 1 {
		return dst, arrayError("wrong number of array subscripts")
	}
	if k := jsonb.KindOf(v); k != jsonb.Object && k != jsonb.Array {
		if edit == editDelete {
			return dst, pgerr.New(pgerr.InvalidParameterValue, "cannot delete path in scalar")
		}
		return dst, pgerr.New(pgerr.InvalidParameterValue, "cannot set path in scalar")
	}
	if steps.N == 0 || !edit.adds() && jsonLen(v) == 0 {
		return append(dst, v...), nil
	}
	e := pathEdit{path: steps.All(), value: value, edit: edit}
	text, err := e.apply(nil, v, 0)
	if err != nil {
		return dst, err
	}
	return canonical(dst, text)
}

// pathEdit walks down a path and rebuilds what it passes through.
type pathEdit struct {
	path  []row.Datum
	value []byte
	edit  jsonEdit
}

func (e *pathEdit) apply(dst, v []byte, level int) ([]byte, error) {
	kind := jsonb.KindOf(v)
	if kind != jsonb.Object && kind != jsonb.Array {
		return append(dst, v...), nil
	}
	if e.path[level].Null {
		return dst, pgerr.New(pgerr.NullValueNotAllowed, "path element at position %d is null", level+1)
	}
	var err error
	out := []byte{v[0]}
	if kind == jsonb.Object {
		out, err = e.object(out, v, level)
	} else {
		out, err = e.array(out, v, level)
	}
	return append(append(dst, out...), v[len(v)-1]), err
}

func (e *pathEdit) last(level int) bool { return level == len(e.path)-1 }

func (e *pathEdit) object(out, v []byte, level int) ([]byte, error) {
	name := string(e.path[level].B)
	done := false
	m := membersOf(v)
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if !plainKey(key, name) {
			out = appendMember(out, key, value)
			continue
		}
		done = true
		switch {
		case !e.last(level):
			inner, err := e.apply(nil, value, level+1)
			if err != nil {
				return out, err
			}
			out = appendMember(out, key, inner)
		case e.edit == editBefore || e.edit == editAfter:
			return out, pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		case e.edit != editDelete:
			out = appendMember(out, key, e.value)
		}
	}
	if !done && e.last(level) && e.edit.adds() {
		out = appendMember(out, jsonb.AppendQuoted(nil, e.path[level].B), e.value)
	}
	return out, nil
}

func (e *pathEdit) array(out, v []byte, level int) ([]byte, error) {
	at, err := strconv.ParseInt(string(e.path[level].B), 10, 32)
	if err != nil {
		return out, pgerr.New(pgerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", level+1, e.path[level].B)
	}
	n := int64(jsonLen(v))
	if at < 0 {
		at = max(at+n, -1)
	}
	done := false
	if (at < 0 || n == 0) && e.last(level) && e.edit.adds() {
		out, done = appendMember(out, nil, e.value), true
	}
	i := int64(0)
	m := membersOf(v)
	for _, value, ok := m.next(); ok; _, value, ok = m.next() {
		switch {
		case i != at:
			out = appendMember(out, nil, value)
		case !e.last(level):
			inner, err := e.apply(nil, value, level+1)
			if err != nil {
				return out, err
			}
			out, done = appendMember(out, nil, inner), true
		default:
			out, done = e.element(out, value), true
		}
		i++
	}
	if !done && e.last(level) && e.edit.adds() {
		out = appendMember(out, nil, e.value)
	}
	return out, nil
}

// element is what stands in an array's element's place.
func (e *pathEdit) element(out, old []byte) []byte {
	switch e.edit {
	case editDelete:
		return out
	case editBefore:
		return appendMember(appendMember(out, nil, e.value), nil, old)
	case editAfter:
		return appendMember(appendMember(out, nil, old), nil, e.value)
	}
	return appendMember(out, nil, e.value)
}
