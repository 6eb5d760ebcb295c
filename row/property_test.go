package row

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/numeric"
)

// TestRoundTrips sends random values of every type through every codec.
func TestRoundTrips(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range testTypes() {
		for range 150 {
			roundTrips(t, typ, randomDatum(r, typ))
		}
		if t.Failed() {
			return
		}
	}
}

// TestKeyOrder checks that keys sort as values do, in all four orders, NULLs
// included; that equal values have equal keys and hashes; and that no key is a
// prefix of another.
func TestKeyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, typ := range testTypes() {
		c := NewColumn(typ, 0)
		for range 80 {
			if r.IntN(20) == 0 {
				c.AppendNull()
			} else {
				c.Append(randomDatum(r, typ))
			}
		}
		b := &Batch{Cols: []Column{c}, Weights: make([]int64, c.Len())}
		hashes := HashRows(b, []int{0}, nil)
		for _, o := range []Order{{}, {Desc: true}, {NullsFirst: true}, {Desc: true, NullsFirst: true}} {
			checkOrder(t, &c, o, hashes)
		}
	}
}

func checkOrder(t *testing.T, c *Column, o Order, hashes []uint64) {
	t.Helper()
	keys := make([][]byte, c.Len())
	for i := range keys {
		keys[i] = AppendKeyOrder(nil, c, i, o)
	}
	for i := range keys {
		for j := range keys {
			want := compareForTest(c, i, j, o)
			if got := bytes.Compare(keys[i], keys[j]); got != want {
				t.Fatalf("%s %+v: %q and %q: keys %x %x compare %d, want %d", c.Type, o,
					TextOf(c.Type, c.Datum(i), nil), TextOf(c.Type, c.Datum(j), nil), keys[i], keys[j], got, want)
			}
			if want == 0 && hashes[i] != hashes[j] {
				t.Fatalf("%s: %q and %q are equal and hash differently", c.Type, TextOf(c.Type, c.Datum(i), nil), TextOf(c.Type, c.Datum(j), nil))
			}
			if want != 0 && bytes.HasPrefix(keys[i], keys[j]) {
				t.Fatalf("%s: key %x is a prefix of %x", c.Type, keys[j], keys[i])
			}
		}
	}
}

// compareForTest orders two slots by the values themselves, not by their keys.
// TestHashDatums: a key outside of a batch finds the shard of the rows that have it.
func TestHashDatums(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	types := testTypes()
	b := randomBatch(r, types, 200)
	for c, typ := range types {
		for i, want := range HashRows(b, []int{c, 0}, nil) {
			key := []Datum{b.Cols[c].Datum(i), b.Cols[0].Datum(i)}
			if got := HashDatums([]Type{typ, types[0]}, key); got != want {
				t.Fatalf("%s, row %d: %#x, in the batch %#x", typ, i, got, want)
			}
		}
	}
}

func compareForTest(c *Column, i, j int, o Order) int {
	if n, m := c.IsNull(i), c.IsNull(j); n || m {
		switch {
		case n && m:
			return 0
		case n == o.NullsFirst:
			return -1
		}
		return 1
	}
	r := plainCompare(c.Type, c.Datum(i), c.Datum(j))
	if o.Desc {
		return -r
	}
	return r
}

// plainCompare is PostgreSQL's order written as naively as possible.
func plainCompare(t Type, a, b Datum) int {
	sign := func(less, greater bool) int {
		switch {
		case less:
			return -1
		case greater:
			return 1
		}
		return 0
	}
	switch t.Kind {
	case Float4, Float8:
		if an, bn := math.IsNaN(a.F), math.IsNaN(b.F); an || bn {
			return sign(bn && !an, an && !bn)
		}
		return sign(a.F < b.F, a.F > b.F)
	case Numeric:
		return numeric.Decode(a.B).Cmp(numeric.Decode(b.B))
	case Interval:
		return datetime.DecodeInterval(a.B).Cmp(datetime.DecodeInterval(b.B))
	case BPChar:
		return strings.Compare(strings.TrimRight(string(a.B), " "), strings.TrimRight(string(b.B), " "))
	case JSONB:
		return plainJSON(a.B, b.B, true)
	case Array, Int2Vector, OIDVector:
		return plainArrays(NewArrayElems(t, a.B), NewArrayElems(t, b.B))
	}
	if t.Phys() == PhysInt {
		return sign(a.I < b.I, a.I > b.I)
	}
	return bytes.Compare(a.B, b.B)
}

