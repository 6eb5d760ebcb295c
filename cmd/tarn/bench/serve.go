package bench

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/spare"
	"github.com/tarndb/tarn/pgwire"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// ServeOptions are the flags of `tarn bench serve`.
type ServeOptions struct {
	Shards int   // 0: one per core
	Memory int64 // bytes; 0: no limit

	workloads, depths, address, dir, jsonFile, profile string

	connections int
	duration    time.Duration
	rows        int64
	ingest      int64
	seed        uint64

	chosen []string
	depth  []int
}

// Flags defines the flags, but for those of shards and memory.
func (o *ServeOptions) Flags(f *flag.FlagSet) {
	f.StringVar(&o.workloads, "workload", strings.Join(workloadNames(), ","), "`NAMES` of what clients ask for: point, a row by its key; range, the 16 rows of an owner; aggregate, their count and sum")
	f.StringVar(&o.depths, "depth", "1,64", "`NUMBERS` of queries that a client sends before it waits for the answers; each is a run")
	f.IntVar(&o.connections, "connections", 16, "`N` clients")
	f.DurationVar(&o.duration, "duration", 5*time.Second, "`TIME` of a run, after one second to warm up")
	f.Int64Var(&o.rows, "rows", 1_000_000, "`N` rows of the view")
	f.Int64Var(&o.ingest, "ingest", 0, "`N` rows a second that change the view meanwhile; their CPU time counts with the server's")
	f.Uint64Var(&o.seed, "seed", 1, "`N` that chooses what is asked for")
	f.StringVar(&o.address, "address", "", "`URL` of a server to ask, postgres://..., in place of one inside this process; its CPU time is not known")
	f.StringVar(&o.dir, "dir", "", "`DIR` in which the directory for the database is made, and removed (default that of temporary files)")
	f.StringVar(&o.jsonFile, "json", "", "`FILE` to write the results to; - is standard output")
	f.StringVar(&o.profile, "cpuprofile", "", "`FILE` for a CPU profile of the server; of several runs, FILE.point.1 and so on")
}

func (o *ServeOptions) check() error {
	for name := range strings.SplitSeq(o.workloads, ",") {
		name = strings.TrimSpace(name)
		if _, ok := workloads[name]; !ok {
			return fmt.Errorf("--workload: there is no workload %q; there are %s", name, strings.Join(workloadNames(), ", "))
		}
		o.chosen = append(o.chosen, name)
	}
	for text := range strings.SplitSeq(o.depths, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > maxDepth {
			return fmt.Errorf("--depth: %q is not a number from 1 to %d", text, maxDepth)
		}
		o.depth = append(o.depth, n)
	}
	if o.connections < 1 || o.rows < accountsEach || o.duration <= 0 {
		return fmt.Errorf("--connections and --duration must be more than zero, and --rows at least %d", accountsEach)
	}
	if o.ingest < 0 || o.ingest > 0 && o.address != "" {
		return fmt.Errorf("--ingest is a number of rows for a server inside this process")
	}
	o.rows -= o.rows % accountsEach
	return nil
}

// changes is how many rows are ingested while clients ask.
func (o *ServeOptions) changes() int64 {
	each := o.duration + warmUp + time.Second // and what lies between two runs
	return int64(float64(o.ingest) * each.Seconds() * float64(len(o.chosen)*len(o.depth)))
}

// workload is a query and its parameters.
type workload struct {
	sql    string
	params int // 1: an owner, 2: an owner and an item
	rows   int // of each answer
}

// accountsEach is how many rows an owner has.
const accountsEach = 16

var workloads = map[string]workload{
	"point":     {`SELECT amount, name FROM accounts WHERE owner = $1::bigint AND item = $2::bigint`, 2, 1},
	"range":     {`SELECT item, amount, name FROM accounts WHERE owner = $1::bigint`, 1, accountsEach},
	"aggregate": {`SELECT count(*), sum(amount) FROM accounts WHERE owner = $1::bigint`, 1, 1},
}

func workloadNames() []string { return []string{"point", "range", "aggregate"} }

const accountsView = `CREATE MATERIALIZED VIEW accounts AS
SELECT owner, item, sum(amount) AS amount, max(name) AS name FROM account GROUP BY owner, item`

