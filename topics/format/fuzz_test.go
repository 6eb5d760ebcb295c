package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// FuzzJSON: no input panics or leaves half a row, what is taken for JSON is JSON
// to the standard library as well, a text field has the value that it reads, and
// the columns that are wanted do not change what is a row.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{bid, `{"v":"a\ud83d\ude00\n","n":1.5e3,"j":{"a":[1,null]},"t":1700000000,"xs":["a",null]}`, `{"v":null}`, `{`, `{"n":1e999,"v":"\u0000"}`} {
		f.Add([]byte(s), []byte(`{"id":1}`))
	}
	cols := []Column{
		{Name: "id", Type: row.T(row.Int4), Origin: KeyField},
		field("v", row.T(row.Text)), field("n", row.T(row.Numeric)), field("i", row.T(row.Int2)), field("f", row.T(row.Float8)),
		field("j", row.T(row.JSON)), field("t", row.T(row.Timestamptz)), field("b", row.T(row.Bool)), field("xs", row.ArrayOf(row.Text)),
	}
	f.Fuzz(func(t *testing.T, value, key []byte) {
		d := newDecoder(t, Spec{Format: Upsert, Columns: cols})
		narrow := newDecoder(t, Spec{Format: Upsert, Columns: cols, Wanted: []int{4}})
		b := d.NewBatch(1)
		m := topics.Message{Key: key, Value: value}
		_, err := d.Decode(&m, b)
		_, narrowErr := narrow.Decode(&m, narrow.NewBatch(1))
		if (err == nil) != (narrowErr == nil) {
			t.Fatalf("all columns: %v, one column: %v", err, narrowErr)
		}
		rows := 0
		if err == nil {
			rows = 1
		}
		for c := range b.Cols {
			if b.Cols[c].Len() != rows {
				t.Fatalf("column %d has %d rows after %v", c, b.Cols[c].Len(), err)
			}
		}
		// A decoder that knows the message's shape, or another one's, says the same.
		_, again := d.Decode(&m, b)
		warm := newDecoder(t, Spec{Format: Upsert, Columns: cols})
		w := warm.NewBatch(1)
		if _, err := warm.Decode(&topics.Message{Key: []byte("1"), Value: []byte(`{"v":"a","n":1,"i":2,"f":3,"j":{},"t":"2024-01-02T03:04:05Z","b":true}`)}, w); err != nil {
			t.Fatal(err)
		}
		_, other := warm.Decode(&m, w)
		if fmt.Sprint(again) != fmt.Sprint(err) || fmt.Sprint(other) != fmt.Sprint(err) {
			t.Fatalf("first %v, then %v, after another message %v", err, again, other)
		}
		if err != nil || value == nil {
			return
		}
		if a, b, c := fmt.Sprint(b.Row(0)), fmt.Sprint(b.Row(1)), fmt.Sprint(w.Row(1)); a != b || a != c {
			t.Fatalf("first %s, then %s, after another message %s", a, b, c)
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal(value, &doc); err != nil {
			t.Fatalf("%q was taken, but %v", value, err)
		}
		var want *string
		if raw, ok := doc["v"]; ok && raw[0] == '"' {
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if got := b.Cols[1].Bytes(0); !bytes.Equal(got, []byte(*want)) || !utf8.Valid(got) {
				t.Fatalf("%s: read %q, want %q", raw, got, *want)
			}
		}
	})
}