func plainArrays(a, b *ArrayElems) int {
	as, bs := a.All(), b.All()
	for i := 0; i < min(len(as), len(bs)); i++ {
		switch {
		case as[i].Null && bs[i].Null:
			continue
		case as[i].Null:
			return 1
		case bs[i].Null:
			return -1
		}
		if r := plainCompare(a.Elem, as[i], bs[i]); r != 0 {
			return r
		}
	}
	shape := func(e *ArrayElems) []int64 {
		s := []int64{int64(e.N), int64(len(e.Dims))}
		for _, d := range e.Dims {
			s = append(s, int64(d.Len))
		}
		for _, d := range e.Dims {
			s = append(s, int64(d.Lower))
		}
		return s
	}
	x, y := shape(a), shape(b)
	for i := range min(len(x), len(y)) {
		if r := compare(x[i], y[i]); r != 0 {
			return r
		}
	}
	return 0
}

func plainJSON(a, b []byte, top bool) int {
	if top && (string(a) == "[]" || string(b) == "[]") {
		return map[bool]int{true: 0, false: 1}[string(a) == "[]"] - map[bool]int{true: 0, false: 1}[string(b) == "[]"]
	}
	if k, l := jsonb.KindOf(a), jsonb.KindOf(b); k != l {
		return compare(int64(k), int64(l))
	}
	switch jsonb.KindOf(a) {
	case jsonb.String:
		return bytes.Compare(jsonb.Unquote(nil, a), jsonb.Unquote(nil, b))
	case jsonb.Number:
		x, _ := numeric.Parse(string(a))
		y, _ := numeric.Parse(string(b))
		return x.Cmp(y)
	case jsonb.Bool:
		return bytes.Compare(a, b) // "false" is before "true"
	case jsonb.Null:
		return 0
	}
	if n, m := jsonb.Len(a), jsonb.Len(b); n != m {
		return compare(int64(n), int64(m))
	}
	x, y := jsonb.Iterate(a), jsonb.Iterate(b)
	for {
		k, v, ok := x.Next()
		l, w, _ := y.Next()
		if !ok {
			return 0
		}
		if r := bytes.Compare(jsonb.Unquote(nil, k), jsonb.Unquote(nil, l)); r != 0 {
			return r
		}
		if r := plainJSON(v, w, false); r != 0 {
			return r
		}
	}
}

func rowText(b *Batch, i int) string {
	var s strings.Builder
	for c := range b.Cols {
		if b.Cols[c].IsNull(i) {
			s.WriteString("∅|")
			continue
		}
		fmt.Fprintf(&s, "%s|", TextOf(b.Cols[c].Type, b.Cols[c].Datum(i), nil))
	}
	return s.String()
}

// TestConsolidate compares with a map from the printed row to its weight.
func TestConsolidate(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, typ := range testTypes() {
		types := []Type{typ, T(Bool), typ}
		var d Delta
		want := map[string]int64{}
		for range r.IntN(4) {
			b := randomBatch(r, types, r.IntN(60))
			d = append(d, b)
			for i := range b.Len() {
				want[rowText(b, i)] += b.Weights[i]
			}
		}
		out := Consolidate(d)
		got := map[string]int64{}
		for i := 0; out != nil && i < out.Len(); i++ {
			got[rowText(out, i)] = out.Weights[i]
			if out.Weights[i] == 0 || i > 0 && CompareRows(out, i-1, out, i) >= 0 {
				t.Fatalf("%s: row %d is not in order, or weighs nothing", typ, i)
			}
		}
		for k, w := range want {
			if got[k] != w {
				t.Fatalf("%s: %s weighs %d, want %d", typ, k, got[k], w)
			}
		}
		if out != nil && Consolidate(Delta{out}) != out {
			t.Errorf("%s: a consolidated batch is not taken as it is", typ)
		}
	}
}

