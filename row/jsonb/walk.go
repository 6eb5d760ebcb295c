package jsonb

import "bytes"

// Kind is the kind of a JSON value, in the order in which values of different
// kinds sort.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	String
	Number
	Bool
	Array
	Object
)

// KindOf is the kind of a canonical value.
func KindOf(v []byte) Kind {
	if len(v) == 0 {
		return Null
	}
	switch v[0] {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// Iter walks the members of an array or object. The slices that it gives alias the value.
type Iter struct {
	rest   []byte
	object bool
}

// Iterate starts at the first member; a scalar has none.
func Iterate(v []byte) Iter {
	switch KindOf(v) {
	case Array, Object:
		return Iter{rest: v[1:max(1, len(v)-1)], object: v[0] == '{'}
	}
	return Iter{}
}

// Next is the next member: its key as a literal with quotes (nil in an array) and its value.
func (it *Iter) Next() (key, value []byte, ok bool) {
	b := bytes.TrimLeft(it.rest, ", ")
	if len(b) == 0 {
		it.rest = nil
		return nil, nil, false
	}
	if it.object {
		key = skipString(b)
		b = bytes.TrimLeft(b[len(key):], ": ")
	}
	value = skipValue(b)
	it.rest = b[len(value):]
	return key, value, true
}

// Len is the number of members of an array or object, 0 for a scalar.
func Len(v []byte) int {
	it, n := Iterate(v), 0
	for _, _, ok := it.Next(); ok; _, _, ok = it.Next() {
		n++
	}
	return n
}

// Field is the value of an object's key; ok is false where v is no object or has no such key.
func Field(v []byte, name string) (value []byte, ok bool) {
	if KindOf(v) != Object {
		return nil, false
	}
	var scratch []byte
	it := Iterate(v)
	for key, value, ok := it.Next(); ok; key, value, ok = it.Next() {
		if len(key) == len(name)+2 && string(key[1:len(key)-1]) == name && bytes.IndexByte(key, '\\') < 0 {
			return value, true
		}
		if bytes.IndexByte(key, '\\') >= 0 {
			if scratch = Unquote(scratch[:0], key); string(scratch) == name {
				return value, true
			}
		}
	}
	return nil, false
}

// Elem is an array's element; negative i counts from the end.
func Elem(v []byte, i int) (value []byte, ok bool) {
	if KindOf(v) != Array {
		return nil, false
	}
	if i < 0 {
		if i += Len(v); i < 0 {
			return nil, false
		}
	}
	it := Iterate(v)
	for _, value, ok := it.Next(); ok; _, value, ok = it.Next() {
		if i == 0 {
			return value, true
		}
		i--
	}
	return nil, false
}
