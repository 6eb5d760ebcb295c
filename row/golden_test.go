package row

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/tarndb/tarn/row/numeric"
)

// typeByName reads the type names that the golden files use.
func typeByName(t testing.TB, s string) Type {
	t.Helper()
	s, isArray := strings.CutSuffix(s, "[]")
	name, args, hasArgs := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	if rest, ok := strings.CutPrefix(name, "interval "); ok {
		precision, err := strconv.Atoi(args)
		if err != nil {
			precision = -1
		}
		for bits, fields := range intervalRanges {
			if fields == rest {
				return T(Interval).WithTypmod(IntervalTypmod(bits, precision))
			}
		}
		t.Fatalf("unknown interval %q", s)
	}
	if name == `"char"` {
		return T(Char)
	}
	name = map[string]string{"char": "bpchar"}[name] + name
	name = strings.Replace(name, "bpcharchar", "bpchar", 1)
	var out Type
	for _, k := range Kinds() {
		if kinds[k].name == name {
			out = T(k)
		}
	}
	if out.Kind == Unknown {
		t.Fatalf("unknown type %q", s)
	}
	if hasArgs {
		a, b, _ := strings.Cut(args, ",")
		n, _ := strconv.Atoi(a)
		m, _ := strconv.Atoi(b)
		switch out.Kind {
		case Numeric:
			out = out.WithTypmod(numeric.Typmod(n, m))
		case Varchar, BPChar:
			out = out.WithTypmod(int32(n) + 4)
		case Interval:
			out = out.WithTypmod(IntervalTypmod(0, n))
		default:
			out = out.WithTypmod(int32(n))
		}
	}
	if isArray {
		out.Kind, out.Elem = Array, out.Kind
	}
	return out
}

func unescapeGolden(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}

func errorText(err error) string {
	e, ok := err.(*Error)
	if !ok {
		return "ERR ? " + err.Error()
	}
	s := "ERR " + e.Code + " " + e.Message
	if e.Detail != "" {
		s += " D:" + e.Detail
	}
	if e.Hint != "" {
		s += " H:" + e.Hint
	}
	return s
}

type goldenCase struct {
	line             int
	typ, input, want string
}

func readGolden(t testing.TB, path string) []goldenCase {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []goldenCase
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line := scan.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		typ, rest, _ := strings.Cut(line, " | ")
		cut := strings.LastIndex(rest, " | ")
		out = append(out, goldenCase{n, typ, unescapeGolden(rest[:cut]), unescapeGolden(rest[cut+3:])})
	}
	return out
}

// TestInput holds ParseText and AppendText to what PostgreSQL 15 answered.
func TestInput(t *testing.T) {
	cases := append(readGolden(t, "testdata/input.txt"), readGolden(t, "testdata/random_input.txt")...)
	for _, c := range cases {
		typ := typeByName(t, c.typ)
		d, err := ParseText(typ, c.input, nil)
		got := ""
		if err != nil {
			got = errorText(err)
		} else {
			got = TextOf(typ, d, nil)
		}
		if got != c.want {
			t.Errorf("line %d: %s %q\n got %s\nwant %s", c.line, c.typ, c.input, got, c.want)
		}
		if err == nil {
			roundTrips(t, typ, d)
		}
	}
}

// roundTrips checks text, binary, value and key codecs on one value.
func roundTrips(t *testing.T, typ Type, d Datum) {
	t.Helper()
	text := TextOf(typ, d, nil)
	if back, err := ParseText(typ, text, nil); err != nil || TextOf(typ, back, nil) != text {
		t.Errorf("%s %q: text does not read back: %v", typ, text, err)
	}
	bin := AppendBinary(nil, typ, d)
	if back, err := ParseBinary(typ, bin); err != nil || TextOf(typ, back, nil) != text {
		t.Errorf("%s %q: binary %x does not read back: %v", typ, text, bin, err)
	}
	col := NewColumn(typ, 0)
	val := AppendValueDatum(nil, typ, d)
	if rest, err := DecodeValue(val, &col); err != nil || len(rest) != 0 || TextOf(typ, col.Datum(0), nil) != text {
		t.Errorf("%s %q: value %x does not read back: %v", typ, text, val, err)
	}
	for _, o := range []Order{{}, {Desc: true}, {NullsFirst: true}, {Desc: true, NullsFirst: true}} {
		keyRoundTrip(t, typ, d, o)
	}
}

func keyRoundTrip(t *testing.T, typ Type, d Datum, o Order) {
	t.Helper()
	text := TextOf(typ, d, nil)
	key := AppendKeyDatumOrder(nil, typ, d, o)
	if key[0] == nullLast || key[0] == nullFirst {
		t.Errorf("%s %q: key %x starts as a NULL", typ, text, key)
	}
	if rest, err := SkipKey(key, typ, o); err != nil || len(rest) != 0 {
		t.Errorf("%s %q: key %x: skip: %v", typ, text, key, err)
	}
	col := NewColumn(typ, 0)
	rest, err := DecodeKey(key, &col, o)
	if err != nil || len(rest) != 0 {
		t.Errorf("%s %q: key %x: decode: %v", typ, text, key, err)
		return
	}
	again := AppendKeyOrder(nil, &col, 0, o)
	if string(again) != string(key) {
		t.Errorf("%s %q: key %x decodes to %q with key %x", typ, text, key, TextOf(typ, col.Datum(0), nil), again)
	}
	if !KeyLossy(typ) && TextOf(typ, col.Datum(0), nil) != text {
		t.Errorf("%s %q: key is lossy: %q", typ, text, TextOf(typ, col.Datum(0), nil))
	}
}
