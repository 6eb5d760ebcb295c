package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/flow"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/recheck"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/storage/tablelog"
)

// CheckReport hears what a check does and finds. Every function may be nil.
type CheckReport struct {
	Progress func(object, phase string, rows int64)
	// Checked: the object holds what its inputs say, in so many rows.
	Checked func(object string, rows int64)
	// Skipped: the object could not be compared, for a reason that is no damage.
	Skipped func(object, reason string)
	// Finding: something is wrong with the object.
	Finding func(object, problem string)
}

func (r *CheckReport) fill() {
	if r.Progress == nil {
		r.Progress = func(string, string, int64) {}
	}
	if r.Checked == nil {
		r.Checked = func(string, int64) {}
	}
	if r.Skipped == nil {
		r.Skipped = func(string, string) {}
	}
	if r.Finding == nil {
		r.Finding = func(string, string) {}
	}
}

// Check examines a data directory that no server has open, as its last commit
// left it, and changes nothing in it: the files' checksums are verified, every stored row is read and decoded, and
// every materialized view and stored source is computed again, from stored
// collections or from the topics up to the committed offsets, and every index from
// its table's rows, and compared row by row. Throw-away state goes to a directory in scratch, which must exist, and
// obeys opts.MemoryLimit. An error means that the check could not be made; what
// is wrong with the directory's content goes to the report.
func Check(ctx context.Context, opts Options, scratch string, report CheckReport) (err error) {
	opts.fill()
	report.fill()
	if err := tablelog.Check(nil, filepath.Join(opts.Dir, "tables")); err != nil && !errors.Is(err, os.ErrNotExist) {
		report.Finding("table log", err.Error())
	}
	store, err := opts.openStore(storage.Options{Dir: opts.Dir, MemoryLimit: opts.MemoryLimit, Logger: opts.Logger, ReadOnly: true})
	if err != nil {
		return err
	}
	c := &checker{
		db:     &Database{opts: opts, log: opts.Logger, shards: opts.Shards, store: store, sources: map[uint32]*source{}, started: time.Now()},
		report: report, scratch: scratch,
	}
	defer func() {
		c.db.states.releaseAll()
		err = errors.Join(err, store.Close())
	}()
	if opts.StartBroker != nil {
		if c.db.opts.DefaultBroker, err = opts.StartBroker(); err != nil {
			return err
		}
	}
	if err := c.load(); err != nil {
		return err
	}
	if err := c.verify(ctx); err != nil {
		return err
	}
	return c.all(ctx)
}

// verify reads every block of the state's files against its checksum, and names
// the objects that may have rows in a damaged one.
func (c *checker) verify(ctx context.Context) error {
	damages, err := c.db.store.Verify(ctx, func(done, total int64) {
		c.report.Progress("checksums", fmt.Sprintf("%d of %d MiB", done>>20, total>>20), 0)
	})
	if err != nil {
		return err
	}
	for _, d := range damages {
		var whose []string
		for _, o := range c.db.catalog.Ordered() {
			if slices.ContainsFunc(d.IDs, o.Keeps) {
				whose = append(whose, o.Label())
			}
		}
		cause, _, _ := strings.Cut(d.Err.Error(), "\n")
		problem := "cannot be read: " + cause
		if len(whose) > 0 {
			problem += "; it may have rows of " + strings.Join(whose, ", ")
		}
		c.report.Finding("file "+d.File, problem)
	}
	return nil
}

// checker is one check.
type checker struct {
	db      *Database // only read from: nothing runs
	st      *state    // the committed epoch
	report  CheckReport
	scratch string
}

// load reads the catalog and the offsets, and makes the committed epoch readable.
func (c *checker) load() error {
	db := c.db
	if err := db.fixShards(0); err != nil {
		return err
	}
	cat, err := catalog.Load(db.store)
	if err != nil {
		return err
	}
	db.catalog = cat
	db.system = db.systemTables()
	db.flow = flow.New(db.shards, db.store)
	for _, o := range cat.Ordered() {
		if o.Kind == RelSource {
			s, err := db.newSource(o)
			if err == nil {
				err = db.loadOffsets(s)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", o.Label(), err)
			}
			db.sources[o.OID] = s
		}
		if o.Stored() {
			db.flow.Show(o) // that publish makes its rows readable
		}
	}
	db.publish()
	c.st = db.current.Load()
	return nil
}

