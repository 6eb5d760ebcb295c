package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tarndb/tarn/sql/ast"
)

// crashPoints takes a copy of the file system, as a crash would leave it, before
// every call that changes it.
type crashPoints struct {
	mem     *vfs.MemFS
	cloning sync.Mutex

	mu     sync.Mutex
	rng    *rand.Rand
	on     bool
	calls  int
	every  int // of so many calls, one is taken
	acked  int // statements that were answered
	copies []crashPoint
}

type crashPoint struct {
	op    string
	acked int
	fs    *vfs.MemFS
}

// unclonedFS keeps copies away from the two calls of the file system in memory
// that take its lock for reading twice, and so deadlock with a copy between.
type unclonedFS struct {
	*vfs.MemFS
	c *crashPoints
}

func (f unclonedFS) Link(from, to string) error {
	f.c.cloning.Lock()
	defer f.c.cloning.Unlock()
	return f.MemFS.Link(from, to)
}

func (f unclonedFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f.c.cloning.Lock()
	defer f.c.cloning.Unlock()
	return f.MemFS.ReuseForWrite(from, to, category)
}

func (c *crashPoints) String() string { return "crash points" }

// MaybeError implements errorfs.Injector; it never fails a call.
func (c *crashPoints) MaybeError(op errorfs.Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on || op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	if c.calls++; c.calls%c.every != 0 {
		return nil
	}
	c.cloning.Lock()
	defer c.cloning.Unlock()
	percent := []int{0, 50, 100}[len(c.copies)%3]
	c.copies = append(c.copies, crashPoint{
		op:    fmt.Sprintf("call %d, %v %s, %d%% unsynced", c.calls, op.Kind, op.Path, percent),
		acked: c.acked,
		fs:    c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.rng}),
	})
	return nil
}

// crashScript is what the crashes come into: tables, views of each family of
// state, hydrations of shared and of own state, drops, and commits between. A
// line that begins with ! is a message for the topic, and one with . a commit.
const crashScript = `
CREATE TABLE t (k bigint PRIMARY KEY, x bigint)
INSERT INTO t SELECT g, g % 5 FROM generate_series(1, 40) g
CREATE SOURCE events (id bigint, v bigint) WITH (connector = 'kafka', topic = 'events') FORMAT PLAIN ENCODE JSON
!{"id":1,"v":10}
!{"id":2,"v":20}
CREATE MATERIALIZED VIEW sums AS SELECT id, sum(v) AS s, count(*) AS n, min(v) AS lo FROM events GROUP BY id
!{"id":2,"v":5}
!no row
.
CREATE MATERIALIZED VIEW joined AS SELECT e.id, e.v, t.x FROM events e JOIN t ON e.id = t.k
INSERT INTO t VALUES (100, 1), (101, 2)
UPDATE t SET x = x + 1 WHERE k <= 3
!{"id":3,"v":30}
.
CREATE MATERIALIZED VIEW ranked AS SELECT x, k FROM t ORDER BY x DESC, k LIMIT 4
CREATE MATERIALIZED VIEW kinds AS SELECT DISTINCT x FROM t
CREATE MATERIALIZED VIEW over AS SELECT s.id, s.s, j.x FROM sums s JOIN joined j ON s.id = j.id
DELETE FROM t WHERE k BETWEEN 10 AND 20
!{"id":100,"v":7}
.
DROP MATERIALIZED VIEW over
DROP MATERIALIZED VIEW kinds
INSERT INTO t VALUES (10, 9)
CREATE MATERIALIZED VIEW again AS SELECT t.x, count(*) AS n FROM t JOIN events e ON e.id = t.k GROUP BY t.x
.
CREATE TABLE u (a text)
INSERT INTO u VALUES ('a'), ('b'), (NULL)
DROP TABLE u
DELETE FROM t WHERE k > 30
`

// crashViews are the queries of the views that a crash may find.
var crashViews = map[string]string{
	"sums":   "SELECT id, sum(v) AS s, count(*) AS n, min(v) AS lo FROM events GROUP BY id",
	"joined": "SELECT e.id, e.v, t.x FROM events e JOIN t ON e.id = t.k",
	"ranked": "SELECT x, k FROM t ORDER BY x DESC, k LIMIT 4",
	"kinds":  "SELECT DISTINCT x FROM t",
	"over":   "SELECT s.id, s.s, j.x FROM (" + "SELECT id, sum(v) AS s FROM events GROUP BY id" + ") s JOIN (SELECT e.id, t.x FROM events e JOIN t ON e.id = t.k) j ON s.id = j.id",
	"by_x":   "SELECT x, count(*) AS n FROM q GROUP BY x",
	"again":  "SELECT t.x, count(*) AS n FROM t JOIN events e ON e.id = t.k GROUP BY t.x",
}

// catalogDump is what relations there are, and the rows of the tables.
func (w *world) catalogDump() string {
	names := w.exec("SELECT name FROM tarn.relations")
	out := []string{names}
	for _, table := range []string{"t", "u", "q", "r"} {
		if listed(names, table) {
			out = append(out, table+":", w.exec("SELECT * FROM "+table))
		}
	}
	for _, o := range w.db.current.Load().catalog.Ordered() {
		for _, x := range o.Indexes {
			out = append(out, fmt.Sprintf("index %s of %s %v %t", x.Name, o.Name, x.Columns, x.Unique))
		}
	}
	return strings.Join(out, "\n")
}

