package pgwire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// ask sends a simple Query and gives the columns' names, the rows' cells, the tag
// and the code of an error, in a line.
func (c *conn) ask(tb testing.TB, nc *memConn, sql string) string {
	nc.keep = &bytes.Buffer{}
	msg, _ := (&pgproto3.Query{String: sql}).Encode(nil)
	c.feed(tb, nc, msg)
	var out []string
	for b := nc.keep.Bytes(); len(b) > 0; {
		kind, size := b[0], int(binary.BigEndian.Uint32(b[1:]))
		body := b[5 : 1+size]
		b = b[1+size:]
		switch kind {
		case 'T':
			m := pgproto3.RowDescription{}
			if err := m.Decode(body); err != nil {
				tb.Fatal(err)
			}
			for _, f := range m.Fields {
				out = append(out, string(f.Name))
			}
		case 'D':
			m := pgproto3.DataRow{}
			if err := m.Decode(body); err != nil {
				tb.Fatal(err)
			}
			for _, v := range m.Values {
				out = append(out, "="+string(v))
			}
		case 'C':
			out = append(out, string(body[:len(body)-1]))
		case 'E':
			m := pgproto3.ErrorResponse{}
			if err := m.Decode(body); err != nil {
				tb.Fatal(err)
			}
			out = append(out, m.Code)
		case 'Z':
			out = append(out, string(body))
		}
	}
	nc.keep = nil
	return strings.Join(out, " ")
}

// TestKnownTexts: a text that comes again is not prepared again, means what it
// means under the catalog of now, and answers as any other does.
func TestKnownTexts(t *testing.T) {
	c, nc := quickConn(t, 100)
	expect := func(sql, want string) {
		t.Helper()
		if got := c.ask(t, nc, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	const point = "SELECT id, name FROM v WHERE id = 7"
	for range 4 {
		expect(point, "id name =7 =name 7 SELECT 1 I")
	}
	first := c.texts.known[point]
	if first == nil {
		t.Fatal("the text is not remembered")
	}
	if n := testing.AllocsPerRun(50, func() { c.ask(t, nc, point) }); n > 40 {
		t.Errorf("%v allocations for a text that is known", n)
	}
	expect("BEGIN", "BEGIN T")
	expect(point, "id name =7 =name 7 SELECT 1 T")
	expect("COMMIT", "COMMIT I")
	expect("BEGIN; SELECT 1/0", "BEGIN 22012 E")
	expect(point, "25P02 E")
	expect("ROLLBACK", "ROLLBACK I")
	expect("CREATE TABLE other (id bigint)", "CREATE TABLE I")
	expect(point, "id name =7 =name 7 SELECT 1 I")

	const all = "SELECT * FROM shape"
	expect("CREATE TABLE shape (a bigint PRIMARY KEY); INSERT INTO shape VALUES (1)", "CREATE TABLE INSERT 0 1 I")
	for range 3 {
		expect(all, "a =1 SELECT 1 I")
	}
	expect("DROP TABLE shape; CREATE TABLE shape (b text, c bigint)", "DROP TABLE CREATE TABLE I")
	expect(all, "b c SELECT 0 I")
	expect("DROP TABLE shape", "DROP TABLE I")
	expect(all, "42P01 I")
	expect("INSERT INTO other VALUES (5)", "INSERT 0 1 I")
	for range 3 {
		expect("SELECT count(*) FROM other", "count =1 SELECT 1 I")
	}
	expect("SELECT 1/0", "22012 I")
	expect("SELECT 1/0", "22012 I")

	for i := range 2 * maxKnownTexts {
		for range 2 {
			expect(fmt.Sprintf("SELECT id FROM v WHERE id + %d = 99 + %d", i, i), "id =99 SELECT 1 I")
		}
	}
	if n := len(c.texts.known); n != maxKnownTexts {
		t.Errorf("%d texts are remembered", n)
	}
}

// TestKnownParses: a Parse whose text has come before, with the same types, gives
// what was prepared then.
func TestKnownParses(t *testing.T) {
	c, nc := quickConn(t, 100)
	const sql = "SELECT id FROM v WHERE id = $1"
	parse := func(oids ...uint32) Prepared {
		msg, _ := (&pgproto3.Parse{Query: sql, ParameterOIDs: oids}).Encode(nil)
		msg, _ = (&pgproto3.Sync{}).Encode(msg)
		c.feed(t, nc, msg)
		return c.statements[""].prepared
	}
	parse()
	if known := parse(); parse() != known {
		t.Error("a text is prepared again")
	}
	parse(23)
	if known := parse(23); known == parse() || known != parse(23) {
		t.Error("types make no difference, or a text with types is prepared again")
	}
	if got := c.ask(t, nc, sql); got != "42P02 I" {
		t.Errorf("as a simple query: %s", got)
	}
}
