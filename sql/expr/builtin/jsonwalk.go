package builtin

import (
	"bytes"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// The functions here walk JSON text that is known to be valid: that of a json as
// it was written, with its white space, and that of a jsonb.

func skipSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// jsonEnd is the length of the value that b starts with.
func jsonEnd(b []byte) int {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
			if !inString && depth == 0 {
				return i + 1
			}
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return i
		}
	}
	return len(b)
}

// members walks an array or object.
type members struct {
	rest   []byte
	object bool
}

func membersOf(v []byte) members {
	v = skipSpace(v)
	if len(v) > 0 && (v[0] == '{' || v[0] == '[') {
		return members{rest: v[1:], object: v[0] == '{'}
	}
	return members{}
}

// next is the next member: its key as a literal (nil in an array) and its value.
func (m *members) next() (key, value []byte, ok bool) {
	b := bytes.TrimLeft(m.rest, ", \t\r\n")
	if len(b) == 0 || b[0] == '}' || b[0] == ']' {
		return nil, nil, false
	}
	if m.object {
		n := jsonEnd(b)
		key, b = b[:n], bytes.TrimLeft(b[n:], ": \t\r\n")
	}
	n := jsonEnd(b)
	m.rest = b[n:]
	return key, b[:n], true
}

func unquoted(lit []byte) string { return string(jsonb.Unquote(nil, lit)) }

// jsonKind is the kind of a value whatever white space is before it.
func jsonKind(v []byte) jsonb.Kind { return jsonb.KindOf(skipSpace(v)) }

// jsonField is the value of a key, the last one if there are several.
func jsonField(v []byte, name string) (found []byte, ok bool) {
	if jsonKind(v) != jsonb.Object {
		return nil, false
	}
	m := membersOf(v)
	for key, value, more := m.next(); more; key, value, more = m.next() {
		if plainKey(key, name) {
			found, ok = value, true
		}
	}
	return found, ok
}

func plainKey(lit []byte, name string) bool {
	if bytes.IndexByte(lit, '\\') < 0 {
		return string(lit[1:len(lit)-1]) == name
	}
	return unquoted(lit) == name
}

func jsonLen(v []byte) int {
	m, n := membersOf(v), 0
	for _, _, ok := m.next(); ok; _, _, ok = m.next() {
		n++
	}
	return n
}

// jsonElem is an array's element; a negative number counts from the end.
func jsonElem(v []byte, at int64) ([]byte, bool) {
	if jsonKind(v) != jsonb.Array {
		return nil, false
	}
	if at < 0 {
		if at += int64(jsonLen(v)); at < 0 {
			return nil, false
		}
	}
	m := membersOf(v)
	for _, value, ok := m.next(); ok; _, value, ok = m.next() {
		if at == 0 {
			return value, true
		}
		at--
	}
	return nil, false
}

