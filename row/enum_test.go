package row

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// moods is the enumerated type of the tests, with labels that need quotes.
var moods = func() *EnumType {
	e := &EnumType{OID: EnumOID(7), Schema: "public", Name: "mood"}
	for i, label := range []string{"sad", "ok", "not, bad", `"`, "", "NULL", "happy"} {
		v, _ := e.Room(i)
		e.Values = append(e.Values, EnumValue{Label: label, Int: v, OID: uint32(20000 + i)})
	}
	DefineEnum(e)
	return e
}()

// TestEnumRoom adds labels at random places: the values that are there keep their
// integers, and these ascend.
func TestEnumRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	e := &EnumType{OID: EnumOID(8), Schema: "public", Name: "grown"}
	was := map[string]int64{}
	for n := range 200 {
		at := r.IntN(len(e.Values) + 1)
		v, ok := e.Room(at)
		if !ok {
			t.Fatalf("no room for label %d at %d", n, at)
		}
		label := fmt.Sprint(n)
		e.Values = slices.Insert(e.Values, at, EnumValue{Label: label, Int: v})
		was[label] = v
		for i, x := range e.Values {
			if x.Int != was[x.Label] {
				t.Fatalf("label %s was %d and is %d", x.Label, was[x.Label], x.Int)
			}
			if i > 0 && e.Values[i-1].Int >= x.Int {
				t.Fatalf("%v does not ascend", e.Values)
			}
		}
	}
}

// TestEnumRoomEnds halves the space between two neighbours until there is none, and
// asks for more at the ends than integers can tell.
func TestEnumRoomEnds(t *testing.T) {
	e := &EnumType{Values: []EnumValue{{Int: 0}, {Int: enumGap}}}
	n := 0
	for v, ok := e.Room(1); ok; v, ok = e.Room(1) {
		e.Values[1].Int = v
		n++
	}
	if n != 24 {
		t.Errorf("room for %d labels, not 24", n)
	}
	e.Values = []EnumValue{{Int: math.MinInt64 + 1}, {Int: math.MaxInt64 - 1}}
	if _, ok := e.Room(0); ok {
		t.Error("room below the least integer")
	}
	if _, ok := e.Room(2); ok {
		t.Error("room above the greatest integer")
	}
	if v, ok := e.Room(1); !ok || v < -1 || v > 1 {
		t.Errorf("between the ends: %d, %v", v, ok)
	}
}

// TestEnumForms holds the texts of values, types and errors.
func TestEnumForms(t *testing.T) {
	mood := moods.Type()
	list := mood.ArrayType()
	d, err := ParseText(list, `{sad,"not, bad","",NULL,"NULL"}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	rec := BytesDatum(AppendRecord(nil, []string{"m", "l"}, []Type{mood, list}, Row{IntDatum(moods.Values[1].Int), d}))
	_, types, _, err := RecordFields(rec.B)
	if err != nil || types[0] != mood || types[1] != list {
		t.Errorf("the record's types are %v: %v", types, err)
	}
	byOID, _ := TypeByOID(moods.OID)
	arrayByOID, _ := TypeByOID(moods.OID + 1)
	odd := &EnumType{OID: EnumOID(9), Schema: "s", Name: "Odd One"}
	DefineEnum(odd)
	_, bad := ParseText(mood, "Sad", nil)
	_, badBinary := ParseBinary(mood, []byte("sad "))
	var out strings.Builder
	for _, v := range []any{
		TextOf(list, d, nil), TextOf(T(Record), rec, nil), string(AppendBinary(nil, mood, IntDatum(moods.Values[6].Int))),
		mood, list, byOID == mood, arrayByOID == list, mood.Name(), list.Name(), odd.Type(), odd.Type().ArrayType(), bad, badBinary,
		mood.Base() == mood, list.ElemType() == mood, mood.Typmod(), mood.Len(), TextOf(mood, IntDatum(3), nil),
	} {
		fmt.Fprintln(&out, v)
	}
	const want = `{sad,"not, bad","",NULL,"NULL"}
(ok,"{sad,""not, bad"","""",NULL,""NULL""}")
happy
mood
mood[]
true
true
mood
_mood
s."Odd One"
s."Odd One"[]
invalid input value for enum mood: "Sad"
invalid input value for enum mood: "sad "
true
true
-1
4
3
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestEnumRecordKeys sends records of enums through the key codec.
func TestEnumRecordKeys(t *testing.T) {
	mood := moods.Type()
	in := NewColumn(T(Record), 0)
	for _, v := range moods.Values {
		in.AppendBytes(AppendRecord(nil, nil, []Type{mood, T(Int4)}, Row{IntDatum(v.Int), IntDatum(5)}))
	}
	for _, o := range []Order{{}, {Desc: true}} {
		out := NewColumn(T(Record), 0)
		for i := range in.Len() {
			rest, err := DecodeKey(AppendKeyOrder(nil, &in, i, o), &out, o)
			if err != nil || len(rest) > 0 || string(out.Bytes(i)) != string(in.Bytes(i)) {
				t.Fatalf("%v: %x became %x: %v", o, in.Bytes(i), out.Bytes(i), err)
			}
			if n, err := SkipKey(AppendKeyOrder(nil, &in, i, o), T(Record), o); err != nil || len(n) > 0 {
				t.Fatalf("skipping: %v", err)
			}
		}
	}
}
