package jsonb

import (
	"bytes"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/row/ordered"
)

// The key form follows PostgreSQL's order of jsonb: a byte for the kind, then a
// string's escaped bytes, a number's key form, or a container's member count and
// its members, an object's with their keys. One oddity of PostgreSQL is kept: an
// empty array on the top level sorts before everything else.
const (
	keyEmptyTop = 0x02
	keyNull     = 0x03
	keyString   = 0x04
	keyNumber   = 0x05
	keyFalse    = 0x06
	keyTrue     = 0x07
	keyArray    = 0x08
	keyObject   = 0x09
)

// AppendKey appends the key form of the physical form v.
func AppendKey(dst, v []byte) []byte {
	if string(v) == "[]" {
		return append(dst, keyEmptyTop)
	}
	return appendKey(dst, v)
}

func appendKey(dst, v []byte) []byte {
	switch KindOf(v) {
	case Null:
		return append(dst, keyNull)
	case Bool:
		if v[0] == 't' {
			return append(dst, keyTrue)
		}
		return append(dst, keyFalse)
	case String:
		return appendStringKey(append(dst, keyString), v)
	case Number:
		n, _ := numeric.Parse(string(v))
		var buf [32]byte
		return numeric.AppendKey(append(dst, keyNumber), numeric.Append(buf[:0], n))
	case Array:
		dst = append(dst, keyArray)
	default:
		dst = append(dst, keyObject)
	}
	dst = ordered.AppendInt(dst, int64(Len(v)))
	it := Iterate(v)
	for key, value, ok := it.Next(); ok; key, value, ok = it.Next() {
		if it.object {
			dst = appendStringKey(dst, key)
		}
		dst = appendKey(dst, value)
	}
	return dst
}

func appendStringKey(dst, lit []byte) []byte {
	if bytes.IndexByte(lit, '\\') < 0 {
		return ordered.AppendBytes(dst, lit[min(1, len(lit)):max(1, len(lit)-1)])
	}
	return ordered.AppendBytes(dst, Unquote(nil, lit))
}

// KeyLen is the length of the key form that src starts with; 0 when there is none.
func KeyLen(src []byte, mask byte) int {
	if len(src) > 0 && src[0]^mask == keyEmptyTop {
		return 1
	}
	return keyLen(src, mask, 0)
}

func keyLen(src []byte, mask byte, depth int) int {
	if len(src) == 0 || depth > maxDepth {
		return 0
	}
	tag := src[0] ^ mask
	switch tag {
	case keyNull, keyFalse, keyTrue:
		return 1
	case keyString:
		return plus(1, ordered.BytesLen(src[1:], mask))
	case keyNumber:
		return plus(1, numeric.KeyLen(src[1:], mask))
	case keyArray, keyObject:
	default:
		return 0
	}
	count, w, ok := ordered.Int(src[1:], mask)
	if !ok || count < 0 {
		return 0
	}
	n := 1 + w
	for ; count > 0 && n > 0; count-- {
		if tag == keyObject {
			n = plus(n, ordered.BytesLen(src[n:], mask))
		}
		if n > 0 {
			n = plus(n, keyLen(src[n:], mask, depth+1))
		}
	}
	return n
}

// plus is n + w, or 0 where w says that there is nothing.
func plus(n, w int) int {
	if w == 0 {
		return 0
	}
	return n + w
}

// AppendFromKey appends the physical form of the value whose ascending key form
// key is, its numbers with the fewest digits.
func AppendFromKey(dst, key []byte) ([]byte, error) {
	if len(key) == 1 && key[0] == keyEmptyTop {
		return append(dst, '[', ']'), nil
	}
	out, rest, ok := appendFromKey(dst, key)
	if !ok || len(rest) > 0 {
		return dst, fault.Corrupt("jsonb key")
	}
	return out, nil
}

// appendFromKey reads one value; KeyLen has checked the structure and its depth.
func appendFromKey(dst, key []byte) (out, rest []byte, ok bool) {
	if len(key) == 0 {
		return dst, key, false
	}
	tag := key[0]
	key = key[1:]
	switch tag {
	case keyNull:
		return append(dst, "null"...), key, true
	case keyFalse:
		return append(dst, "false"...), key, true
	case keyTrue:
		return append(dst, "true"...), key, true
	case keyString:
		return stringFromKey(dst, key)
	case keyNumber:
		n := numeric.KeyLen(key, 0)
		phys, err := numeric.AppendFromKey(nil, key[:n], 0)
		if n == 0 || err != nil {
			return dst, key, false
		}
		return numeric.Decode(phys).AppendText(dst), key[n:], true
	}
	open, end := byte('['), byte(']')
	if tag == keyObject {
		open, end = '{', '}'
	}
	count, w, ok := ordered.Int(key, 0)
	key = key[w:]
	dst = append(dst, open)
	for i := int64(0); i < count && ok; i++ {
		if i > 0 {
			dst = append(dst, ',', ' ')
		}
		if tag == keyObject {
			if dst, key, ok = stringFromKey(dst, key); !ok {
				break
			}
			dst = append(dst, ':', ' ')
		}
		dst, key, ok = appendFromKey(dst, key)
	}
	return append(dst, end), key, ok
}

func stringFromKey(dst, key []byte) (out, rest []byte, ok bool) {
	s, n, ok := ordered.Bytes(nil, key, 0)
	if !ok {
		return dst, key, false
	}
	return AppendQuoted(dst, s), key[n:], true
}
