package wiretest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// TestEnums has pgx find an enumerated type and that of its arrays in the catalog,
// and sends values of both ways, in text and in binary.
func TestEnums(t *testing.T) {
	s := Start(t, `CREATE TYPE mood AS ENUM ('sad', 'ok', 'not so, "bad"'); CREATE TABLE person (id int PRIMARY KEY, m mood, ms mood[])`)
	conn := connect(t, s, "")
	ctx := context.Background()
	types, err := conn.LoadTypes(ctx, []string{"mood", "_mood"})
	if err != nil {
		t.Fatal(err)
	}
	conn.TypeMap().RegisterTypes(types)
	enum, ok := conn.TypeMap().TypeForName("mood")
	if !ok {
		t.Fatal("pgx knows no type mood")
	}
	if c, ok := enum.Codec.(*pgtype.EnumCodec); !ok {
		t.Errorf("mood has a %T", c)
	}
	for i, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		list := []string{"ok", `not so, "bad"`}
		if _, err := conn.Exec(ctx, "INSERT INTO person VALUES ($1, $2, $3::text[]::mood[])", mode, i, list[1], list); err != nil {
			t.Fatalf("%v: %v", mode, err)
		}
		var m string
		var ms []string
		if err := conn.QueryRow(ctx, "SELECT m, ms FROM person WHERE id = $1 AND m > 'ok'", mode, i).Scan(&m, &ms); err != nil {
			t.Fatalf("%v: %v", mode, err)
		}
		if m != list[1] || !slices.Equal(ms, list) {
			t.Errorf("%v: %q, %q", mode, m, ms)
		}
	}
	if _, err := conn.Exec(ctx, "SELECT $1::mood", "glad"); code(err) != "22P02" {
		t.Errorf("a wrong label: %v", err)
	}
	expectTypes(t, conn, "SELECT m, ms FROM person", enum.OID, enum.OID+1)
}

// expectTypes compares the types that a query's columns are said to have.
func expectTypes(t *testing.T, conn *pgx.Conn, sql string, oids ...uint32) {
	t.Helper()
	d, err := conn.Prepare(context.Background(), "", sql)
	if err != nil {
		t.Fatal(err)
	}
	var got []uint32
	for _, f := range d.Fields {
		got = append(got, f.DataTypeOID)
		if f.TypeModifier != -1 {
			t.Errorf("%s has the modifier %d", f.Name, f.TypeModifier)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(oids) {
		t.Errorf("%s: types %v, want %v", sql, got, oids)
	}
}
