package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// shapeColumns has a column for every way of reading a value.
func shapeColumns() []Column {
	return []Column{
		field("i", row.T(row.Int2)), field("j", row.T(row.Int4)), field("k", row.T(row.Int8)), field("t", row.T(row.Text)),
		field("v", row.T(row.Varchar)), field("c", row.T(row.Varchar).WithTypmod(9)), field("d", row.T(row.Timestamp)),
		field("z", row.T(row.Timestamptz)), field("f", row.T(row.Float8)), field("n", row.T(row.Numeric)), field("b", row.T(row.Bool)),
		{Name: "o", Type: row.T(row.Int8), Origin: Offset},
	}
}

// TestShapes sends messages of few shapes through one decoder, all sorts of
// values among them, and each of them through a decoder that knows no shape:
// both must say the same, whichever columns are wanted.
func TestShapes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := []string{`0`, `7`, `12345`, `99999999`, `123456789`, `1234567890123456`, `12345678901234567`, `-5`, `1.5`, `1e2`, `007`, `null`, `true`,
		`""`, `"a"`, `"sixteen letters."`, `"seventeen letters"`, `"a longer text, of more than 32 bytes"`, `"a\"b\u00e4"`, `"grüße"`, "\"a\tb\"", "\"\xff\"",
		`"2024-01-02T03:04:05Z"`, `"2024-01-02 03:04:05.123456"`, `"2024-01-02T03:04:05.1234567Z"`, `"2024-13-02T03:04:05Z"`, `1700000000`, `{"x":[1,2]}`, `[`, ``}
	good := map[string][]string{"i": values[:3], "j": values[:5], "k": values[:8], "t": values, "v": values[13:20], "c": values[13:15],
		"d": values[22:24], "z": values[22:25], "f": values[:10], "n": values[:10], "b": values[12:13]}
	shapes := []struct{ open, between, colon, end string }{{`{`, `,`, `:`, `}`}, {`{ `, ", ", ": ", " }"}, {"{\n\t", ",\n\t", ": ", "\n}\n"}}
	names := []string{"i", "j", "k", "t", "v", "c", "d", "z", "f", "n", "b", "other", "a_long_name_that_no_column_has"}
	for _, wanted := range [][]int{nil, {}, {2, 3, 7}, {0, 1, 4, 5, 6, 8, 9, 10, 11}} {
		warm := newDecoder(t, Spec{Columns: shapeColumns(), Wanted: wanted})
		out, taken := warm.NewBatch(0), 0
		for i := range 6_000 {
			if i%300 == 0 {
				rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			}
			sh := shapes[i/100%len(shapes)]
			var fields []string
			for _, name := range names[:5+i/1000%8] {
				v := values[rng.IntN(21)]
				if mine := good[name]; mine != nil {
					v = mine[rng.IntN(len(mine))]
				}
				if rng.IntN(60) == 0 {
					v = values[rng.IntN(len(values))]
				}
				if rng.IntN(200) == 0 {
					name = "i"
				}
				fields = append(fields, `"`+name+`"`+sh.colon+v)
			}
			m := topics.Message{Offset: int64(i), Value: []byte(sh.open + strings.Join(fields, sh.between) + sh.end)}
			fresh := newDecoder(t, Spec{Columns: shapeColumns(), Wanted: wanted})
			want := fresh.NewBatch(1)
			_, wantErr := fresh.Decode(&m, want)
			before := out.Len()
			_, err := warm.Decode(&m, out)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%s: %v, want %v", m.Value, err, wantErr)
			}
			if err == nil {
				taken++
				if got, want := fmt.Sprint(out.Row(before)), fmt.Sprint(want.Row(0)); got != want {
					t.Fatalf("%s: %s, want %s", m.Value, got, want)
				}
			}
			for c := range out.Cols {
				if out.Cols[c].Len() != out.Len() {
					t.Fatalf("%s: column %d has %d rows of %d", m.Value, c, out.Cols[c].Len(), out.Len())
				}
			}
		}
		if taken < 1000 {
			t.Errorf("only %d messages were rows", taken)
		}
	}
}

// TestShapeIsLearnt: the messages of one producer go the short way from the second on.
func TestShapeIsLearnt(t *testing.T) {
	d := newDecoder(t, Spec{Columns: bidColumns(), Wanted: []int{2}})
	b := d.NewBatch(2)
	for i := range 3 {
		m := topics.Message{Value: []byte(bid)}
		if _, err := d.Decode(&m, b); err != nil {
			t.Fatal(err)
		}
		if i > 0 && !d.shaped([]byte(bid)) {
			t.Errorf("message %d is of no known shape", i)
		}
	}
	if d.shaped([]byte(strings.Replace(bid, "price", "prize", 1))) {
		t.Error("another name is of the same shape")
	}
}