// all checks every stored object, what it reads before it.
func (c *checker) all(ctx context.Context) error {
	for _, o := range c.db.catalog.Ordered() {
		if !o.Stored() {
			continue
		}
		if o.Stopped != "" {
			c.report.Skipped(o.Label(), "it has stopped: "+o.Stopped)
			continue
		}
		if err := c.object(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// object checks one object. Only the end of ctx is an error.
func (c *checker) object(ctx context.Context, o *catalog.Object) error {
	rows, err := c.decodeAll(ctx, o)
	problem := ""
	if err == nil && o.Kind != RelSequence && (o.Kind != RelTable || len(o.Indexes) > 0) {
		problem, err = c.recompute(ctx, o)
	}
	var skip *recheck.NotComparable
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &skip):
		c.report.Skipped(o.Label(), skip.Error())
	case err != nil:
		c.report.Finding(o.Label(), err.Error())
	case problem != "":
		c.report.Finding(o.Label(), problem)
	default:
		c.report.Checked(o.Label(), rows)
	}
	return nil
}

// decodeAll reads every stored row of an object.
func (c *checker) decodeAll(ctx context.Context, o *catalog.Object) (rows int64, err error) {
	err = scanObject(c.st, o, func(b *row.Batch) error {
		rows += int64(b.Len())
		c.report.Progress(o.Label(), "reading", rows)
		return ctx.Err()
	})
	return rows, err
}

// recompute computes an object again, and gives what is wrong with its stored rows.
func (c *checker) recompute(ctx context.Context, o *catalog.Object) (problem string, err error) {
	return recheck.Run(ctx, o, func() (*recheck.Plan, error) { return c.plan(o) }, recheck.Config{
		Scratch: c.scratch, MemoryLimit: c.db.opts.MemoryLimit, Logger: c.db.log, Shards: c.db.shards, Catalog: c.db.catalog,
		Inputs: c, Progress: func(phase string, rows int64) { c.report.Progress(o.Label(), phase, rows) },
	})
}

func (c *checker) plan(o *catalog.Object) (*recheck.Plan, error) {
	if o.Kind == RelSource || o.Kind == RelTable {
		return &recheck.Plan{
			Reads: map[uint32][]int{o.OID: allColumns(len(o.Columns))},
			Source: func(circuit *operators.Circuit) (operators.NodeID, error) {
				in, _, err := flow.AddInput(circuit, o)
				for i := 0; i < len(o.Indexes) && err == nil; i++ {
					_, err = flow.AddIndex(circuit, in, o, &o.Indexes[i])
				}
				return in, err
			},
		}, nil
	}
	p, err := c.db.planView(c.db.catalog, o)
	if err != nil {
		return nil, err
	}
	for oid := range p.reads {
		if in := c.db.catalog.Objects[oid]; in.Stopped != "" {
			return nil, stoppedObject(in)
		}
	}
	return &recheck.Plan{IPlan: p.iplan, Reads: p.reads, Context: p.ctx}, nil
}

var _ recheck.Inputs = (*checker)(nil)

// Stored implements recheck.Inputs.
func (c *checker) Stored(o *catalog.Object, fn func(*row.Batch) error) error {
	return scanObject(c.st, o, fn)
}

// Trees implements recheck.Inputs.
func (c *checker) Trees(id storage.ArrID) []*storage.TreeSnapshot { return c.st.trees[id] }

// ReadError implements recheck.Inputs.
func (c *checker) ReadError() error { return c.st.readError() }

// Topic implements recheck.Inputs.
func (c *checker) Topic(ctx context.Context, o *catalog.Object, columns []int, fn func(*row.Batch) error) error {
	s := c.db.sources[o.OID]
	topic, err := s.reader.Topic()
	if err != nil {
		return topicError(o, err)
	}
	defer topic.Close()
	for _, p := range sortedKeys(s.offsets) {
		err := topic.Range(ctx, p, s.starts[p], ingest.LevelOf(s.levels.Start, p), s.offsets[p], columns, func(k ingest.Chunk) error {
			if k.Batch.Len() == 0 {
				return nil
			}
			return fn(s.input(k.Batch))
		})
		if err != nil {
			return topicError(o, err)
		}
	}
	return nil
}