// serveResults is what --json writes.
type serveResults struct {
	Bench       string     `json:"bench"`
	Machine     machine    `json:"machine"`
	Commit      string     `json:"commit,omitempty"`
	Rows        int64      `json:"rows"`
	Connections int        `json:"connections"`
	Runs        []serveRun `json:"runs"`
}

// serveRun is the figures of one workload at one depth.
type serveRun struct {
	Workload  string  `json:"workload"`
	Depth     int     `json:"depth"`
	Seconds   float64 `json:"seconds"`
	Queries   int64   `json:"queries"`
	QPS       float64 `json:"queries_per_second"`
	ServerCPU float64 `json:"server_cpu_seconds,omitempty"`
	PerCore   float64 `json:"queries_per_second_per_core,omitempty"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Max       float64 `json:"max_ms"`
}

// serveBench is one call of `tarn bench serve`.
type serveBench struct {
	o        ServeOptions
	progress *progress
	child    childCommand
}

// Serve runs `tarn bench serve` and returns when it is done or ctx ends.
func Serve(ctx context.Context, o ServeOptions, out Output) error {
	if err := o.check(); err != nil {
		return err
	}
	b := &serveBench{o: o, progress: newProgress(out), child: self}
	text := out.Out
	if o.jsonFile == "-" {
		text = out.Progress
	}
	r, err := b.run(ctx, text)
	b.progress.end()
	if err != nil || o.jsonFile == "" {
		return err
	}
	return writeJSON(o.jsonFile, out.Out, r)
}

func (b *serveBench) run(ctx context.Context, text io.Writer) (r *serveResults, err error) {
	o := &b.o
	r = &serveResults{Bench: "serve", Machine: thisMachine(), Commit: buildCommit(), Rows: o.rows, Connections: o.connections}
	fmt.Fprintf(text, "%s, %d cores, %s; a view of %s rows, %d connections; clients are a process of their own, which is not counted\n\n",
		r.Machine.CPU, r.Machine.Cores, r.Machine.GoVersion, count(float64(o.rows)), o.connections)
	address := o.address
	if address == "" {
		server, err := b.server(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, server.stop()) }()
		address = server.url
	} else if err := loadAccounts(ctx, address, o.rows); err != nil {
		return nil, err
	}
	fmt.Fprintf(text, "%-10s %6s %12s %14s %9s %9s %9s\n", "workload", "depth", "queries/s", "per server core", "p50 ms", "p99 ms", "max ms")
	for _, w := range o.chosen {
		for _, depth := range o.depth {
			run, err := b.one(ctx, address, w, depth)
			if err != nil {
				return nil, err
			}
			b.progress.end()
			fmt.Fprintf(text, "%-10s %6d %12s %14s %9.3f %9.3f %9.3f\n", w, depth, count(run.QPS), count(run.PerCore), run.P50, run.P99, run.Max)
			r.Runs = append(r.Runs, run)
		}
	}
	return r, nil
}

// one lets clients ask for a while and gives the server's CPU time meanwhile.
func (b *serveBench) one(ctx context.Context, address, name string, depth int) (run serveRun, err error) {
	o := &b.o
	c, err := startChild(b.child, "client", "--address", address, "--workload", name, "--depth", fmt.Sprint(depth),
		"--connections", fmt.Sprint(o.connections), "--duration", o.duration.String(), "--rows", fmt.Sprint(o.rows), "--seed", fmt.Sprint(o.seed))
	if err != nil {
		return run, err
	}
	defer context.AfterFunc(ctx, func() { _ = c.stdin.Close() })()
	b.progress.say("%s at depth %d", name, depth)
	if _, err := c.word(wordBegin); err != nil {
		return run, err
	}
	profile := o.profile
	if profile != "" && len(o.chosen)*len(o.depth) > 1 {
		profile = fmt.Sprintf("%s.%s.%d", profile, name, depth)
	}
	stop, err := profileTo(profile)
	if err != nil {
		return run, err
	}
	before, err := cpuTime()
	if err != nil {
		return run, err
	}
	text, err := c.word(wordEnd)
	after, e := cpuTime()
	if err = errors.Join(err, e, stop()); err != nil {
		return run, err
	}
	if err := json.Unmarshal([]byte(text), &run); err != nil {
		return run, fmt.Errorf("the clients' answer: %w", err)
	}
	run.Workload, run.Depth = name, depth
	run.QPS = float64(run.Queries) / run.Seconds
	if o.address == "" {
		run.ServerCPU = after.since(before).total().Seconds()
		run.PerCore = float64(run.Queries) / run.ServerCPU
	}
	return run, c.stop()
}

// accountServer is a server inside this process.
type accountServer struct {
	db   *database
	data *dataset
	url  string
	end  context.CancelFunc
	done chan error
}

// server opens a database, fills the view and begins to serve it.
func (b *serveBench) server(ctx context.Context) (s *accountServer, err error) {
	s = &accountServer{}
	if s.data, err = newAccounts(ctx, b.o.rows, b.o.rows+b.o.changes(), b.progress); err != nil {
		return nil, err
	}
	spare.Processor() // as `tarn serve` does
	g := &generated{feed: newFeed(s.data)}
	if s.db, err = openDatabase(databaseConfig{dir: b.o.dir, shards: b.o.Shards, memory: b.o.Memory, openLog: g.openLog}); err == nil {
		err = s.fill(ctx, g, b.o.rows, b.progress)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	u := url.URL{Scheme: "postgres", User: url.User("tarn"), Host: ln.Addr().String(), Path: "/" + engine.DatabaseName, RawQuery: "sslmode=disable"}
	s.url = u.String()
	if b.o.ingest > 0 {
		g.feed.goOn(float64(b.o.ingest))
	}
	serving, end := context.WithCancel(ctx)
	s.end, s.done = end, make(chan error, 1)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	go func() {
		s.done <- pgwire.Serve(serving, ln, pgwire.ForDatabase(s.db.Engine()), pgwire.Options{Log: log})
	}()
	return s, nil
}

func (s *accountServer) fill(ctx context.Context, g *generated, rows int64, p *progress) error {
	if err := g.setup(ctx, s.db); err != nil {
		return err
	}
	r := run{name: "accounts", events: rows, statements: []string{accountsView}, progress: p}
	_, err := measure(ctx, s.db, g, r)
	return err
}

func (s *accountServer) stop() error {
	var err error
	if s.end != nil {
		s.end()
		err = <-s.done
	}
	if s.db != nil {
		err = errors.Join(err, s.db.close())
	}
	s.data.release()
	return err
}

// newAccounts makes the rows of the view, in an order that is not the key's, and
// behind them, up to events, rows that change it.
func newAccounts(ctx context.Context, rows, events int64, p *progress) (*dataset, error) {
	int8, text := row.T(row.Int8), row.T(row.Text)
	d := &dataset{events: events, blockEvents: row.BatchRows, kinds: []kindData{{name: "account", fields: []topics.Field{
		{Name: "owner", Type: int8}, {Name: "item", Type: int8}, {Name: "amount", Type: int8}, {Name: "name", Type: text},
	}}}}
	owners := rows / accountsEach
	defer p.end()
	return d, d.makeBlocks(ctx, func() blockMaker {
		return func(block int64, out []*row.Batch) {
			b := out[0]
			for n := block * row.BatchRows; n < min(events, (block+1)*row.BatchRows); n++ {
				b.Cols[0].AppendInt(n % owners)
				b.Cols[1].AppendInt(n / owners % accountsEach)
				b.Cols[2].AppendInt(n)
				b.Cols[3].AppendString(fmt.Sprintf("account %d", n))
				b.Weights = append(b.Weights, 1)
			}
		}
	}, func(_, all int64) { p.say("making %s rows", count(float64(all))) })
}

// loadAccounts makes the view on a server that runs elsewhere, over a table.
func loadAccounts(ctx context.Context, address string, rows int64) error {
	conn, err := pgconn.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("--address: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	owners := rows / accountsEach
	for _, sql := range []string{
		`DROP MATERIALIZED VIEW IF EXISTS accounts`, `DROP TABLE IF EXISTS account`,
		`CREATE TABLE account (owner bigint, item bigint, amount bigint, name text)`,
		fmt.Sprintf(`INSERT INTO account SELECT n %% %d, n / %d, n, 'account ' || n FROM generate_series(0::bigint, %d) AS n`, owners, owners, rows-1),
		accountsView,
	} {
		if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("--address: %w", err)
		}
	}
	return nil
}
