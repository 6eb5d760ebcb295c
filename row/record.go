package row

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row/fault"
)

// A record carries its field types, as nothing else knows them. Physical form,
// for each field: kind byte, element kind byte, typmod+1 as a varint, then the
// value in the faithful codec. Key form, for each field: the same three, then the
// value's key; at the end a byte that sorts before any kind.
const keyRecordEnd = 0x00

// AppendRecord appends the physical form of a row value.
func AppendRecord(dst []byte, types []Type, r Row) []byte {
	for i, t := range types {
		dst = AppendValueDatum(appendFieldType(dst, t), t, r[i])
	}
	return dst
}

// RecordFields reads a row value; the fields' bytes alias b.
func RecordFields(b []byte) (types []Type, r Row, err error) {
	for len(b) > 0 {
		t, rest, ok := readFieldType(b)
		if !ok {
			return nil, nil, fault.Corrupt("record")
		}
		d, rest, err := readDatum(rest, t)
		if err != nil || !validDatum(t, d) {
			return nil, nil, fault.Corrupt("record")
		}
		types, r, b = append(types, t), append(r, d), rest
	}
	return types, r, nil
}

// Kinds are written one up, so that the end marker sorts below them.
func appendFieldType(dst []byte, t Type) []byte {
	return binary.AppendVarint(append(dst, byte(t.Kind)+1, byte(t.Elem)+1), int64(t.Mod))
}

func readFieldType(b []byte) (t Type, rest []byte, ok bool) {
	if len(b) < 3 || b[0] == 0 || b[1] == 0 || b[0] > byte(numKinds) || b[1] > byte(numKinds) {
		return t, b, false
	}
	mod, n := binary.Varint(b[2:])
	t = Type{Kind: Kind(b[0] - 1), Elem: Kind(b[1] - 1), Mod: int32(mod)}
	// A record inside a record would let a few bytes ask for endless nesting.
	ok = n > 0 && mod == int64(t.Mod) && t.Kind != Record && t.Elem != Record && t.Elem != Array
	return t, b[2+max(n, 0):], ok
}

func validRecord(b []byte) bool {
	_, _, err := RecordFields(b)
	return err == nil
}

const keyRecordTag = 0x10

func appendKeyRecord(dst, b []byte) []byte {
	types, r, _ := RecordFields(b)
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
		// A field's type is at most 2 bytes and a 5-byte varint.
		var head [7]byte
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
