package row

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
)

// Style is what a session says about text forms. nil is the default: UTC.
type Style struct {
	Forms
	Zone *time.Location // nil is UTC
	Now  *int64         // the current timestamptz, for input such as today; nil makes it ErrVolatileInput
	// Names knows what regclass, regtype, regproc and regnamespace name; nil leaves
	// them numbers.
	Names ObjectNames
}

// ObjectNames is a catalog as the text forms of OIDs need it.
type ObjectNames interface {
	// ObjectName is the name of an object that a value of the kind stands for, or
	// its number if there is none.
	ObjectName(k Kind, oid uint32) string
	// ObjectOID is the number of what the name means.
	ObjectOID(k Kind, name string) (uint32, error)
}

func (s *Style) names() ObjectNames {
	if s == nil {
		return nil
	}
	return s.Names
}

func (s *Style) zone() *time.Location {
	if s == nil || s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// AppendText appends PostgreSQL's text form of a value that is not NULL (a NULL
// appends nothing). Text is UTF-8.
func AppendText(dst []byte, t Type, d Datum, s *Style) []byte {
	if d.Null {
		return dst
	}
	if s != nil && s.Forms != (Forms{}) {
		var done bool
		if dst, done = s.appendChosen(dst, t.Kind, d); done {
			return dst
		}
	}
	switch t.Kind {
	case Bool:
		if d.I != 0 {
			return append(dst, 't')
		}
		return append(dst, 'f')
	case Float4:
		return appendFloat(dst, d.F, 32)
	case Float8:
		return appendFloat(dst, d.F, 64)
	case Numeric:
		return numeric.Decode(d.B).AppendText(dst)
	case Bytea:
		return hex.AppendEncode(append(dst, `\x`...), d.B)
	case Date:
		return datetime.AppendDate(dst, d.I)
	case Time:
		return datetime.AppendTime(dst, d.I)
	case Timetz:
		return datetime.TimetzOf(d.I).Append(dst)
	case Timestamp:
		return datetime.AppendTimestamp(dst, d.I)
	case Timestamptz:
		return datetime.AppendTimestamptz(dst, d.I, s.zone())
	case Interval:
		return datetime.DecodeInterval(d.B).AppendText(dst)
	case UUID:
		return appendUUID(dst, d.B)
	case Array:
		return appendArrayText(dst, t, d.B, s)
	case Int2Vector, OIDVector:
		return appendVectorText(dst, t, d.B)
	case Record:
		return appendRecordText(dst, d.B, s)
	case Char:
		return appendCharText(dst, byte(d.I))
	case Regclass, Regtype, Regproc, Regnamespace:
		if d.I == 0 {
			return append(dst, '-')
		}
		if n := s.names(); n != nil {
			return append(dst, n.ObjectName(t.Kind, uint32(d.I))...)
		}
	case Enum:
		return appendEnum(dst, t, d.I)
	case Void:
		return dst
	}
	if t.Phys() == PhysInt {
		return strconv.AppendInt(dst, d.I, 10)
	}
	return append(dst, d.B...)
}

// TextOf is AppendText as a string.
func TextOf(t Type, d Datum, s *Style) string { return string(AppendText(nil, t, d, s)) }

func appendUUID(dst, u []byte) []byte {
	if len(u) != 16 {
		return dst
	}
	for i, part := range [...][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// A "char" outside ASCII is shown in octal, and the zero byte as nothing.
func appendCharText(dst []byte, c byte) []byte {
	switch {
	case c == 0:
		return dst
	case c < 0x80:
		return append(dst, c)
	}
	return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
}

func appendVectorText(dst []byte, t Type, b []byte) []byte {
	a := NewArrayElems(t, b)
	for i := 0; ; i++ {
		d, ok := a.Next()
		if !ok {
			return dst
		}
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendInt(dst, d.I, 10)
	}
}

// appendArrayText writes nested braces around row-major elements, with the lower
// bounds in front where one is not 1.
func appendArrayText(dst []byte, t Type, b []byte, s *Style) []byte {
	a := NewArrayElems(t, b)
	if a.N == 0 {
		return append(dst, '{', '}')
	}
	dst = appendBoundsText(dst, a.Dims)
	var elem []byte
	for i := 0; ; i++ {
		d, ok := a.Next()
		if !ok {
			return dst
		}
		if i > 0 {
			closed := closedDims(a.Dims, i)
			dst = appendRepeat(dst, '}', closed)
			dst = append(dst, ',')
			dst = appendRepeat(dst, '{', closed)
		} else {
			dst = appendRepeat(dst, '{', len(a.Dims))
		}
		if d.Null {
			dst = append(dst, "NULL"...)
		} else {
			elem = AppendText(elem[:0], a.Elem, d, s)
			dst = appendArrayElem(dst, elem)
		}
		if i == a.N-1 {
			dst = appendRepeat(dst, '}', len(a.Dims))
		}
	}
}

func appendBoundsText(dst []byte, dims []Dim) []byte {
	plain := true
	for _, d := range dims {
		plain = plain && d.Lower == 1
	}
	if plain {
		return dst
	}
	for _, d := range dims {
		dst = strconv.AppendInt(append(dst, '['), int64(d.Lower), 10)
		dst = strconv.AppendInt(append(dst, ':'), int64(d.Lower+d.Len-1), 10)
		dst = append(dst, ']')
	}
	return append(dst, '=')
}

// closedDims is how many dimensions end just before element i.
func closedDims(dims []Dim, i int) int {
	n, size := 0, 1
	for k := len(dims) - 1; k > 0; k-- {
		size *= dims[k].Len
		if i%size != 0 {
			break
		}
		n++
	}
	return n
}

func appendRepeat(dst []byte, c byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, c)
	}
	return dst
}

func appendArrayElem(dst, elem []byte) []byte {
	if !needsQuotes(elem) {
		return append(dst, elem...)
	}
	dst = append(dst, '"')
	for _, c := range elem {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func needsQuotes(elem []byte) bool {
	if len(elem) == 0 || isNullWord(elem) {
		return true
	}
	for _, c := range elem {
		switch c {
		case '"', '\\', '{', '}', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			return true
		}
	}
	return false
}

func isNullWord[S string | []byte](s S) bool {
	return len(s) == 4 && s[0]|0x20 == 'n' && s[1]|0x20 == 'u' && s[2]|0x20 == 'l' && s[3]|0x20 == 'l'
}

// appendRecordText writes (a,b,): a NULL is nothing, quotes and backslashes are doubled.
func appendRecordText(dst, b []byte, s *Style) []byte {
	_, types, r, _ := RecordFields(b)
	return AppendRowText(dst, types, r, s)
}

// AppendRowText appends a row as PostgreSQL prints a record: (1,"a b",).
func AppendRowText(dst []byte, types []Type, r Row, s *Style) []byte {
	dst = append(dst, '(')
	var field []byte
	for i, t := range types {
		if i > 0 {
			dst = append(dst, ',')
		}
		if r[i].Null {
			continue
		}
		field = AppendText(field[:0], t, r[i], s)
		dst = appendRecordField(dst, field)
	}
	return append(dst, ')')
}

func appendRecordField(dst, field []byte) []byte {
	quote := len(field) == 0
	for _, c := range field {
		switch c {
		case '"', '\\', '(', ')', ',', ' ', '\t', '\n', '\r', '\v', '\f':
			quote = true
		}
	}
	if !quote {
		return append(dst, field...)
	}
	dst = append(dst, '"')
	for _, c := range field {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
