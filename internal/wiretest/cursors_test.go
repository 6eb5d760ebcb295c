package wiretest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// exchange sends messages and a Sync, and gives the answers up to ReadyForQuery in words.
func exchange(t *testing.T, conn *pgconn.PgConn, messages ...pgproto3.FrontendMessage) string {
	t.Helper()
	f := conn.Frontend()
	for _, m := range append(messages, &pgproto3.Sync{}) {
		f.Send(m)
	}
	if err := f.Flush(); err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		m, err := f.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *pgproto3.ReadyForQuery:
			return strings.Join(append(out, string(m.TxStatus)), " ")
		case *pgproto3.RowDescription:
			for _, c := range m.Fields {
				out = append(out, fmt.Sprintf("%s:%d/%d", c.Name, c.DataTypeOID, c.Format))
			}
		case *pgproto3.DataRow:
			out = append(out, fmt.Sprintf("%q", m.Values))
		case *pgproto3.CommandComplete:
			out = append(out, string(m.CommandTag))
		case *pgproto3.ErrorResponse:
			out = append(out, m.Code, m.Message)
		case *pgproto3.PortalSuspended:
			out = append(out, "suspended")
		case *pgproto3.NoData:
			out = append(out, "none")
		case *pgproto3.ParameterDescription:
			out = append(out, fmt.Sprint(m.ParameterOIDs))
		}
	}
}

// What clients send of the protocol about cursors: psycopg describes the portal that
// DECLARE has made, postgres_fdw binds parameters to DECLARE.
func TestCursorsAndPortals(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 9)")
	conn := connect(t, s, "").PgConn()
	run(t, conn, "BEGIN")
	for _, c := range []struct {
		want     string
		messages []pgproto3.FrontendMessage
	}{
		{"[23] none DECLARE CURSOR T", []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: `DECLARE "c1" CURSOR FOR SELECT id FROM t WHERE id > $1 ORDER BY id`}, &pgproto3.Describe{ObjectType: 'S'},
			&pgproto3.Bind{Parameters: [][]byte{[]byte("2")}}, &pgproto3.Execute{}}},
		{"id:23/0 T", []pgproto3.FrontendMessage{&pgproto3.Describe{ObjectType: 'P', Name: "c1"}}},
		{`id:23/1 ["\x00\x00\x00\x03"] FETCH 1 T`, []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "FETCH c1"}, &pgproto3.Bind{ResultFormatCodes: []int16{1}}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}}},
		{`["4"] ["5"] suspended T`, []pgproto3.FrontendMessage{&pgproto3.Execute{Portal: "c1", MaxRows: 2}}},
		{`["6"] suspended ["7"] suspended T`, []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "FETCH 3 FROM c1"}, &pgproto3.Bind{DestinationPortal: "p"}, &pgproto3.Execute{Portal: "p", MaxRows: 1}, &pgproto3.Execute{Portal: "p", MaxRows: 1}}},
		{`["9"] FETCH 1 ["8"] FETCH 3 T`, []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "FETCH FORWARD ALL FROM c1"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Execute{Portal: "p"}}},
		{"SELECT 0 T", []pgproto3.FrontendMessage{&pgproto3.Execute{Portal: "c1"}}},
		{`["1"] suspended T`, []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "SELECT id FROM t ORDER BY id"}, &pgproto3.Bind{DestinationPortal: "bound"}, &pgproto3.Execute{Portal: "bound", MaxRows: 1}}},
		{"none CLOSE CURSOR T", []pgproto3.FrontendMessage{
			&pgproto3.Parse{Query: "CLOSE bound"}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}}},
		{"T", []pgproto3.FrontendMessage{&pgproto3.Close{ObjectType: 'P', Name: "c1"}}},
		{"34000 portal \"c1\" does not exist E", []pgproto3.FrontendMessage{&pgproto3.Describe{ObjectType: 'P', Name: "c1"}}},
	} {
		if got := exchange(t, conn, c.messages...); got != c.want {
			t.Errorf("%v:\n%s, want\n%s", c.messages, got, c.want)
		}
	}
	run(t, conn, "ROLLBACK")

	taken := []pgproto3.FrontendMessage{&pgproto3.Parse{Query: "SELECT 1"}, &pgproto3.Bind{DestinationPortal: "c"}}
	run(t, conn, "BEGIN; DECLARE c CURSOR FOR SELECT 1")
	if got, want := exchange(t, conn, taken...), "42P03 cursor \"c\" already exists E"; got != want {
		t.Errorf("a portal with the name of a cursor: %s, want %s", got, want)
	}
	run(t, conn, "ROLLBACK; BEGIN")
	if got := exchange(t, conn, taken...); got != "T" {
		t.Error(got)
	}
	refused(t, conn, "DECLARE c CURSOR FOR SELECT 1", "42P03")
	run(t, conn, "ROLLBACK")
}

// A statement that fetches has the columns of the cursor that is there.
func TestFetchedColumns(t *testing.T) {
	conn := connect(t, Start(t, ""), "").PgConn()
	fetch := []pgproto3.FrontendMessage{&pgproto3.Bind{PreparedStatement: "f"}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}}
	run(t, conn, "BEGIN; DECLARE c CURSOR FOR SELECT 1 AS a")
	if got, want := exchange(t, conn, append([]pgproto3.FrontendMessage{&pgproto3.Parse{Name: "f", Query: "FETCH c"}}, fetch...)...), `a:23/0 ["1"] FETCH 1 T`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	run(t, conn, "CLOSE c; DECLARE c CURSOR FOR SELECT 'x' AS b, 2 AS c")
	if got, want := exchange(t, conn, fetch...), `b:25/0 c:23/0 ["x" "2"] FETCH 1 T`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	run(t, conn, "ROLLBACK")
}

