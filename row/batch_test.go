package row

import (
	"fmt"
	"testing"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/numeric"
)

func TestTypeString(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		want string
	}{
		{T(Int4), "integer"},
		{ArrayOf(Int4), "integer[]"},
		{T(Varchar).WithTypmod(14), "character varying(10)"},
		{T(BPChar).WithTypmod(5), "character(1)"},
		{T(BPChar), "bpchar"},
		{T(Numeric).WithTypmod(numeric.Typmod(10, 2)), "numeric(10,2)"},
		{T(Numeric).WithTypmod(numeric.Typmod(2, -3)), "numeric(2,-3)"},
		{Type{Kind: Array, Elem: Numeric}.WithTypmod(numeric.Typmod(10, 2)), "numeric(10,2)[]"},
		{T(Timestamptz).WithTypmod(3), "timestamp(3) with time zone"},
		{T(Timestamp), "timestamp without time zone"},
		{T(Time).WithTypmod(0), "time(0) without time zone"},
		{T(Interval).WithTypmod(IntervalTypmod(0, 2)), "interval(2)"},
		{T(Interval).WithTypmod(IntervalTypmod(datetime.FieldDay|datetime.FieldHour, -1)), "interval day to hour"},
		{T(Char), `"char"`},
	} {
		if got := c.typ.String(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestZones(t *testing.T) {
	zone, err := datetime.LoadZone("america/new_york")
	if err != nil {
		t.Fatal(err)
	}
	st := &Style{Zone: zone}
	for in, want := range map[string]string{
		"2020-07-01 12:00:00":    "2020-07-01 12:00:00-04",
		"2020-01-01 12:00:00Z":   "2020-01-01 07:00:00-05",
		"2020-03-08 02:30:00":    "2020-03-08 03:30:00-04",
		"2020-11-01 01:30:00":    "2020-11-01 01:30:00-05",
		"1800-01-01 00:00:00":    "1800-01-01 00:00:00-04:56:02",
		"0044-03-15 12:00:00 BC": "0044-03-15 12:00:00-04:56:02 BC",
	} {
		d, err := ParseText(T(Timestamptz), in, st)
		if got := TextOf(T(Timestamptz), d, st); err != nil || got != want {
			t.Errorf("%s: got %s, want %s (%v)", in, got, want, err)
		}
	}
	for _, bad := range []string{"", "local", "Foo/Bar", "../etc/passwd", "/etc/localtime"} {
		if _, err := datetime.LoadZone(bad); err == nil {
			t.Errorf("%q is taken for a zone", bad)
		}
	}
}

func TestVolatileInput(t *testing.T) {
	if _, err := ParseText(T(Date), "tomorrow", nil); err != ErrVolatileInput {
		t.Errorf("got %v", err)
	}
	now := time.Date(2020, 2, 28, 23, 30, 0, 0, time.UTC).UnixMicro() + datetime.UnixEpochMicro
	zone, err := datetime.LoadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	st := &Style{Zone: zone, Now: &now}
	for _, c := range []struct {
		typ      Kind
		in, want string
	}{
		{Date, "today", "2020-02-29"},
		{Date, "tomorrow", "2020-03-01"},
		{Timestamptz, "now", "2020-02-29 00:30:00+01"},
		{Timestamp, "yesterday 10:00", "2020-02-28 10:00:00"},
		{Time, "now", "00:30:00"},
	} {
		d, err := ParseText(T(c.typ), c.in, st)
		if got := TextOf(T(c.typ), d, st); err != nil || got != c.want {
			t.Errorf("%s: got %s, want %s (%v)", c.in, got, c.want, err)
		}
	}
}

func TestApplyTypmod(t *testing.T) {
	for _, c := range []struct {
		typ      Type
		in       string
		explicit bool
		want     string
	}{
		{T(Varchar).WithTypmod(7), "abcd", true, "abc"},
		{T(Varchar).WithTypmod(7), "abcd", false, "ERR 22001 value too long for type character varying(3)"},
		{T(Varchar).WithTypmod(7), "éé日本", true, "éé日"},
		{T(BPChar).WithTypmod(7), "é", false, "é  "},
		{T(BPChar).WithTypmod(5), "ab", true, "a"},
	} {
		d, err := ApplyTypmod(c.typ, StringDatum(c.in), c.explicit)
		got := string(d.B)
		if err != nil {
			got = errorText(err)
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.typ, c.in, got, c.want)
		}
	}
}

func TestJSONBAccess(t *testing.T) {
	v, err := jsonb.Canonical(nil, []byte(`{"b":[1,"x",{"y":null}],"a\n":true,"":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := jsonb.Field(v, "b"); !ok || string(b) != `[1, "x", {"y": null}]` {
		t.Errorf("b is %s", b)
	} else if e, ok := jsonb.Elem(b, -1); !ok || string(e) != `{"y": null}` {
		t.Errorf("its last is %s", e)
	} else if _, ok := jsonb.Elem(b, 3); ok {
		t.Error("an element past the end")
	}
	if a, ok := jsonb.Field(v, "a\n"); !ok || string(a) != "true" {
		t.Errorf("a is %s", a)
	}
	if _, ok := jsonb.Field(v, "c"); ok || jsonb.Len(v) != 3 {
		t.Error("a key that is not there")
	}
}

// TestHashIsStable pins the hash, as it decides where rows lie on disk.
func TestHashIsStable(t *testing.T) {
	types := []Type{T(Int8), T(Text), T(Numeric)}
	n, _ := ParseText(T(Numeric), "1.50", nil)
	m, _ := ParseText(T(Numeric), "1.5", nil)
	h := HashDatums(types, []Datum{IntDatum(42), StringDatum("hello"), n})
	if h != HashDatums(types, []Datum{IntDatum(42), StringDatum("hello"), m}) {
		t.Error("scale changes the hash")
	}
	if h != 0x39d2ec4cabf732f2 {
		t.Errorf("the hash has changed: %#x", h)
	}
}

// TestCalendar checks that day numbers and dates are inverses over PostgreSQL's range.
func TestCalendar(t *testing.T) {
	for days := datetime.DateMin; days < datetime.DateEnd; days += 997_331 {
		year, month, day := datetime.Civil(days)
		if back := datetime.Days(year, int64(month), int64(day)); back != days {
			t.Fatalf("day %d is %d-%d-%d, which is day %d", days, year, month, day, back)
		}
	}
	if y, m, d := datetime.Civil(0); y != 2000 || m != 1 || d != 1 {
		t.Errorf("day 0 is %d-%d-%d", y, m, d)
	}
}

// TestSlice checks that each slice of a batch has the rows that it names, NULLs
// at any place of the bitmap's words included.
func TestSlice(t *testing.T) {
	b := &Batch{Cols: []Column{NewColumn(T(Int8), 0), NewColumn(T(Float8), 0), NewColumn(T(Text), 0), {Type: T(Text)}}}
	for i := range 200 {
		if i%3 == 0 || i == 64 {
			b.Cols[0].AppendNull()
			b.Cols[2].AppendNull()
		} else {
			b.Cols[0].AppendInt(int64(i))
			b.Cols[2].AppendString(fmt.Sprint(i))
		}
		b.Cols[1].AppendFloat(float64(i))
		b.Weights = append(b.Weights, int64(i))
	}
	for _, at := range [][2]int{{0, 200}, {0, 0}, {0, 64}, {63, 65}, {64, 200}, {100, 101}, {130, 200}, {199, 200}} {
		from, to := at[0], at[1]
		s := b.Slice(from, to)
		if s.Len() != to-from || s.Cols[3].Type != T(Text) {
			t.Fatalf("%v: %d rows, the last column is %v", at, s.Len(), s.Cols[3].Type)
		}
		for i := range s.Len() {
			if s.Weights[i] != b.Weights[from+i] {
				t.Errorf("%v: row %d has weight %d", at, i, s.Weights[i])
			}
			for c := range 3 {
				if CompareValues(&s.Cols[c], i, &b.Cols[c], from+i) != 0 {
					t.Errorf("%v: column %d of row %d is %v, not %v", at, c, i, s.Cols[c].Datum(i), b.Cols[c].Datum(from+i))
				}
			}
		}
	}
}