// listed reports that a dump has a line.
func listed(dump, line string) bool { return strings.Contains("\n"+dump+"\n", "\n"+line+"\n") }

// TestCrashAtEveryCall crashes the whole engine at the calls that change files,
// each in turn (a part of them where the test is to be short): what was answered
// is there, what was not is there whole or not at all, every view equals its query,
// every index its table, no message counts twice, and no value of a sequence is given
// to two clients.
func TestCrashAtEveryCall(t *testing.T) {
	for _, limit := range []int64{0, 1 << 20} {
		t.Run(fmt.Sprintf("limit %d", limit), func(t *testing.T) { crashAtEveryCall(t, crashScript, limit) })
		t.Run(fmt.Sprintf("keys, limit %d", limit), func(t *testing.T) { crashAtEveryCall(t, crashKeys, limit) })
	}
}

func crashAtEveryCall(t *testing.T, script string, limit int64) {
	mem := vfs.NewCrashableMem()
	c := &crashPoints{mem: mem, rng: rand.New(rand.NewPCG(1, uint64(limit))), every: 1}
	if testing.Short() {
		c.every = 5
	}
	on := func(o *Options, fs vfs.FS) {
		onDisk(o, fs)
		o.MemoryLimit = limit
	}
	w := newWorld(t, func(o *Options) { on(o, errorfs.Wrap(unclonedFS{mem, c}, c)) })
	log := w.topic("events", 1)
	dumps := []string{w.catalogDump()}
	given := []givenValues{{}}
	c.on = true
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		exec := w.exec
		switch line[0] {
		case '/':
			exec, line = w.stepwise, line[1:]
		case '!':
			log.Append(0, nil, []byte(line[1:]))
			continue
		case '.':
			w.commit()
			continue
		}
		given = append(given, given[len(given)-1].and(t, line, exec(line)))
		dumps = append(dumps, w.catalogDump())
		c.mu.Lock()
		c.acked++
		c.mu.Unlock()
	}
	w.commit()
	c.mu.Lock()
	c.on = false
	points := c.copies
	c.mu.Unlock()
	for _, p := range points {
		checkCrashPoint(t, w, p, dumps, given, on)
	}
	t.Logf("%d crashes", len(points))
}

// checkCrashPoint opens what a crash has left, beside the topics as they are.
func checkCrashPoint(t *testing.T, topics *world, p crashPoint, dumps []string, given []givenValues, on func(*Options, vfs.FS)) {
	t.Helper()
	w := &world{t: t, topics: topics.topics, opts: topics.opts}
	w.opts.OpenLog = w.openLog
	on(&w.opts, p.fs)
	db, err := Open(w.opts)
	if err != nil {
		t.Fatalf("crash at %s, after %d statements: %v", p.op, p.acked, err)
	}
	w.db, w.s = db, w.session(db)
	defer func() { w.db.Crash() }() // what crashCounts has opened
	at := p.acked
	got := w.catalogDump()
	if got != dumps[at] && at+1 < len(dumps) {
		at++
	}
	if got != dumps[at] {
		t.Fatalf("crash at %s, after %d statements: there is\n%s\nit should be\n%s", p.op, p.acked, got, dumps[p.acked])
	}
	for name, q := range crashViews {
		if listed(got, name) {
			w.crashView(p.op, name, q)
		}
	}
	if strings.Contains(got, "sums") {
		w.want("SELECT count(*) FROM tarn.errors", "1")
	}
	if listed(got, "q") {
		w.crashIndexes(p.op)
	}
	g := given[at]
	g.fresh = g.fresh && at > p.acked // else the next statement may have promised values already
	w.crashCounts(p.op, got, g)
	w.commit()
	w.want("SELECT arrangement FROM tarn.arrangements WHERE object IS NULL")
}

// stepwise runs a change of a table, with commits between its steps.
func (w *world) stepwise(text string) string {
	w.t.Helper()
	stmts, err := w.s.Parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx := committing{context.Background(), w}
	switch n := stmts[0].AST.(type) {
	case *ast.CreateIndex:
		_, err = w.s.createIndex(ctx, n)
	case *ast.Alter:
		_, err = w.s.alterRelation(ctx, n)
	default:
		w.t.Fatalf("%s is no change of a table", text)
	}
	if err == nil {
		err = w.s.EndImplicit(context.Background(), false)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	return ""
}

// committing is a context that makes a commit each time that somebody is about to wait
// under it: for its turn in the epochs' loop among others.
type committing struct {
	context.Context
	w *world
}

func (c committing) Done() <-chan struct{} {
	c.w.commit()
	return c.Context.Done()
}

// crashView compares a view with its query. Reads of it wait for the topic's end.
func (w *world) crashView(at, name, query string) {
	w.t.Helper()
	w.exec("SELECT * FROM " + name) // it has caught up; the query would not wait
	if got, want := w.exec("SELECT * FROM "+name), w.exec(query); got != want {
		w.t.Fatalf("crash at %s: view %s is\n%s\nits query gives\n%s", at, name, got, want)
	}
}
