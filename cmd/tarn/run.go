package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/internal/psql"
	"github.com/tarndb/tarn/sql/pgerr"
)

// runScript executes a script statement by statement, each as psql would, and
// ends at the first error.
func runScript(ctx context.Context, e env, args []string) error {
	c := serverConfig{listen: "127.0.0.1:0"}
	var url string
	f := newFlags(e, "run", "FILE.sql")
	f.StringVar(&url, "url", "", "`URL` of a server to run the script on, postgres://... (default an engine inside this process)")
	f.StringVar(&c.data, "data", "", "`DIR` for the engine's data (default a temporary one)")
	f.StringVar(&c.broker, "embedded-broker", "", "`ADDR` for a Kafka broker inside this process, such as "+defaultBroker)
	c.engineFlags(f)
	if err := f.parse(args, 1); err != nil {
		return err
	}
	name := f.Arg(0)
	text, err := readScript(e, name)
	if err != nil {
		return err
	}
	if url != "" {
		return execute(ctx, e, url, name, text)
	}
	return runEmbedded(ctx, e, c, name, text)
}

// readScript reads a file, or standard input for "-". The mark that some editors
// put before UTF-8 is no part of the script.
func readScript(e env, name string) (string, error) {
	var b []byte
	var err error
	if name == "-" {
		b, err = io.ReadAll(e.stdin)
	} else {
		b, err = os.ReadFile(name)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), err
}

func runEmbedded(ctx context.Context, e env, c serverConfig, name, text string) (err error) {
	if c.data == "" {
		dir, err := os.MkdirTemp("", "tarn-run-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.data = filepath.Join(dir, "data")
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	s, err := startServer(serving, e, c)
	if err != nil {
		stop()
		return err
	}
	err = execute(ctx, e, s.url(), name, text)
	stop()
	return errors.Join(err, s.wait())
}

var errInterrupted = errors.New("interrupted; the statements before are done")

// execute runs the statements of a text over one connection.
func execute(ctx context.Context, e env, url, name, text string) error {
	statements, err := engine.Split(text)
	if err != nil {
		return scriptError(name, text, 0, err)
	}
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintf(e.stderr, "%s:  %s\n", n.Severity, n.Message)
	}
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, st := range statements {
		if err := executeOne(ctx, e, conn, st.Source()); err != nil {
			if ctx.Err() != nil {
				return errInterrupted
			}
			return scriptError(name, text, st.Start, err)
		}
	}
	return nil
}

func executeOne(ctx context.Context, e env, conn *pgconn.PgConn, sql string) error {
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		r := results.ResultReader()
		if err := printResult(e.stdout, r); err != nil {
			results.Close()
			return err
		}
	}
	return results.Close()
}

// printResult prints a table, or the command's tag where there is none.
func printResult(w io.Writer, r *pgconn.ResultReader) error {
	fields := r.FieldDescriptions()
	cols := make([]psql.Column, len(fields))
	for i, f := range fields {
		cols[i] = psql.Column{Name: f.Name, Right: psql.Right(f.DataTypeOID)}
	}
	var rows [][]psql.Cell
	for r.NextRow() {
		cells := make([]psql.Cell, len(cols))
		for i, v := range r.Values() {
			cells[i] = psql.Cell{Text: string(v), Null: v == nil}
		}
		rows = append(rows, cells)
	}
	tag, err := r.Close()
	if err != nil {
		return err
	}
	if len(cols) == 0 {
		_, err = fmt.Fprintln(w, tag)
		return err
	}
	return psql.Table(w, cols, rows)
}

// scriptError prints an error as psql does, with the line of the script.
func scriptError(name, text string, start int, err error) error {
	e := serverError(err)
	if e == nil {
		return err
	}
	offset := start
	if e.Position > 0 {
		offset += byteOffset(text[start:], int(e.Position))
	}
	shown := psql.Error{Severity: e.Severity, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int(e.Position)}
	return fmt.Errorf("%s:%d: %s", filepath.Base(name), 1+strings.Count(text[:offset], "\n"), shown.Text(text[start:]))
}

// serverError is the error as the wire protocol carries it.
func serverError(err error) *pgconn.PgError {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe
	}
	if e, ok := pgerr.As(err); ok {
		return &pgconn.PgError{Severity: "ERROR", Code: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int32(e.Position)}
	}
	return nil
}

// byteOffset is where character number position (from 1) begins.
func byteOffset(text string, position int) int {
	n := 0
	for i := range text {
		if n++; n == position {
			return i
		}
	}
	return len(text)
}
