package row

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
	"github.com/tarndb/tarn/row/numeric"
)

// testTypes is every storable type, arrays of some, and some with modifiers.
func testTypes() []Type {
	var out []Type
	for _, k := range Kinds() {
		if k != Record && k != Void {
			out = append(out, T(k))
		}
	}
	for _, k := range []Kind{Bool, Int4, Float8, Numeric, Text, BPChar, Timestamptz, Interval, UUID, JSONB, Bytea} {
		out = append(out, ArrayOf(k))
	}
	out = append(out, moods.Type(), moods.Type().ArrayType())
	return append(out, T(Numeric).WithTypmod(numeric.Typmod(12, 2)), T(Varchar).WithTypmod(4+4), T(BPChar).WithTypmod(4+4))
}

// randomDatum makes values that are often equal or nearly so.
func randomDatum(r *rand.Rand, t Type) Datum {
	pick := func(v ...int64) Datum { return IntDatum(v[r.IntN(len(v))]) }
	var d Datum
	switch t.Kind {
	case Bool:
		d = pick(0, 1)
	case Int2:
		d = pick(0, 1, -1, 111, 112, -112, -113, 32767, -32768, int64(int16(r.Uint32())))
	case Int4, Date:
		d = pick(0, 1, -1, 255, 256, -256, math.MaxInt32, math.MinInt32, int64(int32(r.Uint32()))>>r.IntN(31))
		if t.Kind == Date && d.I < datetime.DateMin {
			d.I = datetime.DateNegInf
		}
	case Time:
		d = IntDatum(r.Int64N(datetime.Day + 1))
	case Timetz:
		d = IntDatum(datetime.Timetz{Micros: r.Int64N(datetime.Day + 1), West: r.IntN(2*57600-1) - 57599}.Int())
	case Timestamp, Timestamptz:
		d = pick(0, datetime.TimestampMin, datetime.TimestampEnd-1, math.MaxInt64, math.MinInt64, r.Int64N(1<<50)-1<<49)
	case Float4:
		d = FloatDatum(float64(float32(randomFloat(r))))
	case Float8:
		d = FloatDatum(randomFloat(r))
	case Enum:
		v := EnumOf(t).Values
		return IntDatum(v[r.IntN(len(v))].Int)
	case Array, Int2Vector, OIDVector:
		return randomArray(r, t)
	default:
		if t.Phys() == PhysInt {
			d = IntDatum(int64(r.Uint32()))
			if t.Kind == Int8 {
				d.I = int64(r.Uint64()) >> r.IntN(64)
			} else if t.Kind == Char {
				d.I = int64(r.IntN(256))
			}
			return d
		}
		d = BytesDatum(randomBytes(r, t))
	}
	d, err := ApplyTypmod(t, d, true)
	if err != nil {
		panic(err)
	}
	return d
}

func randomFloat(r *rand.Rand) float64 {
	v := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat32,
		-math.MaxFloat32, 1e-30, r.NormFloat64(), r.NormFloat64() * 1e30}
	return v[r.IntN(len(v))]
}