// The rows of a binary cursor come in binary form where the client cannot ask for it.
func TestBinaryCursor(t *testing.T) {
	conn := connect(t, Start(t, ""), "").PgConn()
	run(t, conn, "BEGIN; DECLARE c BINARY CURSOR FOR SELECT n, n::text FROM generate_series(1, 4) n")
	for n := range 4 { // the text is soon remembered
		r := run(t, conn, "FETCH c")[0]
		if got, want := fmt.Sprintf("%q %d", r.Rows, r.FieldDescriptions[0].Format), fmt.Sprintf(`[["\x00\x00\x00\x%02d" "%d"]] 1`, n+1, n+1); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A cursor over a large table reads it as its rows are fetched; one that goes back keeps
// them, under the memory limit.
func TestCursorOfManyRows(t *testing.T) {
	const rows = 20_000
	s := Start(t, fmt.Sprintf("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, %d) n", rows))
	conn, other := connect(t, s, "").PgConn(), connect(t, s, "").PgConn()
	run(t, conn, "BEGIN; DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id; DECLARE s CURSOR FOR SELECT -id FROM t ORDER BY 1 DESC")
	run(t, other, "DELETE FROM t WHERE id > 5")
	next := 1
	for next <= rows {
		for _, r := range run(t, conn, "FETCH FORWARD 777 FROM c")[0].Rows {
			if got := string(r[0]); got != fmt.Sprint(next) {
				t.Fatalf("row %d is %s", next, got)
			}
			next++
		}
	}
	expect(t, conn, "FETCH PRIOR FROM c", fmt.Sprint(rows))
	expect(t, conn, "FETCH BACKWARD FROM c", fmt.Sprint(rows-1))
	expect(t, conn, "FETCH ABSOLUTE 5000 FROM c", "5000")
	if n := len(run(t, conn, "FETCH BACKWARD ALL FROM c")[0].Rows); n != 4999 {
		t.Errorf("%d rows before the 5000th", n)
	}
	expect(t, conn, "FETCH c", "1")
	if tag := run(t, conn, "MOVE 10000 FROM s")[0].CommandTag.String(); tag != "MOVE 10000" {
		t.Error(tag)
	}
	expect(t, conn, "FETCH s", "-10001")
	run(t, conn, "COMMIT")
	expect(t, conn, "SELECT count(*) FROM t", "5")

	// The statements of one text are a transaction, too.
	expect(t, conn, "DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id; FETCH 2 FROM c; FETCH 1 FROM c", "3")
	refused(t, conn, "FETCH c", "34000")
}

// Of two transactions of which one changes what the other has locked, the later fails.
func TestLockedRows(t *testing.T) {
	s := Start(t, `CREATE TABLE doctors (id int PRIMARY KEY, on_call bool); CREATE TABLE log (what text);
		INSERT INTO doctors VALUES (1, true), (2, true), (3, false)`)
	a, b := connect(t, s, "").PgConn(), connect(t, s, "").PgConn()
	for _, lock := range []string{
		"SELECT id FROM doctors WHERE on_call FOR UPDATE",
		"SELECT d.id FROM doctors d CROSS JOIN doctors e WHERE d.on_call AND e.id = 3 FOR SHARE OF d",
		"SELECT id FROM (SELECT id FROM doctors WHERE on_call FOR KEY SHARE) d",
		"DELETE FROM log WHERE what IN (SELECT id::text FROM doctors WHERE on_call FOR UPDATE SKIP LOCKED)",
		"DECLARE c CURSOR FOR SELECT id FROM doctors WHERE on_call FOR UPDATE; FETCH c",
	} {
		run(t, a, "BEGIN; "+lock)
		run(t, b, "UPDATE doctors SET on_call = false WHERE id = 2")
		run(t, a, "INSERT INTO log VALUES ('one is enough')")
		refused(t, a, "COMMIT", "40001")
		run(t, b, "UPDATE doctors SET on_call = true WHERE id = 2")

		run(t, a, "BEGIN; "+lock)
		run(t, b, "UPDATE doctors SET on_call = true WHERE id = 3") // nobody has locked it
		run(t, a, "UPDATE doctors SET on_call = false WHERE id = 1; INSERT INTO log VALUES ('ok'); COMMIT")
		run(t, b, "UPDATE doctors SET on_call = true WHERE id = 1; UPDATE doctors SET on_call = false WHERE id = 3")

		run(t, a, "BEGIN; "+lock)
		run(t, b, "UPDATE doctors SET on_call = on_call WHERE id = 3; DELETE FROM log")
		run(t, a, "COMMIT") // it has written nothing
	}
	run(t, a, "BEGIN; INSERT INTO doctors VALUES (4, true); SELECT id FROM doctors WHERE id = 4 FOR UPDATE; COMMIT")
	run(t, a, "BEGIN; SELECT id FROM doctors WHERE id = 4 FOR UPDATE; UPDATE doctors SET on_call = false WHERE id = 4; COMMIT")
	if _, err := a.Exec(context.Background(), "BEGIN; SELECT id FROM doctors FOR UPDATE; INSERT INTO log VALUES ('x'); COMMIT").ReadAll(); err != nil {
		t.Error(err)
	}
}
