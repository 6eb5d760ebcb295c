package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/tarndb/tarn/engine"
)

// stream is where the events of a run come from.
type stream interface {
	// logs opens the topics of the sources.
	logs() engine.OpenLog
	// setup declares the sources. No event is there before open.
	setup(ctx context.Context, d *database) error
	// ready reports that every source that a view reads waits for events.
	ready(ctx context.Context, d *database) (bool, error)
	// open lets the events come: all at once, or rate a second.
	open(limit int64, rate float64) error
	// done reports that epochs have taken all rows of the sources that are read.
	done(ctx context.Context, d *database) (bool, error)
	appended
	// share is how much of the events was handed out so far, for people.
	share() float64
	close() error
}

// run is what is measured.
type run struct {
	name       string
	events     int64
	statements []string // that make the views
	profile    string   // a file for the CPU profile, or empty
	progress   *progress
}

// measurement is what the clocks say of one run.
type measurement struct {
	cpu     cpu           // until the last event is on disk
	wall    time.Duration // until it is visible
	peak    int64
	epochs  times
	commits times
	stalls  times
}

// measure makes the views, lets the events come, and stops the clock when the
// commit that covers the last event is done.
func measure(ctx context.Context, d *database, s stream, r run) (m measurement, err error) {
	events, statements, p, name := r.events, r.statements, r.progress, r.name
	for _, sql := range statements {
		if err := d.exec(ctx, sql); err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := d.await(ctx, func() (bool, error) { return s.ready(ctx, d) }); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	watch := &history{d: d}
	if err := watch.begin(ctx); err != nil {
		return m, err
	}
	if err := d.rest(ctx); err != nil {
		return m, err
	}
	settle()
	stop, err := profileTo(r.profile)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	before, err := cpuTime()
	if err != nil {
		return m, err
	}
	began := time.Now()
	if err := s.open(events, 0); err != nil {
		return m, err
	}
	err = d.await(ctx, func() (bool, error) {
		p.say("%s: %.0f %% of %s events, %s/s", name, 100*s.share(), count(float64(events)), count(s.share()*float64(events)/time.Since(began).Seconds()))
		if err := watch.look(ctx); err != nil {
			return false, err
		}
		return s.done(ctx, d)
	})
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	m.wall = time.Since(began)
	epoch, err := d.number(ctx, `SELECT epoch FROM tarn.status`)
	if err == nil {
		err = d.await(ctx, func() (bool, error) { return d.committed(ctx, epoch) })
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	after, err := cpuTime()
	if err != nil {
		return m, err
	}
	m.cpu, m.peak = after.since(before), peakMemory()
	err = watch.last(ctx)
	m.epochs, m.commits, m.stalls = timesOf(watch.epochs), timesOf(watch.commits), timesOf(watch.stalls)
	return m, err
}

// How long the process must have been nearly idle to be at rest, and how long that
// is waited for.
const (
	restWindow = 100 * time.Millisecond
	restLimit  = 2 * time.Minute
)

// rest waits for what the rows so far have left to be done, above all compactions:
// it is none of the next rows' work.
func (d *database) rest(ctx context.Context) error {
	last, err := cpuTime()
	if err != nil {
		return err
	}
	began := time.Now()
	at := began
	return d.await(ctx, func() (bool, error) {
		span := time.Since(at)
		if span < restWindow {
			return false, nil
		}
		now, err := cpuTime()
		used := now.since(last).total()
		last, at = now, time.Now()
		return used < span/10 || time.Since(began) > restLimit, err
	})
}

// history collects what the engine remembers only the end of.
type history struct {
	d                       *database
	looked                  time.Time
	epoch, commit           int64 // the last ones seen
	epochs, commits, stalls []float64
}

// begin leaves out what the engine has done so far.
func (h *history) begin(ctx context.Context) (err error) {
	h.epoch, err = h.d.number(ctx, `SELECT epoch FROM tarn.status`)
	h.commit = h.epoch
	return err
}

const historyInterval = 250 * time.Millisecond

func (h *history) look(ctx context.Context) error {
	if time.Since(h.looked) < historyInterval {
		return nil
	}
	return h.last(ctx)
}

func (h *history) last(ctx context.Context) error {
	h.looked = time.Now()
	rows, err := h.d.rows(ctx, fmt.Sprintf(`SELECT epoch, milliseconds, commit_stall_ms FROM tarn.epochs WHERE epoch > %d AND rows > 0 ORDER BY epoch`, h.epoch))
	if err != nil {
		return err
	}
	for _, r := range rows {
		h.epoch = r[0].I
		h.epochs = append(h.epochs, r[1].F)
		h.stalls = append(h.stalls, r[2].F)
	}
	rows, err = h.d.rows(ctx, fmt.Sprintf(`SELECT epoch, milliseconds FROM tarn.commits WHERE epoch > %d ORDER BY epoch`, h.commit))
	for _, r := range rows {
		h.commit = r[0].I
		h.commits = append(h.commits, r[1].F)
	}
	return err
}

// stateOf sums up the arrangements.
func (d *database) state(ctx context.Context) (stateSize, error) {
	var s stateSize
	rows, err := d.rows(ctx, `SELECT coalesce(sum(rows), 0)::bigint, coalesce(sum(memory_bytes), 0)::bigint,
		coalesce(sum(rows) FILTER (WHERE resident), 0)::bigint FROM tarn.arrangements`)
	if err != nil {
		return s, err
	}
	r := rows[0]
	s = stateSize{Rows: r[0].I, MemoryBytes: r[1].I}
	if s.DiskBytes, err = d.fileBytes(); err != nil {
		return s, err
	}
	if r[2].I > 0 {
		s.MemoryPerRow = float64(s.MemoryBytes) / float64(r[2].I)
	}
	if s.Rows > 0 {
		s.DiskPerRow = float64(s.DiskBytes) / float64(s.Rows)
	}
	return s, nil
}

// fileBytes is what the store's tables take on disk, those that a compaction has
// replaced and not removed yet included.
func (d *database) fileBytes() (n int64, err error) {
	err = filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sst" {
			return ignoreGone(err)
		}
		info, err := e.Info()
		if err == nil {
			n += info.Size()
		}
		return ignoreGone(err)
	})
	return n, err
}

