package jsonpaths

import (
	"errors"
	"strconv"

	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// value is an SQL/JSON item in its canonical text, or a moment.
type value = []byte

// items collects what a path finds. Where it is nil only the fact counts, and the
// search ends with the first item.
type items struct{ list []value }

// run evaluates a path over one document, by the rules of PostgreSQL's executor: a
// chain of accessors hands each item on to the next one. In lax mode arrays are
// unwrapped and wrapped as an accessor needs it, and what is not there is no error.
type run struct {
	q    *query
	root value
	vars value // an object
	// ignore says that structural errors count as nothing found: lax mode, and **.
	ignore  bool
	current value // @
	size    int   // of the innermost array around a subscript
	base    base  // by which keyvalue() names objects
	made    int64 // the number of the next object that keyvalue() makes
	zones   zones
}

// failure is an error that silence and predicates swallow.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

func fail(code, format string, args ...any) error {
	return failure{pgerr.New(code, format, args...)}
}

// isFailure tells a failure from an error that ends the statement in any case.
func isFailure(err error) bool {
	var f failure
	return errors.As(err, &f)
}

func (x *run) lax() bool { return !x.q.path.Strict }

// find evaluates the path; found may be nil.
func (x *run) find(found *items) (bool, error) {
	x.ignore, x.current, x.base = x.lax(), x.root, base{of: x.root}
	if found == nil && !x.lax() {
		// Strict mode looks at everything: there may be an error behind the first item.
		var all items
		_, err := x.item(x.q.path.Root, x.root, &all)
		return err == nil && len(all.list) > 0, err
	}
	return x.item(x.q.path.Root, x.root, found)
}

func (x *run) item(n *jsonpath.Node, v value, found *items) (bool, error) {
	return x.apply(n, v, found, x.lax())
}

// next hands an item to the accessor behind n.
func (x *run) next(n *jsonpath.Node, v value, found *items) (bool, error) {
	if n.Next != nil {
		return x.item(n.Next, v, found)
	}
	if found != nil {
		found.list = append(found.list, v)
	}
	return true, nil
}

// apply evaluates a node for an item. unwrap says that an array stands for its
// elements where the node is for something else.
func (x *run) apply(n *jsonpath.Node, v value, found *items, unwrap bool) (bool, error) {
	switch n.Op {
	case jsonpath.Null, jsonpath.String, jsonpath.Number, jsonpath.Bool, jsonpath.Variable:
		return x.constant(n, found)
	case jsonpath.Root:
		saved := x.base
		x.base = base{of: x.root}
		ok, err := x.next(n, x.root, found)
		x.base = saved
		return ok, err
	case jsonpath.Current:
		return x.next(n, x.current, found)
	case jsonpath.Last:
		return x.next(n, strconv.AppendInt(nil, int64(x.size-1), 10), found)
	case jsonpath.Add, jsonpath.Sub, jsonpath.Mul, jsonpath.Div, jsonpath.Mod:
		return x.binary(n, v, found)
	case jsonpath.Plus, jsonpath.Minus:
		return x.unary(n, v, found)
	case jsonpath.AnyArray:
		return x.anyElement(n, v, found)
	case jsonpath.Index:
		return x.index(n, v, found)
	case jsonpath.AnyDepth:
		return x.anyDepth(n, v, found)
	case jsonpath.Type:
		return x.next(n, jsonb.AppendQuoted(nil, []byte(typeName(v))), found)
	case jsonpath.Size:
		return x.sizeOf(n, v, found)
	}
	if n.Op >= jsonpath.And && n.Op <= jsonpath.LikeRegex {
		t, err := x.test(n, v)
		if err != nil {
			return false, err
		}
		return x.next(n, t.value(), found)
	}
	if unwrap && kindOf(v) == jsonb.Array {
		return x.elements(n, v, found, false)
	}
	switch n.Op {
	case jsonpath.Key:
		return x.key(n, v, found)
	case jsonpath.AnyKey:
		if kindOf(v) != jsonb.Object {
			return x.structural("2203C", "jsonpath wildcard member accessor can only be applied to an object")
		}
		return x.elements(n.Next, v, found, x.lax())
	case jsonpath.Filter:
		return x.filter(n, v, found)
	}
	return x.method(n, v, found)
}

var kindNames = [...]string{"null", "string", "number", "boolean", "array", "object"}

// structural is an error, or nothing found where that is to be.
func (x *run) structural(code, format string, args ...any) (bool, error) {
	if x.ignore {
		return false, nil
	}
	return false, fail(code, format, args...)
}

func (x *run) constant(n *jsonpath.Node, found *items) (bool, error) {
	if n.Next == nil && found == nil && n.Op != jsonpath.Variable {
		return true, nil
	}
	var v value
	switch n.Op {
	case jsonpath.Null:
		v = value("null")
	case jsonpath.String:
		v = jsonb.AppendQuoted(nil, []byte(n.Text))
	case jsonpath.Number:
		v = n.Number.AppendText(nil)
	case jsonpath.Bool:
		v = strconv.AppendBool(nil, n.True)
	case jsonpath.Variable:
		var ok bool
		if v, ok = jsonb.Field(x.vars, n.Text); !ok {
			return false, pgerr.New(pgerr.UndefinedObject, "could not find jsonpath variable \"%s\"", n.Text)
		}
		saved := x.base
		x.base = base{of: x.vars, id: 1}
		defer func() { x.base = saved }()
	}
	return x.next(n, v, found)
}

func (x *run) key(n *jsonpath.Node, v value, found *items) (bool, error) {
	if kindOf(v) != jsonb.Object {
		return x.structural("2203A", "jsonpath member accessor can only be applied to an object")
	}
	member, ok := jsonb.Field(v, n.Text)
	if !ok {
		return x.structural("2203A", "JSON object does not contain key \"%s\"", n.Text)
	}
	return x.next(n, member, found)
}

func (x *run) anyElement(n *jsonpath.Node, v value, found *items) (bool, error) {
	switch {
	case kindOf(v) == jsonb.Array:
		return x.elements(n.Next, v, found, x.lax())
	case x.lax():
		return x.next(n, v, found)
	}
	return x.structural("22039", "jsonpath wildcard array accessor can only be applied to an array")
}

// elements evaluates a node for each member of an array or object; without a node the
// members are what is found.
func (x *run) elements(n *jsonpath.Node, v value, found *items, unwrap bool) (bool, error) {
	return x.levels(n, v, found, 1, depths{1, 1, false, unwrap})
}

// depths says which levels of a document are asked for.
type depths struct {
	first, last uint32
	ignore      bool // structural errors
	unwrap      bool
}

func (x *run) levels(n *jsonpath.Node, v value, found *items, level uint32, d depths) (bool, error) {
	any := false
	it := jsonb.Iterate(v)
	for _, m, more := it.Next(); more; _, m, more = it.Next() {
		k := kindOf(m)
		nested := k == jsonb.Array || k == jsonb.Object
		if level >= d.first || d.first == jsonpath.Deepest && d.last == jsonpath.Deepest && !nested {
			ok, err := x.member(n, m, found, d)
			if err != nil || ok && found == nil {
				return ok, err
			}
			any = any || ok
		}
		if level < d.last && nested {
			ok, err := x.levels(n, m, found, level+1, d)
			if err != nil || ok && found == nil {
				return ok, err
			}
			any = any || ok
		}
	}
	return any, nil
}

func (x *run) member(n *jsonpath.Node, v value, found *items, d depths) (bool, error) {
	if n == nil {
		if found != nil {
			found.list = append(found.list, v)
		}
		return true, nil
	}
	saved := x.ignore
	x.ignore = x.ignore || d.ignore
	ok, err := x.apply(n, v, found, d.unwrap)
	x.ignore = saved
	return ok, err
}

func (x *run) anyDepth(n *jsonpath.Node, v value, found *items) (bool, error) {
	any := false
	if n.First == 0 {
		saved := x.ignore
		x.ignore = true
		ok, err := x.next(n, v, found)
		x.ignore = saved
		if err != nil || ok && found == nil {
			return ok, err
		}
		any = ok
	}
	ok, err := x.levels(n.Next, v, found, 1, depths{n.First, n.Last, true, x.lax()})
	return ok || any && err == nil, err
}

func (x *run) index(n *jsonpath.Node, v value, found *items) (bool, error) {
	size, single := 1, kindOf(v) != jsonb.Array
	switch {
	case !single:
		size = jsonb.Len(v)
	case !x.lax():
		return x.structural("22039", "jsonpath array accessor can only be applied to an array")
	}
	saved := x.size
	x.size = size
	defer func() { x.size = saved }()
	any := false
	for _, s := range n.Subscripts {
		from, err := x.subscript(s.From, v)
		to := from
		if err == nil && s.To != nil {
			to, err = x.subscript(s.To, v)
		}
		if err != nil {
			return false, err
		}
		if !x.ignore && (from < 0 || from > to || to >= size) {
			return false, fail("22033", "jsonpath array subscript is out of bounds")
		}
		for i := max(from, 0); i <= min(to, size-1); i++ {
			elem := v
			if !single {
				elem, _ = jsonb.Elem(v, i)
			}
			if n.Next == nil && found == nil {
				return true, nil
			}
			ok, err := x.next(n, elem, found)
			if err != nil || ok && found == nil {
				return ok, err
			}
			any = any || ok
		}
	}
	return any, nil
}

func (x *run) subscript(n *jsonpath.Node, v value) (int, error) {
	var found items
	if _, err := x.item(n, v, &found); err != nil {
		return 0, err
	}
	d, ok := single(found)
	if !ok {
		return 0, fail("22033", "jsonpath array subscript is not a single numeric value")
	}
	i, err := d.Trunc(0).ToInt64("integer", -1<<31, 1<<31-1)
	if err != nil {
		return 0, fail("22033", "jsonpath array subscript is out of integer range")
	}
	return int(i), nil
}

// single is the one number that was found.
func single(found items) (numeric.Decimal, bool) {
	if len(found.list) != 1 {
		return numeric.Zero, false
	}
	return number(found.list[0])
}

func number(v value) (numeric.Decimal, bool) {
	if kindOf(v) != jsonb.Number {
		return numeric.Zero, false
	}
	d, err := numeric.Parse(string(v))
	return d, err == nil
}

func (x *run) filter(n *jsonpath.Node, v value, found *items) (bool, error) {
	saved := x.current
	x.current = v
	t, err := x.test(n.Left, v)
	x.current = saved
	if err != nil || t != yes {
		return false, err
	}
	return x.next(n, v, found)
}

// operand evaluates an operand; in lax mode arrays that it gives are unwrapped.
func (x *run) operand(n *jsonpath.Node, v value) (items, error) {
	var found items
	_, err := x.item(n, v, &found)
	if err != nil || !x.lax() {
		return found, err
	}
	var out items
	for _, v := range found.list {
		if kindOf(v) != jsonb.Array {
			out.list = append(out.list, v)
		} else if _, err = x.elements(nil, v, &out, false); err != nil {
			break
		}
	}
	return out, err
}

var arithmetic = map[jsonpath.Op]func(numeric.Decimal, numeric.Decimal) (numeric.Decimal, error){
	jsonpath.Add: numeric.Decimal.Add, jsonpath.Sub: numeric.Decimal.Sub, jsonpath.Mul: numeric.Decimal.Mul,
	jsonpath.Div: numeric.Decimal.Div, jsonpath.Mod: numeric.Decimal.Mod,
}

func (x *run) binary(n *jsonpath.Node, v value, found *items) (bool, error) {
	var args [2]numeric.Decimal
	var sides [2]items
	for i, arg := range []*jsonpath.Node{n.Left, n.Right} {
		var err error
		if sides[i], err = x.operand(arg, v); err != nil {
			return false, err
		}
	}
	for i, side := range []string{"left", "right"} {
		var ok bool
		if args[i], ok = single(sides[i]); !ok {
			return false, fail("22038", "%s operand of jsonpath operator %s is not a single numeric value", side, n.Op.Name())
		}
	}
	d, err := arithmetic[n.Op](args[0], args[1])
	if err != nil {
		return false, failure{fn.Visible(err)}
	}
	return x.next(n, d.AppendText(nil), found)
}

func (x *run) unary(n *jsonpath.Node, v value, found *items) (bool, error) {
	list, err := x.operand(n.Left, v)
	if err != nil {
		return false, err
	}
	any := false
	for _, v := range list.list {
		d, ok := number(v)
		switch {
		case ok && found == nil && n.Next == nil:
			return true, nil
		case !ok && found == nil && n.Next == nil:
			continue
		case !ok:
			return false, fail("2203B", "operand of unary jsonpath operator %s is not a numeric value", n.Op.Name())
		}
		if n.Op == jsonpath.Minus {
			v = d.Neg().AppendText(nil)
		}
		ok, err := x.next(n, v, found)
		if err != nil || ok && found == nil {
			return ok, err
		}
		any = any || ok
	}
	return any, nil
}
