// Package bench measures the database: `tarn bench nexmark` how fast views are
// kept, `tarn bench serve` how fast they are read. Both run the database in this
// very process, so that its CPU time, memory and collector are what is measured;
// what plays the world around it (a broker, clients) runs in a process of its
// own, or has done its work before the clock starts.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/nexmark"
)

// nexmarkBench is one call of `tarn bench nexmark`.
type nexmarkBench struct {
	o        NexmarkOptions
	out      Output
	progress *progress
	child    childCommand

	data       *dataset // of mode generator, once for all queries
	broker     *child   // of mode kafka, likewise
	brokerAddr string
}

// Nexmark runs `tarn bench nexmark` and returns when it is done or ctx ends.
func Nexmark(ctx context.Context, o NexmarkOptions, out Output) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if o.against != "" {
		return alternate(ctx, o, out)
	}
	b := &nexmarkBench{o: o, out: out, progress: newProgress(out), child: self}
	defer b.progress.end()
	var base *results
	if o.compare != "" {
		if base, err = readResults(o.compare); err != nil { // before the work, not after it
			return err
		}
	}
	r, err := b.run(ctx)
	if err != nil {
		return err
	}
	if base != nil {
		printCompared(b.text(), r, base, o.compare)
	}
	if o.jsonFile != "" {
		if err := writeJSON(o.jsonFile, out.Out, r); err != nil {
			return err
		}
	}
	if n := len(r.Failed); n > 0 {
		return fmt.Errorf("%d of %d queries failed, the first is %s: %s", n, len(o.chosen), r.Failed[0].Query, r.Failed[0].Error)
	}
	return nil
}

func (b *nexmarkBench) run(ctx context.Context) (r *results, err error) {
	o := &b.o
	shards := o.Shards
	if shards == 0 {
		shards = runtime.GOMAXPROCS(0)
	}
	r = &results{
		Bench: "nexmark", Machine: thisMachine(), Commit: buildCommit(), Mode: o.mode, Events: o.events, Seed: o.seed, Shards: shards, Memory: o.Memory,
		Counted: "user and system time of the database's process, from the first event until the commit that covers the last",
	}
	text := b.text()
	fmt.Fprintf(text, "%s, %d cores, %s; mode %s, %s events a query, %d shards, seed %d\n", r.Machine.CPU, r.Machine.Cores, r.Machine.GoVersion, o.mode, count(float64(o.events)), shards, o.seed)
	fmt.Fprintf(text, "CPU counted: %s.\n\n", r.Counted)
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.release()) }()
	for _, name := range o.chosen {
		q, err := b.repeat(ctx, name)
		b.progress.end()
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil { // the others may still run
			fmt.Fprintf(text, "%-9s failed: %v\n", name, err)
			r.Failed = append(r.Failed, failure{name, err.Error()})
			continue
		}
		printQuery(text, q)
		r.Queries = append(r.Queries, q)
	}
	return r, nil
}

// text is where people read: not where JSON is asked for.
func (b *nexmarkBench) text() io.Writer {
	if b.o.jsonFile == "-" {
		return b.out.Progress
	}
	return b.out.Out
}

func (b *nexmarkBench) release() error {
	if b.data != nil {
		b.data.release()
	}
	if b.broker != nil {
		return b.broker.stop()
	}
	return nil
}

// prepare makes the columns that all queries read.
func (b *nexmarkBench) prepare(ctx context.Context) (err error) {
	if b.o.mode != modeGenerator || !slices.ContainsFunc(b.o.chosen, func(q string) bool { return q != spill }) {
		return nil
	}
	b.data, err = newNexmark(ctx, b.config(), b.o.events, func(done, all int64) {
		b.progress.say("making columns: %.0f %% of %s events", 100*float64(done)/float64(all), count(float64(all)))
	})
	b.progress.end()
	return err
}

func (b *nexmarkBench) config() nexmark.Config {
	return nexmark.Config{Seed: b.o.seed, Base: nexmarkStart, EventsPerSecond: 10_000}
}

func (b *nexmarkBench) repeat(ctx context.Context, name string) (queryResult, error) {
	var runs []queryResult
	for range b.o.repeat {
		q, err := b.query(ctx, name)
		if err != nil {
			return q, err
		}
		runs = append(runs, q)
	}
	q := median(runs)
	if !b.o.freshness || name == spill {
		return q, nil
	}
	most, err := b.mostRate(ctx, name, q)
	if err != nil {
		return q, err
	}
	for _, load := range []float64{0.5, 0.8} {
		f, err := b.freshness(ctx, name, load, load*most)
		if err != nil {
			return q, err
		}
		q.Freshness = append(q.Freshness, f)
	}
	return q, nil
}