// TestLayout checks that entries decode to their rows, that entry keys sort by the
// key columns, and that decoders of some columns agree.
func TestLayout(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, typ := range testTypes() {
		types := []Type{T(Int8), typ, T(Text), typ}
		for _, key := range [][]KeyCol{nil, {{Col: 1}}, {{Col: 3, Order: Order{Desc: true, NullsFirst: true}}, {Col: 0}}} {
			for _, unique := range []bool{false, true} {
				checkLayout(t, NewLayout(types, key, unique), randomBatch(r, types, 20))
			}
		}
	}
}

func checkLayout(t *testing.T, l *Layout, b *Batch) {
	t.Helper()
	out := NewBatch(l.Types(), 0)
	some := NewBatch([]Type{l.Types()[3], l.Types()[0]}, 0)
	dec := l.Decoder([]int{3, 0})
	for i := range b.Len() {
		key, value := l.Encode(nil, nil, b, i)
		value = AppendWeight(value, b.Weights[i])
		prefix := l.EncodeKey(nil, b, i)
		var ds []Datum
		for _, k := range l.Key() {
			ds = append(ds, b.Cols[k.Col].Datum(i))
		}
		if !bytes.Equal(prefix, l.KeyPrefixDatums(nil, ds)) {
			t.Fatalf("%s: datums and columns encode differently", l.Types()[1])
		}
		if n, err := l.KeyLen(key); err != nil || !bytes.Equal(prefix, key[:n]) {
			t.Fatalf("%s: key columns %x are not those of %x: %v", l.Types()[1], prefix, key, err)
		}
		if err := l.Decode(key, value, out); err != nil {
			t.Fatalf("%s: %v", l.Types()[1], err)
		}
		if err := dec.Decode(key, value, some); err != nil {
			t.Fatalf("%s: %v", l.Types()[1], err)
		}
		if !EqualRow(b, i, out, i) || out.Weights[i] != b.Weights[i] || some.Weights[i] != b.Weights[i] {
			t.Fatalf("%s: %s decodes as %s", l.Types()[1], rowText(b, i), rowText(out, i))
		}
		if !EqualRow(out.Project([]int{3, 0}), i, some, i) {
			t.Fatalf("%s: %s decodes in part as %s", l.Types()[1], rowText(out, i), rowText(some, i))
		}
		for _, cut := range []int{len(key) / 2, len(key) - 1} {
			if n := out.Len(); cut >= 0 && l.Decode(key[:cut], value, out) == nil {
				out.truncate(n)
			} else if out.Len() != n || out.Cols[0].Len() != n || out.Cols[3].Len() != n {
				t.Fatal("a failed decode left something behind")
			}
		}
	}
}

func TestRowValue(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	types := testTypes()
	b := randomBatch(r, types, 50)
	out := NewBatch(types, 0)
	for i := range b.Len() {
		rest, err := DecodeRowValue(AppendRowValue(nil, b, i), out)
		if err != nil || len(rest) > 0 || !EqualRow(b, i, out, i) {
			t.Fatalf("row %d: %v", i, err)
		}
	}
}

func TestRecord(t *testing.T) {
	types := []Type{T(Int4), T(Text), T(Numeric), ArrayOf(Int4)}
	arr, _ := ParseText(ArrayOf(Int4), "{1,2}", nil)
	num, _ := ParseText(T(Numeric), "1.50", nil)
	d := BytesDatum(AppendRecord(nil, nil, types, Row{IntDatum(-5), NullDatum, num, arr}))
	if got := TextOf(T(Record), d, nil); got != `(-5,,1.50,"{1,2}")` {
		t.Errorf("record prints as %s", got)
	}
	keyRoundTrip(t, T(Record), d, Order{})
	keyRoundTrip(t, T(Record), d, Order{Desc: true, NullsFirst: true})
}
