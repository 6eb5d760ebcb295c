package jsonpaths

import (
	"math"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/pgerr"
)

// method evaluates the methods of single items.
func (x *run) method(n *jsonpath.Node, v value, found *items) (bool, error) {
	switch n.Op {
	case jsonpath.Double:
		return x.double(n, v, found)
	case jsonpath.KeyValue:
		return x.keyValue(n, v, found)
	case jsonpath.Datetime:
		return x.datetime(n, v, found)
	}
	d, ok := number(v)
	if !ok {
		return false, fail("22036", "jsonpath item method .%s() can only be applied to a numeric value", n.Op.Name())
	}
	switch n.Op {
	case jsonpath.Abs:
		d = d.Abs()
	case jsonpath.Floor:
		d = d.Floor()
	case jsonpath.Ceiling:
		d = d.Ceil()
	}
	return x.next(n, d.AppendText(nil), found)
}

func (x *run) sizeOf(n *jsonpath.Node, v value, found *items) (bool, error) {
	size := 1
	switch {
	case kindOf(v) == jsonb.Array:
		size = jsonb.Len(v)
	case !x.lax():
		return x.structural("22039", "jsonpath item method .%s() can only be applied to an array", n.Op.Name())
	}
	return x.next(n, strconv.AppendInt(nil, int64(size), 10), found)
}

// double makes a number of a string. A number stays as it is, if a double can hold it.
func (x *run) double(n *jsonpath.Node, v value, found *items) (bool, error) {
	switch kindOf(v) {
	case jsonb.Number:
		d, _ := number(v)
		if f, err := d.ToFloat64(); err != nil || math.IsInf(f, 0) {
			return false, fail("22036", "numeric argument of jsonpath item method .%s() is out of range for type double precision", n.Op.Name())
		}
	case jsonb.String:
		f, err := row.ParseText(row.T(row.Float8), string(jsonb.Unquote(nil, v)), nil)
		if err != nil || math.IsInf(f.F, 0) || math.IsNaN(f.F) {
			return false, fail("22036", "string argument of jsonpath item method .%s() is not a valid representation of a double precision number", n.Op.Name())
		}
		v = numeric.FromFloat64(f.F).AppendText(nil)
	default:
		return false, fail("22036", "jsonpath item method .%s() can only be applied to a string or numeric value", n.Op.Name())
	}
	return x.next(n, v, found)
}

// datetime makes a moment of a string.
func (x *run) datetime(n *jsonpath.Node, v value, found *items) (bool, error) {
	if kindOf(v) != jsonb.String {
		return false, fail("22031", "jsonpath item method .%s() can only be applied to a string", n.Op.Name())
	}
	text := string(jsonb.Unquote(nil, v))
	if n.Left != nil {
		t, err := x.q.template(n)
		if err != nil {
			return false, err
		}
		m, err := t.read(text)
		if err != nil {
			return false, err
		}
		return x.next(n, m.value(), found)
	}
	for _, t := range standard {
		if m, err := t.read(text); err == nil {
			return x.next(n, m.value(), found)
		}
	}
	return false, failure{pgerr.New("22031", "datetime format is not recognized: \"%s\"", text).
		WithHint("Use a datetime template argument to specify the input data format.")}
}

// keyValue makes an object of each member of an object, with a number that tells
// from which object it is.
func (x *run) keyValue(n *jsonpath.Node, v value, found *items) (bool, error) {
	if kindOf(v) != jsonb.Object {
		return false, fail("2203C", "jsonpath item method .%s() can only be applied to an object", n.Op.Name())
	}
	id := x.base.idOf(v)
	any := false
	it := jsonb.Iterate(v)
	for key, m, more := it.Next(); more; key, m, more = it.Next() {
		if n.Next == nil && found == nil {
			return true, nil
		}
		obj := append([]byte(`{"id": `), strconv.AppendInt(nil, id, 10)...)
		obj = append(append(obj, `, "key": `...), key...)
		obj = append(append(append(obj, `, "value": `...), m...), '}')
		saved := x.base
		x.base = base{of: obj, id: x.made}
		x.made++
		ok, err := x.next(n, obj, found)
		x.base = saved
		if err != nil || ok && found == nil {
			return ok, err
		}
		any = any || ok
	}
	return any, nil
}
