package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/footprint"
	"github.com/tarndb/tarn/row"
)

// database is an open database in a directory of its own, with a session.
type database struct {
	*tarn.DB
	session *engine.Session
	dir     string

	softLimit int64 // the Go runtime's settings before, for the next run
	gcPercent int
}

// databaseConfig is how the database of a run is opened.
type databaseConfig struct {
	dir     string // where its directory is made; empty: where temporary files are
	shards  int
	memory  int64
	commit  time.Duration  // 0: one second
	openLog engine.OpenLog // nil: Kafka
}

func openDatabase(c databaseConfig) (*database, error) {
	dir, err := os.MkdirTemp(c.dir, "tarn-bench-")
	if err != nil {
		return nil, err
	}
	d := &database{dir: dir, softLimit: debug.SetMemoryLimit(-1), gcPercent: debug.SetGCPercent(100)}
	debug.SetGCPercent(d.gcPercent) // there is no other way to ask for it
	footprint.Limit(c.memory)       // as `tarn serve` does
	d.DB, err = tarn.Open(tarn.Options{
		Dir: filepath.Join(dir, "data"), Shards: c.shards, MemoryLimit: c.memory, OpenLog: c.openLog, CommitInterval: c.commit,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err == nil {
		d.session, err = d.Engine().NewSession(engine.StartupInfo{})
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// close ends the database and removes its directory.
func (d *database) close() error {
	var err error
	if d.session != nil {
		d.session.Close()
	}
	if d.DB != nil {
		err = d.DB.Close()
	}
	debug.SetMemoryLimit(d.softLimit)
	debug.SetGCPercent(d.gcPercent)
	return errors.Join(err, os.RemoveAll(d.dir))
}

// each gives the batches of a query's result to fn, which only reads them.
func (d *database) each(ctx context.Context, sql string, fn func(*row.Batch)) error {
	statements, err := d.session.Parse(sql)
	if err != nil {
		return err
	}
	if len(statements) == 1 {
		d.session.StandAlone()
	}
	for _, st := range statements {
		if err = d.one(ctx, st, fn); err != nil {
			break
		}
	}
	if e := d.session.EndImplicit(ctx, err != nil); err == nil {
		err = e
	}
	return err
}

func (d *database) one(ctx context.Context, st *engine.Statement, fn func(*row.Batch)) error {
	p, err := d.session.Prepare(ctx, st, nil)
	if err != nil {
		return err
	}
	rows, err := d.session.Execute(ctx, p, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		b, err := rows.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		fn(b)
	}
}

// columns are those of a query's result.
func (d *database) columns(ctx context.Context, sql string) ([]engine.ResultColumn, error) {
	statements, err := d.session.Parse(sql)
	if err != nil {
		return nil, err
	}
	p, err := d.session.Prepare(ctx, statements[0], nil)
	if err != nil {
		return nil, err
	}
	return p.Columns(), nil
}

func (d *database) exec(ctx context.Context, sql string) error {
	return d.each(ctx, sql, func(*row.Batch) {})
}

// rows collects a small result; cells alias what the engine has lent, and live on.
func (d *database) rows(ctx context.Context, sql string) ([]row.Row, error) {
	var out []row.Row
	err := d.each(ctx, sql, func(b *row.Batch) {
		for i := range b.Len() {
			r := b.Row(i)
			for c := range r {
				r[c].B = slices.Clone(r[c].B)
			}
			out = append(out, r)
		}
	})
	return out, err
}

// number is the one number that a query gives.
func (d *database) number(ctx context.Context, sql string) (int64, error) {
	rows, err := d.rows(ctx, sql)
	if err != nil {
		return 0, err
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		return 0, fmt.Errorf("%s: %d rows where there should be one number", sql, len(rows))
	}
	return rows[0][0].I, nil
}

// checksum is the count of a query's rows and a sum of their hashes, which does
// not depend on their order.
func (d *database) checksum(ctx context.Context, sql string) (rows int64, sum string, err error) {
	var total uint64
	var buf []byte
	err = d.each(ctx, sql, func(b *row.Batch) {
		for i := range b.Len() {
			buf = row.AppendRowValue(buf[:0], b, i)
			rows += b.Weights[i]
			total += uint64(b.Weights[i]) * xxhash.Sum64(buf)
		}
	})
	return rows, fmt.Sprintf("%016x", total), err
}

// pollInterval is between looks at what the epochs have reached.
const pollInterval = 10 * time.Millisecond

// await asks again and again until done says so. What stops the engine, or a
// source, ends it.
func (d *database) await(ctx context.Context, done func() (bool, error)) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for n := 0; ; n++ {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if n%50 == 0 {
			if err := d.healthy(ctx); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// healthy tells of what stands in SQL and would make waiting useless.
func (d *database) healthy(ctx context.Context) error {
	for _, q := range []string{
		`SELECT 'the database: ' || coalesce(problem, commit_problem) FROM tarn.status WHERE coalesce(problem, commit_problem) IS NOT NULL`,
		`SELECT 'source ' || name || ': ' || problem FROM tarn.sources WHERE problem IS NOT NULL`,
		`SELECT 'view ' || name || ': ' || problem FROM tarn.views WHERE problem IS NOT NULL`,
	} {
		rows, err := d.rows(ctx, q)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			return errors.New(string(rows[0][0].B))
		}
	}
	return nil
}

// committed reports that everything the epochs have shown is on disk.
func (d *database) committed(ctx context.Context, epoch int64) (bool, error) {
	n, err := d.number(ctx, `SELECT committed_epoch FROM tarn.status`)
	return n >= epoch, err
}

// read is how many rows of a source the epochs have taken.
func (d *database) read(ctx context.Context) (map[string]int64, error) {
	rows, err := d.rows(ctx, `SELECT source, sum("offset")::bigint FROM tarn.offsets GROUP BY source`)
	out := map[string]int64{}
	for _, r := range rows {
		out[string(r[0].B)] = r[1].I
	}
	return out, err
}
