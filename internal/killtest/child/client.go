package child

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Null is how Client.Query gives SQL's NULL.
const Null = "∅"

// Client is one connection. It is for one goroutine.
type Client struct {
	conn *pgconn.PgConn
}

// Dial connects, with the session's time zone set to UTC.
func Dial(ctx context.Context, url string) (*Client, error) {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	c := &Client{conn}
	if _, err := c.Query(ctx, "SET TimeZone = 'UTC'"); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Connect is Dial for a test that cannot go on without.
func Connect(tb testing.TB, ctx context.Context, url string) *Client {
	tb.Helper()
	c, err := Dial(ctx, url)
	if err != nil {
		tb.Fatalf("connecting to %s: %v", url, err)
	}
	tb.Cleanup(c.Close)
	return c
}

// Close ends the connection.
func (c *Client) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.conn.Close(ctx) // the server may be gone
}

// Query runs a text of one or more statements with the simple protocol and
// gives the rows of the last one, as text.
func (c *Client) Query(ctx context.Context, sql string) ([][]string, error) {
	results, err := c.conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, &QueryError{SQL: sql, Err: err}
	}
	var rows [][]string
	if len(results) == 0 {
		return nil, nil
	}
	for _, r := range results[len(results)-1].Rows {
		row := make([]string, len(r))
		for i, v := range r {
			if row[i] = Null; v != nil {
				row[i] = string(v)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Must is Query for a test that cannot go on without.
func (c *Client) Must(tb testing.TB, ctx context.Context, sql string) [][]string {
	tb.Helper()
	rows, err := c.Query(ctx, sql)
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

// QueryError is a failed statement.
type QueryError struct {
	SQL string
	Err error
}

func (e *QueryError) Error() string {
	sql := strings.Join(strings.Fields(e.SQL), " ")
	if len(sql) > 200 {
		sql = sql[:200] + "..."
	}
	var pg *pgconn.PgError
	if errors.As(e.Err, &pg) && (pg.Detail != "" || pg.Hint != "") {
		return fmt.Sprintf("%s: %v; detail: %s; hint: %s", sql, e.Err, pg.Detail, pg.Hint)
	}
	return fmt.Sprintf("%s: %v", sql, e.Err)
}

// Unwrap is the cause.
func (e *QueryError) Unwrap() error { return e.Err }

// SQLState is the code of an error that the server gave, "" of any other, such
// as a lost connection.
func SQLState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
