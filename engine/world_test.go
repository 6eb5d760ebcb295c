package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/memlog"
	"github.com/tarndb/tarn/topics/nexmark"
)

// patience bounds what a test waits for: far longer than anything should take.
const patience = 30 * time.Second

// world is a database with its topics, which outlive it.
type world struct {
	t      testing.TB
	opts   Options
	db     *Database
	s      *Session
	mu     sync.Mutex
	topics map[string]*memlog.Log
}

// newWorld opens a database in a new directory. Commits happen when a test asks
// for them, and where the engine itself must have one.
func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, topics: map[string]*memlog.Log{}}
	w.opts = Options{
		Dir: t.TempDir(), Shards: 2, CommitInterval: time.Hour, Retry: time.Millisecond, OpenLog: w.openLog,
		DefaultBroker: "mem:9092", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&w.opts)
	}
	w.open()
	t.Cleanup(func() {
		if w.db != nil {
			w.db.Crash()
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	db, err := Open(w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.db, w.s = db, w.session(db)
}

func (w *world) session(db *Database) *Session {
	w.t.Helper()
	s, err := db.NewSession(StartupInfo{})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// crash kills the database and opens the directory again.
func (w *world) crash() {
	w.t.Helper()
	w.db.Crash()
	w.open()
}

func (w *world) restart() {
	w.t.Helper()
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) topic(name string, partitions int) *memlog.Log {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.topics[name] == nil {
		w.topics[name] = memlog.New(partitions)
	}
	return w.topics[name]
}

func (w *world) openLog(cfg topics.Config) (topics.Log, error) {
	if cfg.Connector == topics.ConnectorNexmark {
		return nexmark.Open(cfg.Nexmark), nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.topics[cfg.Topic]
	if l == nil {
		return nil, &topics.Error{Kind: topics.ErrNoTopic, Topic: cfg.Topic, Partition: topics.NoPartition}
	}
	return reader{l}, nil
}

// reader is one client of a topic: closing it leaves the topic alone.
type reader struct{ *memlog.Log }

func (reader) Close() error { return nil }

var errDown = &topics.Error{Kind: topics.ErrNoBroker, Partition: topics.NoPartition, Broker: "mem:9092"}

// run runs statements as one simple query does; the result is of the last one.
func run(ctx context.Context, s *Session, text string) (string, error) {
	stmts, err := s.Parse(text)
	var out string
	for _, st := range stmts {
		if err == nil {
			if len(stmts) == 1 {
				s.StandAlone()
			}
			out, err = runOne(ctx, s, st)
		}
	}
	if e := s.EndImplicit(ctx, err != nil); err == nil {
		err = e
	}
	return out, err
}

func runOne(ctx context.Context, s *Session, st *Statement) (string, error) {
	p, err := s.Prepare(ctx, st, nil)
	if err != nil {
		return "", err
	}
	rows, err := s.Execute(ctx, p, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var lines []string
	for {
		b, err := rows.Next(ctx)
		if err != nil || b == nil {
			slices.Sort(lines)
			return strings.Join(lines, "\n"), err
		}
		for i := range b.Len() {
			line := rowText(rows.Columns(), b, i)
			for range b.Weights[i] {
				lines = append(lines, line)
			}
		}
	}
}

func rowText(cols []ResultColumn, b *row.Batch, i int) string {
	var cells []string
	for c := range cols {
		if b.Cols[c].IsNull(i) {
			cells = append(cells, "NULL")
			continue
		}
		cells = append(cells, string(row.AppendText(nil, cols[c].Type, b.Cols[c].Datum(i), nil)))
	}
	return strings.Join(cells, "|")
}

func (w *world) exec(text string) string {
	w.t.Helper()
	out, err := run(context.Background(), w.s, text)
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return out
}

// want runs a query and compares its sorted rows, "|" between cells.
func (w *world) want(query string, rows ...string) {
	w.t.Helper()
	slices.Sort(rows)
	if got, want := w.exec(query), strings.Join(rows, "\n"); got != want {
		w.t.Fatalf("%s:\ngot\n%s\nwant\n%s", query, got, want)
	}
}

// wantError runs a statement that must fail with a SQLSTATE and, in message or
// hint, a text.
func (w *world) wantError(text, code, part string) {
	w.t.Helper()
	_, err := run(context.Background(), w.s, text)
	checkError(w.t, text, err, code, part)
}

func checkError(t testing.TB, text string, err error, code, part string) {
	t.Helper()
	e, ok := pgerr.As(err)
	if !ok || e.Code != code || !strings.Contains(e.Message+" "+e.Hint+" "+e.Detail, part) {
		t.Fatalf("%s: got %v, want %s with %q", text, err, code, part)
	}
}

// until waits for a query's rows.
func (w *world) until(query string, rows ...string) {
	w.t.Helper()
	slices.Sort(rows)
	want, got := strings.Join(rows, "\n"), ""
	w.eventually(query+" gives "+want, func() bool {
		var err error
		got, err = run(context.Background(), w.s, query)
		return err == nil && got == want
	}, func() string { return got })
}

// eventually waits for a condition; more tells what there is instead.
func (w *world) eventually(what string, cond func() bool, more ...func() string) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for ; !cond(); <-tick.C {
		if time.Now().After(deadline) {
			for _, f := range more {
				what += "\nlast: " + f()
			}
			w.t.Fatalf("waited too long until %s", what)
		}
	}
}

// equal checks that queries give the same rows at one epoch.
func (w *world) equal(s *Session, queries ...string) {
	w.t.Helper()
	ctx := context.Background()
	must := func(text string) string {
		out, err := run(ctx, s, text)
		if err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
		return out
	}
	must("BEGIN")
	first := must(queries[0])
	for _, q := range queries[1:] {
		if got := must(q); got != first {
			w.t.Fatalf("at one epoch:\n%s gives\n%s\n%s gives\n%s", queries[0], first, q, got)
		}
	}
	must("COMMIT")
}

// commit makes the state of now durable.
func (w *world) commit() {
	w.t.Helper()
	if err := w.db.makeDurable(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// loop runs f between two epochs.
func (w *world) loop(f func()) {
	w.t.Helper()
	if err := w.db.do(context.Background(), func() error { f(); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// events makes the topic and the source that most tests use.
func (w *world) events(partitions int, extra ...string) *memlog.Log {
	w.t.Helper()
	l := w.topic("events", partitions)
	w.exec("CREATE SOURCE events (id bigint, v bigint) WITH (connector = 'kafka', topic = 'events'" +
		strings.Join(extra, "") + ") FORMAT PLAIN ENCODE JSON")
	return l
}

func event(id, v int) []byte { return fmt.Appendf(nil, `{"id":%d,"v":%d}`, id, v) }

func lines(n int, f func(i int) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// isShutdown reports the error of statements that a closing database ends.
func isShutdown(err error) bool {
	return pgerr.Code(err) == pgerr.AdminShutdown || errors.Is(err, context.Canceled)
}
