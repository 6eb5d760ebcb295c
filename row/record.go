package row

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row/fault"
)

// A record carries its field types, as nothing else knows them. Physical form,
// for each field: kind byte, element kind byte, typmod+1 as a varint, of enums and
// arrays of them the type's number as a varint, then the value in the faithful codec. A record whose fields have names begins with a byte
// that is no kind, and has before each field the length of its name as a varint, and
// the name. Key form, for each field: the same type, then the value's key; at the
// end a byte that sorts before any kind. Names are no part of a key.
const (
	keyRecordEnd  = 0x00
	recordIsNamed = 0xff
)

// MaxRecordDepth is how deep records may be inside each other: a few bytes could ask
// for endless nesting.
const MaxRecordDepth = 64

// AppendRecord appends the physical form of a row value. names are its fields', or
// nil.
func AppendRecord(dst []byte, names []string, types []Type, r Row) []byte {
	if names != nil {
		dst = append(dst, recordIsNamed)
	}
	for i, t := range types {
		if names != nil {
			dst = append(binary.AppendUvarint(dst, uint64(len(names[i]))), names[i]...)
		}
		dst = AppendValueDatum(appendFieldType(dst, t), t, r[i])
	}
	return dst
}

// RecordFields reads a row value; the fields' bytes alias b. names is nil where the
// fields have none.
func RecordFields(b []byte) (names []string, types []Type, r Row, err error) {
	return recordFields(b, 0)
}

func recordFields(b []byte, depth int) (names []string, types []Type, r Row, err error) {
	bad := func() ([]string, []Type, Row, error) { return nil, nil, nil, fault.Corrupt("record") }
	named := len(b) > 0 && b[0] == recordIsNamed
	if named {
		b = b[1:]
	}
	if depth >= MaxRecordDepth {
		return bad()
	}
	for len(b) > 0 {
		if named {
			n, w := binary.Uvarint(b)
			if w <= 0 || n > uint64(len(b)-w) {
				return bad()
			}
			names, b = append(names, string(b[w:w+int(n)])), b[w+int(n):]
		}
		t, rest, ok := readFieldType(b)
		if !ok {
			return bad()
		}
		d, rest, err := readDatum(rest, t)
		if err != nil {
			return bad()
		}
		if t.Kind == Record && !d.Null {
			_, _, _, err = recordFields(d.B, depth+1)
		} else if !validDatum(t, d) {
			return bad()
		}
		if err != nil {
			return bad()
		}
		types, r, b = append(types, t), append(r, d), rest
	}
	return names, types, r, nil
}

// Kinds are written one up, so that the end marker sorts below them.
func appendFieldType(dst []byte, t Type) []byte {
	dst = binary.AppendVarint(append(dst, byte(t.Kind)+1, byte(t.Elem)+1), int64(t.Mod))
	if t.isUsers() {
		dst = binary.AppendUvarint(dst, uint64(t.User))
	}
	return dst
}

// isUsers reports a type that its kinds alone do not name.
func (t Type) isUsers() bool { return t.Kind == Enum || t.Kind == Array && t.Elem == Enum }

func readFieldType(b []byte) (t Type, rest []byte, ok bool) {
	if len(b) < 3 || b[0] == 0 || b[1] == 0 || b[0] > byte(numKinds) || b[1] > byte(numKinds) {
		return t, b, false
	}
	mod, n := binary.Varint(b[2:])
	t = Type{Kind: Kind(b[0] - 1), Elem: Kind(b[1] - 1), Mod: int32(mod)}
	ok = n > 0 && mod == int64(t.Mod) && t.Elem != Record && t.Elem != Array
	b = b[2+max(n, 0):]
	if !ok || !t.isUsers() {
		return t, b, ok
	}
	user, n := binary.Uvarint(b)
	t.User = uint32(user)
	return t, b[max(n, 0):], n > 0 && user == uint64(t.User)
}

func validRecord(b []byte) bool {
	_, _, _, err := RecordFields(b)
	return err == nil
}

const keyRecordTag = 0x10

func appendKeyRecord(dst, b []byte) []byte {
	_, types, r, _ := RecordFields(b)
	dst = append(dst, keyRecordTag)
	for i, t := range types {
		dst = AppendKeyDatum(appendFieldType(dst, t), t, r[i])
	}
	return append(dst, keyRecordEnd)
}

func keyLenRecord(src []byte, mask byte) int {
	if len(src) == 0 || src[0]^mask != keyRecordTag {
		return 0
	}
	n := 1
	for {
		if n >= len(src) {
			return 0
		}
		if src[n]^mask == keyRecordEnd {
			return n + 1
		}
		// A field's type is at most 2 bytes and two 5-byte varints.
		var head [12]byte
		w := copy(head[:], src[n:])
		for i := range head[:w] {
			head[i] ^= mask
		}
		t, rest, ok := readFieldType(head[:w])
		if !ok {
			return 0
		}
		n += w - len(rest)
		if n < len(src) && src[n]^mask == nullLast {
			n++
			continue
		}
		if w = keyLen(src[n:], t, mask); w == 0 {
			return 0
		}
		n += w
	}
}

func appendRecordFromKey(dst, key []byte) ([]byte, error) {
	rest := key[1 : len(key)-1]
	for len(rest) > 0 {
		t, after, ok := readFieldType(rest)
		if !ok {
			return dst, fault.Corrupt("record key")
		}
		c := NewColumn(t, 1)
		var err error
		if rest, err = DecodeKey(after, &c, Order{}); err != nil {
			return dst, err
		}
		dst = AppendValue(appendFieldType(dst, t), &c, 0)
	}
	return dst, nil
}
