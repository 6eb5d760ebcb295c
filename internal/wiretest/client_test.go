package wiretest

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func connect(t *testing.T, s *Server, params string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL(params))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

// run runs a simple query, which must succeed.
func run(t *testing.T, conn *pgconn.PgConn, sql string) []*pgconn.Result {
	t.Helper()
	r, err := conn.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return r
}

// expect compares the only value of a query; "NULL" is NULL.
func expect(t *testing.T, conn *pgconn.PgConn, sql, want string) {
	t.Helper()
	r := run(t, conn, sql)
	last := r[len(r)-1]
	if len(last.Rows) != 1 {
		t.Errorf("%s: %d rows, want %s", sql, len(last.Rows), want)
		return
	}
	got := "NULL"
	if v := last.Rows[0][0]; v != nil {
		got = string(v)
	}
	if got != want {
		t.Errorf("%s: %s, want %s", sql, got, want)
	}
}

// refused runs a simple query, which must fail.
func refused(t *testing.T, conn *pgconn.PgConn, sql, want string) *pgconn.PgError {
	t.Helper()
	_, err := conn.Exec(context.Background(), sql).ReadAll()
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%s: %v, want %s", sql, err, want)
		return &pgconn.PgError{}
	}
	return e
}

// code is an error's SQLSTATE, or its text.
func code(err error) string {
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		return e.Code
	case err == nil:
		return ""
	}
	return err.Error()
}