// ignoreGone leaves out files that are removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// answers is the checksum of the views of a run, of all of them together where
// there are several.
func (d *database) answers(ctx context.Context, views []string) (rows int64, sum string, err error) {
	var total uint64
	for _, v := range views {
		n, s, err := d.checksum(ctx, "SELECT * FROM "+v)
		if err != nil {
			return 0, "", err
		}
		var h uint64
		_, _ = fmt.Sscanf(s, "%x", &h) // it was printed so
		rows, total = rows+n, total+h
	}
	return rows, fmt.Sprintf("%016x", total), nil
}

// errorsOf fails when rows failed in a view: the figures would be of other work.
func (d *database) errorsOf(ctx context.Context) error {
	n, err := d.number(ctx, `SELECT count(*) FROM tarn.errors`)
	if err == nil && n > 0 {
		rows, e := d.rows(ctx, `SELECT * FROM tarn.errors LIMIT 1`)
		err = errors.Join(fmt.Errorf("%d rows are in tarn.errors, the first is %v", n, rows), e)
	}
	return err
}

// generated is the stream of a dataset.
type generated struct{ feed *feed }

// newGenerated is one of the auction's.
func newGenerated(d *dataset) *generated {
	f := newFeed(d)
	f.prefill(sideKind)
	return &generated{feed: f}
}

func (g *generated) setup(ctx context.Context, d *database) error {
	for _, k := range g.feed.data.kinds {
		if err := d.exec(ctx, sourceSQL(k.name, k.key, k.fields, "generator")); err != nil {
			return err
		}
	}
	return nil
}

func (g *generated) ready(ctx context.Context, d *database) (bool, error) {
	n, err := d.number(ctx, `SELECT count(*) FROM tarn.sources WHERE state <> 'idle'`)
	if err != nil || int64(g.feed.readers()) < n {
		return false, err
	}
	read, err := d.read(ctx)
	if err != nil || !g.feed.prefilled(read) {
		return false, err
	}
	behind, err := d.number(ctx, `SELECT count(*) FROM tarn.status WHERE committed_epoch < epoch`)
	return behind == 0, err
}

func (g *generated) open(limit int64, rate float64) error {
	g.feed.open(limit, rate)
	return nil
}

func (g *generated) close() error { return nil }

func (g *generated) share() float64 { return g.feed.handed() }

func (g *generated) done(ctx context.Context, d *database) (bool, error) {
	if !g.feed.finished() {
		return false, nil
	}
	read, err := d.read(ctx)
	if err != nil {
		return false, err
	}
	return g.feed.taken(read), nil
}
