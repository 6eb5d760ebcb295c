package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// samples are texts of each type, among them the ends of its range.
var samples = map[row.Kind][]string{
	row.Bool: {"t", "f"}, row.Int2: {"0", "1", "-1", "32767", "-32768"}, row.Int4: {"0", "1", "-1", "2", "7", "2147483647", "-2147483648"},
	row.Int8:    {"0", "1", "-1", "12345678901", "9223372036854775807", "-9223372036854775808"},
	row.Float4:  {"0", "1.5", "-2.5", "1e30", "NaN", "Infinity", "1e-40"},
	row.Float8:  {"0", "1.5", "-2.5", "1e300", "NaN", "-Infinity", "1e-310", "0.1"},
	row.Numeric: {"0", "0.00", "1.50", "-123456789.123", "1e20", "1e-20", "NaN", "Infinity", "99999999999999999999"},
	row.Text:    {"", "a", "héllo wörld", "2020-01-01", "year", "%a_\\", "(a|b)*", "FM9,990.00", "YYYY-MM-DD HH24:MI:SS.US TZ", "hex", "UTC", "{}", "g"},
	row.Varchar: {"", "abc"}, row.BPChar: {"", "ab  "}, row.Name: {"x", "pg_class"}, row.Bytea: {"", `\x00ff41`},
	row.Date:        {"2020-02-29", "infinity", "-infinity", "0001-01-01 BC", "5874897-12-31", "2000-01-01"},
	row.Timetz:      {"00:00+02", "23:59:59.999999-15:59:59", "24:00+00"},
	row.Time:        {"00:00", "23:59:59.999999", "24:00"},
	row.Timestamp:   {"2020-02-29 12:34:56.789", "infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999"},
	row.Timestamptz: {"2020-02-29 12:34:56.789+00", "infinity", "-infinity", "294276-12-31 23:59:59.999999+00"},
	row.Interval:    {"0", "1 day", "-1 mon 3 days 04:05:06", "178000000 years", "-2147483648 days", "00:00:00.000001"},
	row.UUID:        {"550e8400-e29b-41d4-a716-446655440000"},
	row.JSON:        {"null", `{"a": [1, {"b": "c"}], "a" : 2}`, " [ ] ", `"x\u00e9"`, "1.50", "[1,null,[2]]"},
	row.JSONB:       {"null", `{"a": [1, {"b": "c"}]}`, "[]", `"a"`, "1.50", "true", `["a", 1, null]`, "{}"},
	row.OID:         {"0", "23", "4294967295"}, row.Char: {"a", ""}, row.Regclass: {"1259"}, row.Regtype: {"23"}, row.Regproc: {"1"}, row.Regnamespace: {"11"},
	row.Int2Vector: {"1 2"}, row.OIDVector: {"1 2"}, row.Unknown: {"x"},
	row.Bit: {"", "1", "0110", "101010101"}, row.Varbit: {"", "0", "111"}, row.Enum: {"sad", "ok", "happy"},
}

// mood is the enumerated type of the tests.
var mood = func() row.Type {
	e := &row.EnumType{OID: row.EnumOID(1), Schema: "public", Name: "mood", Values: []row.EnumValue{{Label: "sad", Int: -5}, {Label: "ok", Int: 0}, {Label: "happy", Int: 7}}}
	row.DefineEnum(e)
	return e.Type()
}()

func sampleTypes(f *Function) []row.Type {
	out := make([]row.Type, len(f.Params))
	for i, p := range f.Params {
		switch p.Pseudo {
		case fn.Concrete:
			out[i] = p.Type
		case fn.AnyArray, fn.AnyCompatibleArray:
			out[i] = row.ArrayOf(row.Int4)
		case fn.AnyEnum:
			out[i] = mood
		default:
			out[i] = row.T(row.Int4)
		}
	}
	return out
}

func sampleColumn(t *testing.T, typ row.Type, n int, rng *rand.Rand) row.Column {
	t.Helper()
	texts := samples[typ.Kind]
	switch {
	case typ.Kind == row.Array && typ.Elem == row.Text:
		texts = []string{"{}", "{a,b}", "{a,NULL}", `{a,0,b}`}
	case typ.Kind == row.Array:
		texts = []string{"{}", "{1,2}", "{NULL,2}", "{{1,2},{3,4}}", "[0:1]={5,6}"}
	}
	c := row.NewColumn(typ, n)
	for range n {
		if len(texts) == 0 || rng.IntN(6) == 0 {
			c.AppendNull()
			continue
		}
		d, err := row.ParseText(typ, texts[rng.IntN(len(texts))], nil)
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		c.Append(d)
	}
	return c
}

// TestEveryFunction runs every kernel on hostile arguments: none panics, each
// fills its column as package row wants it, fails with errors that users can see,
// not at all where it says so, and gives a row alone what it gives it in a batch.
func TestEveryFunction(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n = 60
	for _, f := range Registry().Functions() {
		if f.System || f.Set || f.Name == "repeat" || f.Name == "factorial" || strings.HasPrefix(f.Name, "pg_sleep") {
			continue
		}
		types := sampleTypes(f)
		in := &row.Batch{Weights: make([]int64, n)}
		var args []Expr
		for i, typ := range types {
			in.Cols = append(in.Cols, sampleColumn(t, typ, n, rng))
			args = append(args, &ColRef{Index: i, Typ: typ})
		}
		result := f.Result.Type
		switch {
		case f.Result.Pseudo == fn.AnyEnum:
			result = mood
		case f.Result.Pseudo != fn.Concrete && types[0] == mood:
			result = mood.ArrayType()
		case f.Result.Pseudo != fn.Concrete:
			result = row.ArrayOf(row.Int4)
		}
		p, err := Compile([]Expr{&Call{Func: f, Args: args, Typ: result}}, types)
		if err != nil {
			t.Fatal(err)
		}
		checkFunction(t, f, p, in)
	}
}

func checkFunction(t *testing.T, f *Function, p *Program, in *row.Batch) {
	t.Helper()
	defer func() {
		if e := recover(); e != nil {
			t.Errorf("%s panics: %v", f.Signature(), e)
		}
	}()
	ctx := &Context{Now: 631200000000000}
	cols, errs := p.Eval(ctx, in, nil)
	if cols[0].Len() != in.Len() {
		t.Errorf("%s gives %d rows of %d", f.Signature(), cols[0].Len(), in.Len())
		return
	}
	checkColumn(t, f.Signature(), &cols[0])
	errs.Each(func(i int, err error) {
		if _, ok := pgerr.As(err); !ok || f.NoError {
			t.Errorf("%s, row %d: %T: %v", f.Signature(), i, err, err)
		}
	})
	if f.Volatility == Volatile {
		return
	}
	for i := range in.Len() {
		one, alone := p.Eval(ctx, in, []int32{int32(i)})
		a, b := one[0].Datum(0), cols[0].Datum(i)
		if alone.Has(i) != errs.Has(i) || !errs.Has(i) && (a.Null != b.Null || fmt.Sprint(a) != fmt.Sprint(b)) {
			t.Errorf("%s: row %d alone is %v, in a batch %v", f.Signature(), i, a, b)
		}
	}
}