func randomBytes(r *rand.Rand, t Type) []byte {
	switch t.Kind {
	case Numeric:
		return numeric.Append(nil, randomNumeric(r, t))
	case Interval:
		v := datetime.Interval{Months: int32(r.IntN(5) - 2), Days: int32(r.IntN(100) - 50), Micros: r.Int64N(5*datetime.Day) - 2*datetime.Day}
		if r.IntN(4) == 0 {
			v = datetime.Interval{Months: int32(r.IntN(3)-1) * (math.MaxInt32 / 30), Days: int32(r.IntN(3)-1) * 30}
		}
		return v.Append(nil)
	case UUID:
		u := make([]byte, 16)
		u[0], u[15] = []byte{0, 1, 2, 0x80, 0xfd, 0xfe, 0xff}[r.IntN(7)], byte(r.IntN(3))
		return u
	case JSON, JSONB:
		b, err := jsonb.Canonical(nil, []byte(randomJSON(r, 3)))
		if err != nil {
			panic(err)
		}
		return b
	case JSONPath:
		paths := []string{"$", "strict $.a[*] ? (@ > 1.50 && !exists(@.b))", "($.a + -1).type()", "$.**{2 to last}[last - 1, 0 to 2]", "$ ? (@ like_regex \"^x\" flag \"i\")"}
		b, err := jsonpath.Canonical(nil, paths[r.IntN(len(paths))])
		if err != nil {
			panic(err)
		}
		return b
	case Bytea:
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = []byte{0, 1, 2, 3, 'a', 0xfd, 0xfe, 0xff}[r.IntN(8)]
		}
		return b
	case Bit, Varbit:
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = '0' + byte(r.IntN(2))
		}
		return b
	case BPChar:
		return []byte(strings.Repeat("a", r.IntN(3)) + strings.Repeat(" ", r.IntN(3)))
	}
	n := r.IntN(20)
	var s strings.Builder
	for range n {
		s.WriteString([]string{"a", "b", " ", "é", "\x01", "\x02", "\x03", "\\", "\"", "日", "{", ","}[r.IntN(12)])
	}
	return []byte(s.String())
}

func randomNumeric(r *rand.Rand, t Type) numeric.Decimal {
	texts := []string{"0", "0.00", "1", "1.0", "-1", "10", "100.00", "0.1", "-0.10", "99.99", "12.34", "-12.340", "1e30", "1e60", "-1e61",
		"1e-39", "1e-41", "123456789012345678901234567890.5", "NaN", "Infinity", "-Infinity"}
	if t.Mod != 0 {
		texts = texts[:12]
	}
	if r.IntN(3) == 0 {
		return numeric.New(int64(r.Uint64())>>(32+r.IntN(32)), r.IntN(4))
	}
	d, err := numeric.Parse(texts[r.IntN(len(texts))])
	if err != nil {
		panic(err)
	}
	return d
}

func randomJSON(r *rand.Rand, depth int) string {
	n := 8
	if depth == 0 {
		n = 6
	}
	switch r.IntN(n) {
	case 0:
		return "null"
	case 1:
		return "true"
	case 2:
		return "false"
	case 3:
		return []string{"1", "1.0", "-2.50", "0", "1e20", "12345678901234567890.1"}[r.IntN(6)]
	case 4, 5:
		return []string{`""`, `"a"`, `"ab"`, `"\n\u0001"`, `"\\\""`, `"é"`}[r.IntN(6)]
	case 6:
		var parts []string
		for range r.IntN(3) {
			parts = append(parts, randomJSON(r, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	var parts []string
	for range r.IntN(3) {
		parts = append(parts, []string{`"k"`, `"kk"`, `"a"`, `"\t"`}[r.IntN(4)]+":"+randomJSON(r, depth-1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func randomArray(r *rand.Rand, t Type) Datum {
	b := NewArrayBuilder(t)
	n := r.IntN(4)
	for range n {
		if t.Kind == Array && r.IntN(5) == 0 {
			b.Append(NullDatum)
		} else {
			b.Append(randomDatum(r, t.elemType()))
		}
	}
	dims := []Dim{{Len: n, Lower: 1}}
	switch {
	case t.Kind != Array:
		dims[0].Lower = 0
	case r.IntN(5) == 0:
		dims[0].Lower = r.IntN(3) - 1
	case r.IntN(5) == 0 && n > 0:
		dims = []Dim{{Len: 1, Lower: 1}, {Len: n, Lower: 1}}
	}
	return BytesDatum(b.FinishDims(nil, dims))
}

func randomBatch(r *rand.Rand, types []Type, n int) *Batch {
	b := NewBatch(types, n)
	for range n {
		for c := range b.Cols {
			if r.IntN(8) == 0 {
				b.Cols[c].AppendNull()
			} else {
				b.Cols[c].Append(randomDatum(r, types[c]))
			}
		}
		b.Weights = append(b.Weights, int64(r.IntN(5)-2))
	}
	return b
}
