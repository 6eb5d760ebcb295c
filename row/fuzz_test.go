package row

import (
	"bytes"
	"testing"

	"github.com/tarndb/tarn/row/jsonb"
)

// fuzzType chooses a type by a byte of the input.
func fuzzType(sel byte) Type {
	types := append(testTypes(), T(Record))
	return types[int(sel)%len(types)]
}

func fuzzOrder(sel byte) Order { return Order{Desc: sel&1 != 0, NullsFirst: sel&2 != 0} }

// FuzzDecodeKey: any bytes decode to a value or fail; what decodes encodes again
// to the same bytes, and is skipped as it is decoded.
func FuzzDecodeKey(f *testing.F) {
	f.Add([]byte{0, 0, 0x80})
	for i := range testTypes() {
		f.Add([]byte{byte(i), 1, 0x7f, 0x10, 0x00, 0xff})
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 {
			return
		}
		typ, o := fuzzType(in[0]), fuzzOrder(in[1])
		c := NewColumn(typ, 0)
		rest, err := DecodeKey(in[2:], &c, o)
		if err != nil {
			if c.Len() != 0 || len(c.Data) != 0 {
				t.Fatal("a failed decode left something behind")
			}
			return
		}
		used := in[2 : len(in)-len(rest)]
		skipped, err := SkipKey(in[2:], typ, o)
		if err != nil || len(skipped) != len(rest) {
			t.Fatalf("%s: skip differs from decode: %v", typ, err)
		}
		again := AppendKeyOrder(nil, &c, 0, o)
		if !bytes.Equal(again, used) && typ.Kind != BPChar && typ.Kind != JSONB && typ.Elem != BPChar && typ.Elem != JSONB && typ.Kind != Record {
			t.Fatalf("%s: %x decodes to %q, which encodes as %x", typ, used, TextOf(typ, c.Datum(0), nil), again)
		}
	})
}

// FuzzDecodeValue: the same for the faithful codec, and any decoded value can be
// printed, sent, hashed and used as a key.
func FuzzDecodeValue(f *testing.F) {
	for i := range testTypes() {
		f.Add([]byte{byte(i), 3, 0x01, 0x02, 0x03})
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 1 {
			return
		}
		typ := fuzzType(in[0])
		b := NewBatch([]Type{typ}, 0)
		rest, err := DecodeRowValue(in[1:], b)
		if err != nil {
			return
		}
		if skipped, err := SkipValue(in[1:], typ); err != nil || len(skipped) != len(rest) {
			t.Fatalf("%s: skip differs from decode: %v", typ, err)
		}
		d := b.Cols[0].Datum(0)
		TextOf(typ, d, nil)
		AppendBinary(nil, typ, d)
		key := AppendKey(nil, &b.Cols[0], 0)
		HashRows(b, []int{0}, nil)
		if typ.Kind == JSONB || typ.Elem == JSONB || typ.Kind == Record {
			return // a jsonb's bytes are not checked, so they need not be canonical
		}
		if again := AppendRowValue(nil, b, 0); typ.Phys() != PhysFloat && typ.Kind != Array && !bytes.Equal(again, in[1:len(in)-len(rest)]) {
			t.Fatalf("%s: %x encodes as %x", typ, in[1:], again)
		}
		c := NewColumn(typ, 0)
		if rest, err := DecodeKey(key, &c, Order{}); typ.Mod == 0 && (err != nil || len(rest) > 0) {
			t.Fatalf("%s: key %x: %v", typ, key, err)
		}
	})
}

// FuzzParseText: whatever is accepted goes through every codec.
func FuzzParseText(f *testing.F) {
	for _, c := range readGolden(f, "testdata/input.txt") {
		for i, typ := range testTypes() {
			if typ == typeByName(f, c.typ) {
				f.Add(byte(i), c.input)
			}
		}
	}
	f.Fuzz(func(t *testing.T, sel byte, s string) {
		typ := fuzzType(sel)
		if CheckUTF8([]byte(s)) != nil || len(s) > 4096 {
			return
		}
		d, err := ParseText(typ, s, nil)
		if err != nil {
			return
		}
		roundTrips(t, typ, d)
	})
}

// FuzzParseBinary: whatever is accepted prints, and encodes to something accepted.
func FuzzParseBinary(f *testing.F) {
	for i, typ := range testTypes() {
		f.Add(byte(i), make([]byte, binarySize(typ)))
		f.Add(byte(i), []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7})
	}
	f.Fuzz(func(t *testing.T, sel byte, in []byte) {
		typ := fuzzType(sel)
		d, err := ParseBinary(typ, in)
		if err != nil {
			return
		}
		TextOf(typ, d, nil)
		keyRoundTrip(t, typ, d, Order{})
		if _, err := ParseBinary(typ, AppendBinary(nil, typ, d)); err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
	})
}

// FuzzJSONB: canonical text is a fixed point, and its walkers take any bytes.
func FuzzJSONB(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"b": "c\n"}], "aa": null}`))
	f.Add([]byte(`{"a":`))
	f.Fuzz(func(t *testing.T, in []byte) {
		walk(in, 0)
		b, err := jsonb.Canonical(nil, in)
		if err != nil {
			return
		}
		again, err := jsonb.Canonical(nil, b)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q becomes %q and then %q: %v", in, b, again, err)
		}
	})
}

func walk(v []byte, depth int) {
	it := jsonb.Iterate(v)
	for key, value, ok := it.Next(); ok; key, value, ok = it.Next() {
		jsonb.Unquote(nil, key)
		if depth < 20 {
			walk(value, depth+1)
		}
	}
}