// query runs one query once.
func (b *nexmarkBench) query(ctx context.Context, name string) (queryResult, error) {
	if name == spill {
		return b.spill(ctx)
	}
	s, err := b.stream(ctx)
	if err != nil {
		return queryResult{}, err
	}
	q, err := b.measured(ctx, s, name)
	return q, errors.Join(err, s.close())
}

// stream is a new one, of which nothing was read yet.
func (b *nexmarkBench) stream(ctx context.Context) (stream, error) {
	if b.o.mode == modeKafka {
		return b.topics(ctx)
	}
	return newGenerated(b.data), nil
}

// pacedStream is one into which events come at a rate.
func (b *nexmarkBench) pacedStream(ctx context.Context, events int64, rate float64) (stream, error) {
	if b.o.mode == modeKafka {
		return b.pacedTopics(ctx, events, rate)
	}
	return newGenerated(b.data), nil
}

// measured runs one query over a stream, in a database of its own.
func (b *nexmarkBench) measured(ctx context.Context, s stream, name string) (q queryResult, err error) {
	d, err := b.open(ctx, s)
	if err != nil {
		return q, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	cpu, err := b.brokerCPU()
	if err != nil {
		return q, err
	}
	sql, err := b.o.statements(ctx, d, name)
	if err != nil {
		return q, err
	}
	m, err := measure(ctx, d, s, b.runOf(name, sql))
	if err != nil {
		return q, err
	}
	q = m.result(name, b.o.eventsOf(name))
	q.Output = b.o.outputOf(name)
	if q.BrokerCPU, err = b.brokerCPU(); err != nil {
		return q, err
	}
	q.BrokerCPU -= cpu
	if b.data != nil {
		q.ColumnsBytes = b.data.bytes()
		q.PeakBytes = max(0, q.PeakBytes-q.ColumnsBytes)
	}
	b.progress.say("%s: reading the view", name)
	if q.Rows, q.Checksum, err = d.answers(ctx, views(name)); err == nil {
		err = d.errorsOf(ctx)
	}
	if err == nil {
		q.State, err = d.state(ctx)
	}
	return q, err
}

// runOf is the run of one query; where there are several, each has a profile of
// its own.
func (b *nexmarkBench) runOf(name string, statements []string) run {
	r := run{name: name, events: b.o.eventsOf(name), statements: statements, profile: b.o.profile, progress: b.progress}
	if r.profile != "" && len(b.o.chosen) > 1 {
		r.profile += "." + name
	}
	return r
}

// brokerCPU is what the broker's process has taken so far; 0 where there is none.
func (b *nexmarkBench) brokerCPU() (float64, error) {
	if b.broker == nil {
		return 0, nil
	}
	return b.broker.askCPU()
}

func (m *measurement) result(name string, events int64) queryResult {
	return queryResult{
		Query: name, Events: events, CPU: m.cpu.total().Seconds(), System: m.cpu.system.Seconds(), Elapsed: m.wall.Seconds(),
		PerCore: float64(events) / m.cpu.total().Seconds(), Wall: float64(events) / m.wall.Seconds(),
		PeakBytes: m.peak, Epochs: m.epochs, Commits: m.commits, Stalls: m.stalls,
	}
}

// open opens a database with the stream's sources.
func (b *nexmarkBench) open(ctx context.Context, s stream) (*database, error) {
	c := databaseConfig{dir: b.o.dir, shards: b.o.Shards, memory: b.o.Memory, commit: b.o.commitInterval, openLog: s.logs()}
	d, err := openDatabase(c)
	if err != nil {
		return nil, err
	}
	if err := s.setup(ctx, d); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (g *generated) logs() engine.OpenLog { return g.openLog }

// openLog is the log of a source, by its topic.
func (g *generated) openLog(c topics.Config) (topics.Log, error) {
	for i, k := range g.feed.data.kinds {
		if k.name == c.Topic {
			return &columnLog{feed: g.feed, kind: i}, nil
		}
	}
	return nil, &topics.Error{Kind: topics.ErrNoTopic, Topic: c.Topic, Partition: topics.NoPartition}
}