// jsonPath follows keys and numbers.
func jsonPath(v []byte, path []row.Datum) ([]byte, bool) {
	ok := true
	for _, p := range path {
		if p.Null {
			return nil, false
		}
		if jsonKind(v) == jsonb.Array {
			n, err := strconv.ParseInt(string(p.B), 10, 32)
			if err != nil {
				return nil, false
			}
			v, ok = jsonElem(v, n)
		} else {
			v, ok = jsonField(v, string(p.B))
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}

// appendJSONText appends what ->> gives: a string without quotes, else the text.
// A JSON null is NULL.
func appendJSONText(dst, v []byte) ([]byte, error) {
	v = bytes.TrimSpace(v)
	switch jsonb.KindOf(v) {
	case jsonb.Null:
		return dst, fn.ErrNull
	case jsonb.String:
		return jsonb.Unquote(dst, v), nil
	}
	return append(dst, v...), nil
}

// appendJSON appends a value as JSON text.
func appendJSON(dst []byte, ctx *fn.Context, t row.Type, d row.Datum) []byte {
	if d.Null {
		return append(dst, "null"...)
	}
	switch t.Kind {
	case row.Bool:
		return strconv.AppendBool(dst, d.I != 0)
	case row.Int2, row.Int4, row.Int8:
		return strconv.AppendInt(dst, d.I, 10)
	case row.Float4, row.Float8, row.Numeric:
		text := fn.AppendText(ctx, nil, t, d)
		if c := text[len(text)-1]; c >= '0' && c <= '9' {
			return append(dst, text...)
		}
		return jsonb.AppendQuoted(dst, text)
	case row.JSON, row.JSONB:
		return append(dst, d.B...)
	case row.Array:
		return appendJSONArray(dst, ctx, t, d.B)
	case row.Record:
		return appendJSONRecord(dst, ctx, d.B)
	case row.Date, row.Timestamp, row.Timestamptz:
		return jsonb.AppendQuoted(dst, isoTime(ctx, t, d))
	}
	return jsonb.AppendQuoted(dst, fn.AppendText(ctx, nil, t, d))
}

// appendJSONKey appends a value as the name of a member: its JSON in quotes.
func appendJSONKey(dst []byte, ctx *fn.Context, t row.Type, d row.Datum) []byte {
	start := len(dst)
	dst = appendJSON(dst, ctx, t, d)
	if dst[start] == '"' {
		return dst
	}
	return jsonb.AppendQuoted(dst[:start], append([]byte(nil), dst[start:]...))
}

// isoTime is a date, or a date and a time with a T between them and minutes in the
// offset, whatever DateStyle says.
func isoTime(ctx *fn.Context, t row.Type, d row.Datum) []byte {
	text := row.AppendText(nil, t, d, &row.Style{Zone: ctx.Location()})
	if t.Kind == row.Date || infinite(d.I) {
		return text
	}
	text = bytes.Replace(text, []byte(" "), []byte("T"), 1)
	if t.Kind == row.Timestamptz {
		text, era := bytes.CutSuffix(text, []byte(" BC"))
		if end := bytes.LastIndexAny(text, "+-"); bytes.IndexByte(text[end:], ':') < 0 {
			text = append(text, ":00"...)
		}
		if era {
			text = append(text, " BC"...)
		}
		return text
	}
	return text
}

func appendJSONArray(dst []byte, ctx *fn.Context, t row.Type, b []byte) []byte {
	a := row.NewArrayElems(t, b)
	if a.N == 0 {
		return append(dst, "[]"...)
	}
	for i := 0; ; i++ {
		d, ok := a.Next()
		if !ok {
			return dst
		}
		// A bracket for each dimension that starts or ends here.
		starts, size := 1, 1
		for k := len(a.Dims) - 1; k > 0; k-- {
			if size *= a.Dims[k].Len; i%size != 0 {
				break
			}
			starts++
		}
		switch {
		case i == 0:
			dst = append(dst, bytes.Repeat([]byte("["), len(a.Dims))...)
		default:
			dst = append(dst, bytes.Repeat([]byte("]"), starts-1)...)
			dst = append(dst, ',')
			dst = append(dst, bytes.Repeat([]byte("["), starts-1)...)
		}
		dst = appendJSON(dst, ctx, a.Elem, d)
		if i == a.N-1 {
			return append(dst, bytes.Repeat([]byte("]"), len(a.Dims))...)
		}
	}
}

func appendJSONRecord(dst []byte, ctx *fn.Context, b []byte) []byte {
	names, types, fields, _ := row.RecordFields(b)
	dst = append(dst, '{')
	for i, t := range types {
		if i > 0 {
			dst = append(dst, ',')
		}
		if names != nil {
			dst = append(jsonb.AppendQuoted(dst, []byte(names[i])), ':')
		} else {
			dst = append(strconv.AppendInt(append(dst, `"f`...), int64(i+1), 10), `":`...)
		}
		dst = appendJSON(dst, ctx, t, fields[i])
	}
	return append(dst, '}')
}

// jsonEqual compares scalars of jsonb; numbers are equal whatever their scale.
func jsonEqual(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if jsonb.KindOf(a) != jsonb.Number || jsonb.KindOf(b) != jsonb.Number {
		return false
	}
	x, err1 := numeric.Parse(string(a))
	y, err2 := numeric.Parse(string(b))
	return err1 == nil && err2 == nil && x.Cmp(y) == 0
}

// jsonContains is @>.
func jsonContains(a, b []byte, top bool) bool {
	ka, kb := jsonb.KindOf(a), jsonb.KindOf(b)
	switch {
	case ka == jsonb.Object && kb == jsonb.Object:
		m := membersOf(b)
		for key, value, ok := m.next(); ok; key, value, ok = m.next() {
			have, found := jsonField(a, unquoted(key))
			if !found || !jsonContains(have, value, false) {
				return false
			}
		}
		return true
	case ka == jsonb.Array && kb == jsonb.Array:
		m := membersOf(b)
		for _, value, ok := m.next(); ok; _, value, ok = m.next() {
			if !hasElement(a, value) {
				return false
			}
		}
		return true
	case ka == jsonb.Array && kb != jsonb.Object && top:
		return hasElement(a, b)
	}
	return ka == kb && ka != jsonb.Object && ka != jsonb.Array && jsonEqual(a, b)
}

func hasElement(a, want []byte) bool {
	m := membersOf(a)
	for _, value, ok := m.next(); ok; _, value, ok = m.next() {
		if jsonContains(value, want, false) {
			return true
		}
	}
	return false
}

// jsonHasKey is ?.
func jsonHasKey(v []byte, key string) bool {
	switch jsonb.KindOf(v) {
	case jsonb.Object:
		_, ok := jsonField(v, key)
		return ok
	case jsonb.String:
		return unquoted(v) == key
	case jsonb.Array:
		m := membersOf(v)
		for _, value, ok := m.next(); ok; _, value, ok = m.next() {
			if jsonb.KindOf(value) == jsonb.String && unquoted(value) == key {
				return true
			}
		}
	}
	return false
}
