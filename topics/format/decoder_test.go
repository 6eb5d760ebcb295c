package format

import (
	"errors"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// newDecoder makes a decoder or fails the test.
func newDecoder(t testing.TB, spec Spec) *Decoder {
	t.Helper()
	d, err := NewDecoder(spec)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// show is a batch's row as text: values by |, NULL as ∅.
func show(b *row.Batch, i int) string {
	var parts []string
	for c := range b.Cols {
		if b.Cols[c].IsNull(i) {
			parts = append(parts, "∅")
			continue
		}
		parts = append(parts, row.TextOf(b.Cols[c].Type, b.Cols[c].Datum(i), nil))
	}
	return strings.Join(parts, "|")
}

// one decodes a message alone, and returns its row or its error as text.
func one(d *Decoder, m topics.Message) (string, Op) {
	b := d.NewBatch(1)
	op, err := d.Decode(&m, b)
	if err != nil {
		var e *DecodeError
		if !errors.As(err, &e) {
			return "untyped error: " + err.Error(), op
		}
		if b.Len() != 0 {
			return "batch not rolled back", op
		}
		for c := range b.Cols {
			if b.Cols[c].Len() != 0 {
				return "column not rolled back", op
			}
		}
		return e.Code + " " + e.Message, op
	}
	for c := range b.Cols {
		if b.Cols[c].Len() != 1 {
			return "column " + string(rune('0'+c)) + " has not one row", op
		}
	}
	return show(b, 0), op
}

func field(name string, t row.Type) Column { return Column{Name: name, Type: t} }

// TestValues decodes one field v of each type.
func TestValues(t *testing.T) {
	varchar3 := row.T(row.Varchar).WithTypmod(7)
	for _, tc := range []struct {
		typ  row.Type
		json string
		want string
	}{
		{row.T(row.Bool), `true`, "t"},
		{row.T(row.Bool), `false`, "f"},
		{row.T(row.Bool), `"yes"`, "t"},
		{row.T(row.Bool), `1`, `22P02 column "v": invalid input syntax for type boolean: "1"`},
		{row.T(row.Int2), `-32768`, "-32768"},
		{row.T(row.Int2), `32768`, `22003 column "v": value "32768" is out of range for type smallint`},
		{row.T(row.Int4), `2147483647`, "2147483647"},
		{row.T(row.Int4), `2147483648`, `22003 column "v": value "2147483648" is out of range for type integer`},
		{row.T(row.Int8), `9223372036854775807`, "9223372036854775807"},
		{row.T(row.Int8), `-9223372036854775808`, "-9223372036854775808"},
		{row.T(row.Int8), `9223372036854775808`, `22003 column "v": value "9223372036854775808" is out of range for type bigint`},
		{row.T(row.Int8), `1e400`, `22003 column "v": value "1e400" is out of range for type bigint`},
		{row.T(row.Int8), `1e999999999999`, `22003 column "v": value "1e999999999999" is out of range for type bigint`},
		{row.T(row.Int8), `12345678901234567890123.5`, `22003 column "v": value "12345678901234567890123.5" is out of range for type bigint`},
		{row.T(row.Int8), `1.0`, "1"},
		{row.T(row.Int8), `-0`, "0"},
		{row.T(row.Int8), `12.50e1`, "125"},
		{row.T(row.Int8), `1.5`, `22P02 column "v": invalid input syntax for type bigint: "1.5"`},
		{row.T(row.Int8), `"17"`, "17"},
		{row.T(row.Int8), `"x"`, `22P02 column "v": invalid input syntax for type bigint: "x"`},
		{row.T(row.Int8), `true`, `22P02 column "v": invalid input syntax for type bigint: "true"`},
		{row.T(row.Int8), `{"a":1}`, `22P02 column "v": invalid input syntax for type bigint: "{"a":1}"`},
		{row.T(row.Int8), `01`, `22P02 column "v": invalid input syntax for type json: a number with a leading zero at byte 6, '1'`},
		{row.T(row.Int8), `-`, `22P02 column "v": invalid input syntax for type json: a number needs a digit at byte 6, '}'`},
		{row.T(row.Int8), `null`, "∅"},
		{row.T(row.Float8), `0.1`, "0.1"},
		{row.T(row.Float8), `-1e-7`, "-1e-07"},
		{row.T(row.Float8), `123456789012345678901234567890`, "1.2345678901234568e+29"},
		{row.T(row.Float8), `5e-324`, "5e-324"},
		{row.T(row.Float8), `1e309`, `22003 column "v": value "1e309" is out of range for type double precision`},
		{row.T(row.Float8), `1e-400`, `22003 column "v": value "1e-400" is out of range for type double precision`},
		{row.T(row.Float8), `"NaN"`, "NaN"},
		{row.T(row.Float8), `"-Infinity"`, "-Infinity"},
		{row.T(row.Float4), `0.1`, "0.1"},
		{row.T(row.Float4), `1e39`, `22003 column "v": value "1e39" is out of range for type real`},
		{row.T(row.Numeric), `12.50`, "12.50"},
		{row.T(row.Numeric), `-0.000000000000000001`, "-0.000000000000000001"},
		{row.T(row.Numeric), `123456789012345678901234567890.123456789`, "123456789012345678901234567890.123456789"},
		{row.T(row.Numeric), `1e3`, "1000"},
		{row.T(row.Numeric), `"3.14"`, "3.14"},
		{row.T(row.Text), `"plain"`, "plain"},
		{row.T(row.Text), `""`, ""},
		{row.T(row.Text), `"a\"\\\/\b\f\n\r\tz"`, "a\"\\/\b\f\n\r\tz"},
		{row.T(row.Text), `"\u00e4\ud83d\ude00 and much more than eight bytes"`, "ä😀 and much more than eight bytes"},
		{row.T(row.Text), `"grüße aus köln, wide and long"`, "grüße aus köln, wide and long"},
		{row.T(row.Text), `"\ud83d"`, `22P02 column "v": invalid Unicode surrogate pair`},
		{row.T(row.Text), `"\ud83dx\ude00"`, `22P02 column "v": invalid Unicode surrogate pair`},
		{row.T(row.Text), `"a\u0000"`, `22P05 column "v": unsupported Unicode escape sequence: \u0000 cannot be converted to text`},
		{row.T(row.Text), "\"a\xffb\"", `22021 column "v": invalid byte sequence for encoding "UTF8"`},
		{row.T(row.Text), "\"a\nb\"", `22P02 column "v": invalid input syntax for type json: control character in a string at byte 7, '\n'`},
		{row.T(row.Text), `"a\q"`, `22P02 column "v": invalid input syntax for type json: unknown escape at byte 7, '\\'`},
		{row.T(row.Text), `12.0`, "12.0"},
		{row.T(row.Text), `false`, "false"},
		{row.T(row.Text), `{"a": [1, "x"]}`, `{"a": [1, "x"]}`},
		{varchar3, `"abc"`, "abc"},
		{varchar3, `"abcd"`, `22001 column "v": value too long for type character varying(3)`},
		{row.T(row.Bytea), `"\\x0aff"`, `\x0aff`},
		{row.T(row.UUID), `"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"`, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{row.T(row.Date), `"2024-02-29"`, "2024-02-29"},
		{row.T(row.Date), `20240229`, `22P02 column "v": invalid input syntax for type date: "20240229"`},
		{row.T(row.Time), `"12:34:56.5"`, "12:34:56.5"},
		{row.T(row.Interval), `"1 day 2 hours"`, "1 day 02:00:00"},
		{row.T(row.Timestamp), `"2024-02-29T12:34:56.789+02:00"`, "2024-02-29 12:34:56.789"},
		{row.T(row.Timestamp), `"2024-02-29 12:34:56"`, "2024-02-29 12:34:56"},
		{row.T(row.Timestamptz), `"2024-02-29T12:34:56.789012Z"`, "2024-02-29 12:34:56.789012+00"},
		{row.T(row.Timestamptz), `"2024-02-29T12:34:56-0330"`, "2024-02-29 16:04:56+00"},
		{row.T(row.Timestamptz), `"2024-02-29T12:34:56.1234567Z"`, "2024-02-29 12:34:56.123457+00"},
		{row.T(row.Timestamptz), `"0001-01-01 00:00:00+01"`, "0001-12-31 23:00:00+00 BC"},
		{row.T(row.Timestamptz), `"infinity"`, "infinity"},
		{row.T(row.Timestamptz), `"2023-02-29T12:34:56Z"`, `22008 column "v": date/time field value out of range: "2023-02-29T12:34:56Z"`},
		{row.T(row.Timestamptz), `1709210096`, "2024-02-29 12:34:56+00"},
		{row.T(row.Timestamptz), `1709210096789`, "2024-02-29 12:34:56.789+00"},
		{row.T(row.Timestamptz), `1709210096789012`, "2024-02-29 12:34:56.789012+00"},
		{row.T(row.Timestamptz), `-1`, "1969-12-31 23:59:59+00"},
		{row.T(row.Timestamptz), `1e18`, `22008 column "v": timestamp out of range: 1e18`},
		{row.T(row.Timestamptz), `1.5`, `22P02 column "v": invalid input syntax for type timestamp with time zone: "1.5"`},
		{row.T(row.JSON), ` {"b": 1,  "a": [ ]}`, `{"b": 1,  "a": [ ]}`},
		{row.T(row.JSONB), `{"b": 1,  "a": [1.0, "x"]}`, `{"a": [1.0, "x"], "b": 1}`},
		{row.T(row.JSONB), `"x"`, `"x"`},
		{row.ArrayOf(row.Int8), `[1, null, -3]`, "{1,NULL,-3}"},
		{row.ArrayOf(row.Int8), `[]`, "{}"},
		{row.ArrayOf(row.Int8), `[[1,2],[3,4]]`, "{{1,2},{3,4}}"},
		{row.ArrayOf(row.Text), `["a", "b\"c\\", "", "NULL", "x y"]`, `{a,"b\"c\\","","NULL","x y"}`},
		{row.ArrayOf(row.Text), `{}`, `22P02 column "v": invalid input syntax for type text[]: "{}"`},
		{row.ArrayOf(row.JSONB), `[{"a":[1]}, [2]]`, `{"{\"a\": [1]}",[2]}`},
	} {
		d := newDecoder(t, Spec{Columns: []Column{field("v", tc.typ)}})
		got, _ := one(d, topics.Message{Value: []byte(`{"v":` + tc.json + `}`)})
		if got != tc.want {
			t.Errorf("%s from %s:\n got %s\nwant %s", tc.typ, tc.json, got, tc.want)
		}
	}
}

func TestObjects(t *testing.T) {
	cols := []Column{
		field("a", row.T(row.Int8)), field("b", row.T(row.Text)), {Name: "c", Type: row.T(row.Bool), NotNull: true},
		{Name: "d", Type: row.T(row.Int4), Field: "the \"d\""},
	}
	d := newDecoder(t, Spec{Columns: cols})
	narrow := newDecoder(t, Spec{Columns: cols, Wanted: []int{3, 0}})
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	for _, tc := range []struct{ value, want, narrow string }{
		{`{"a":1,"b":"x","c":true}`, "1|x|t|∅", "∅|1"},
		{` { "c" : false , "other" : [ {"x":null}, -1.5e3 ] , "a" : 2 } `, "2|∅|f|∅", "∅|2"},
		{`{"c":true,"the \"d\"":5}`, "∅|∅|t|5", "5|∅"},
		{`{"c":true,"the \u0022d\"":5}`, "∅|∅|t|5", "5|∅"},
		{`{"c":true,"\ud800":5}`, "∅|∅|t|∅", "∅|∅"},
		{`{"a":1,"a":2,"c":true,"c":false}`, "2|∅|f|∅", "∅|2"},
		{`{"a":1,"a":null,"c":true}`, "∅|∅|t|∅", "∅|∅"},
		{`{"A":1,"c":true}`, "∅|∅|t|∅", "∅|∅"},
		{`{}`, `23502 null value in column "c" violates not-null constraint`, ""},
		{`{"a":1,"c":null}`, `23502 null value in column "c" violates not-null constraint`, ""},
		{`{"a":1,"b":"x","c":true`, `22P02 invalid input syntax for type json: expected "," or "}" at the end`, ""},
		{`{"a":1,"b":"x","c":true}}`, `22P02 invalid input syntax for type json: more follows the object at byte 24, '}'`, ""},
		{`{"a":1 "c":true}`, `22P02 invalid input syntax for type json: expected "," or "}" at byte 7, '"'`, ""},
		{`{,"a":1}`, `22P02 invalid input syntax for type json: expected a field name at byte 1, ','`, ""},
		{`{"a":1,}`, `22P02 invalid input syntax for type json: expected a field name at byte 7, '}'`, ""},
		{`{"a":1,,"c":true}`, `22P02 invalid input syntax for type json: expected a field name at byte 7, ','`, ""},
		{`{"a" 1}`, `22P02 invalid input syntax for type json: expected ":" at byte 5, '1'`, ""},
		{`{"c":true,"x":tru}`, `22P02 invalid input syntax for type json: expected a value at byte 14, 't'`, ""},
		{`{"c":true,"x":[1,]}`, `22P02 invalid input syntax for type json: expected a value at byte 17, ']'`, ""},
		{`{"c":true,"x":` + deep + `}`, `54001 JSON is nested too deep`, ""},
		{`[1]`, `22P02 invalid input syntax for type json: expected an object at byte 0, '['`, ""},
		{``, `22P02 invalid input syntax for type json: expected an object at the end`, ""},
		{`{"a":1,"b":"unterminated`, `22P02 column "b": invalid input syntax for type json: the string is not closed at the end`, ""},
	} {
		if tc.narrow == "" {
			// Whether a message is a row must not depend on which columns are wanted.
			tc.narrow = tc.want
		}
		m := topics.Message{Value: []byte(tc.value)}
		if got, _ := one(d, m); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.value, got, tc.want)
		}
		if got, _ := one(narrow, m); got != tc.narrow {
			t.Errorf("%s, two columns wanted:\n got %s\nwant %s", tc.value, got, tc.narrow)
		}
	}
	if got, _ := one(d, topics.Message{}); got != "22004 the message has no value" {
		t.Errorf("null value: %s", got)
	}
}

// TestRollback: rows around a bad message stay as they are.
func TestRollback(t *testing.T) {
	d := newDecoder(t, Spec{Columns: bidColumns()})
	b := d.NewBatch(4)
	good := topics.Message{Value: []byte(bid)}
	bad := topics.Message{Value: []byte(`{"auction":1,"bidder":2,"price":3,"channel":"c","url":"\u0000"}`)}
	for i, m := range []*topics.Message{&good, &bad, &good, &bad} {
		if _, err := d.Decode(m, b); (err != nil) != (i%2 == 1) {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if b.Len() != 2 || show(b, 0) != show(b, 1) {
		t.Errorf("rows: %d", b.Len())
	}
	for c := range b.Cols {
		if b.Cols[c].Len() != 2 {
			t.Errorf("column %d has %d rows", c, b.Cols[c].Len())
		}
	}
}

func TestAboutColumns(t *testing.T) {
	d := newDecoder(t, Spec{Columns: []Column{
		{Name: "k", Type: row.T(row.Bytea), Origin: Key},
		{Name: "kt", Type: row.T(row.Text), Origin: Key},
		field("v", row.T(row.Int8)),
		{Name: "p", Type: row.T(row.Int4), Origin: Partition},
		{Name: "o", Type: row.T(row.Int8), Origin: Offset},
		{Name: "ts", Type: row.T(row.Timestamptz), Origin: Timestamp},
		{Name: "hs", Type: row.T(row.JSON), Origin: Headers},
		{Name: "h", Type: row.T(row.Bytea), Origin: Header, Field: "trace"},
	}})
	for _, tc := range []struct {
		m    topics.Message
		want string
	}{
		{topics.Message{Key: []byte("ab"), Value: []byte(`{"v":1}`), Partition: 3, Offset: 1 << 40, Time: 1_709_210_096_789_000,
			Headers: []topics.Header{{Key: "trace", Value: []byte("1")}, {Key: "n"}, {Key: "trace", Value: []byte{0xff}}, {Key: "q\"\n", Value: []byte("\\")}}},
			`\x6162|ab|1|3|1099511627776|2024-02-29 12:34:56.789+00|` +
				`[{"key":"trace","value":"1"},{"key":"n","value":null},{"key":"trace","value":"\\xff"},{"key":"q\"\u000a","value":"\\"}]|\xff`},
		{topics.Message{Value: []byte(`{}`), Time: topics.NoTime}, `∅|∅|∅|0|0|∅|[]|∅`},
		{topics.Message{Key: []byte{0xff}, Value: []byte(`{}`)}, `22021 column "kt": invalid byte sequence for encoding "UTF8"`},
	} {
		if got, _ := one(d, tc.m); got != tc.want {
			t.Errorf("%+v:\n got %s\nwant %s", tc.m, got, tc.want)
		}
	}
	only := newDecoder(t, Spec{Columns: []Column{{Name: "o", Type: row.T(row.Int8), Origin: Offset}}})
	if got, _ := one(only, topics.Message{Offset: 7}); got != "7" {
		t.Errorf("null value where no field is read: %s", got)
	}
}

func TestUpsert(t *testing.T) {
	single := newDecoder(t, Spec{Format: Upsert, Columns: []Column{
		{Name: "id", Type: row.T(row.Int8), Origin: KeyField}, {Name: "name", Type: row.T(row.Text), NotNull: true}}})
	double := newDecoder(t, Spec{Format: Upsert, Columns: []Column{
		field("v", row.T(row.Int8)), {Name: "b", Type: row.T(row.Text), Origin: KeyField}, {Name: "a", Type: row.T(row.Int8), Origin: KeyField}}})
	whole := newDecoder(t, Spec{Format: Upsert, Columns: []Column{
		{Name: "k", Type: row.T(row.Bytea), Origin: Key}, field("v", row.T(row.Int8))}})
	str := newDecoder(t, Spec{Format: Upsert, Columns: []Column{{Name: "k", Type: row.T(row.Text), Origin: KeyField}}})
	null := "null"
	for _, tc := range []struct {
		d          *Decoder
		key, value string
		want       string
		op         Op
	}{
		{single, `17`, `{"id":99,"name":"x"}`, "17|x", Put},
		{single, `"17"`, `{"name":"x"}`, "17|x", Put},
		{single, `{"id": 17}`, `{"name":"x"}`, "17|x", Put},
		{single, `{"id":17}`, null, "17|∅", Delete},
		{single, ` 17 `, null, "17|∅", Delete},
		{single, `{"other":17}`, null, `23502 null value in column "id" violates not-null constraint`, Delete},
		{single, `{"id":null}`, null, `23502 null value in column "id" violates not-null constraint`, Delete},
		{single, `x17`, null, `22P02 column "id": invalid input syntax for type bigint: "x17"`, Delete},
		{single, `17x`, null, `22P02 column "id": invalid input syntax for type bigint: "17x"`, Delete},
		{single, `17`, `{}`, `23502 null value in column "name" violates not-null constraint`, Put},
		{double, `{"a":1,"b":"x","c":[]}`, `{"v":5,"a":2}`, "5|x|1", Put},
		{double, `{"a":1,"b":"x","a":3}`, null, "∅|x|3", Delete},
		{double, `{"a":1,"b":"x"} x`, null, `22P02 invalid input syntax for type json: more follows the key at byte 16, 'x'`, Delete},
		{double, `1`, null, `22P02 the key is no JSON object, and the primary key has several columns`, Delete},
		{whole, `{"a":1}`, `{"v":5}`, `\x7b2261223a317d|5`, Put},
		{str, `abc`, null, "abc", Delete},
		{str, `"abc"`, null, "abc", Delete},
		{str, `2024-01-01`, null, "2024-01-01", Delete},
	} {
		m := topics.Message{Key: []byte(tc.key)}
		if tc.value != null {
			m.Value = []byte(tc.value)
		}
		got, op := one(tc.d, m)
		if got != tc.want || op != tc.op {
			t.Errorf("key %s value %s:\n got %s, op %d\nwant %s, op %d", tc.key, tc.value, got, op, tc.want, tc.op)
		}
	}
	if got, _ := one(single, topics.Message{Value: []byte(`{"name":"x"}`)}); got != "22004 the message has no key" {
		t.Errorf("no key: %s", got)
	}
	b := single.NewBatch(2)
	for _, v := range [][]byte{[]byte(`{"name":"x"}`), nil} {
		if _, err := single.Decode(&topics.Message{Key: []byte("1"), Value: v}, b); err != nil {
			t.Fatal(err)
		}
	}
	if b.Weights[0] != 1 || b.Weights[1] != -1 {
		t.Errorf("weights %v", b.Weights)
	}
}

func TestSpecErrors(t *testing.T) {
	for _, tc := range []struct {
		spec Spec
		want string
	}{
		{Spec{Format: Upsert, Columns: []Column{field("a", row.T(row.Int8))}}, "FORMAT UPSERT needs a primary key"},
		{Spec{Columns: []Column{{Name: "p", Type: row.T(row.Bool), Origin: Partition}}}, `column "p" cannot be of type bool: it is the partition of messages`},
		{Spec{Columns: []Column{field("a", row.T(row.Int8)), {Name: "b", Type: row.T(row.Int8), Field: "a"}}}, `field "a" is read by two columns`},
	} {
		_, err := NewDecoder(tc.spec)
		var e *topics.OptionError
		if !errors.As(err, &e) || e.Message != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
	if _, err := ParseFormat("debezium"); err == nil || err.Error() != `format "debezium" is not supported` {
		t.Errorf("ParseFormat: %v", err)
	}
	if f, err := ParseFormat("upsert"); f != Upsert || err != nil {
		t.Errorf("ParseFormat: %v", err)
	}
	if _, err := ParseEncode("avro"); err == nil || err.Error() != `encoding "avro" is not supported` {
		t.Errorf("ParseEncode: %v", err)
	}
}
