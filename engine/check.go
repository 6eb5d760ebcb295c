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
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
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
// collections or from the topics up to the committed offsets, and compared row
// by row. Throw-away state goes to a directory in scratch, which must exist, and
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
	db.system = newSystemTables(db, db.opts.System)
	db.flow = newFlow(db)
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
			db.flow.nodes[o.OID] = 0 // that publish makes its rows readable
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
	if err == nil && o.Kind != RelTable {
		err = c.recompute(ctx, o)
	}
	var skip *notComparable
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &skip):
		c.report.Skipped(o.Label(), skip.Error())
	case errors.Is(err, errDiffers): // reported already
	case err != nil:
		c.report.Finding(o.Label(), err.Error())
	default:
		c.report.Checked(o.Label(), rows)
	}
	return nil
}

// notComparable says why an object cannot be computed again.
type notComparable struct{ cause error }

func (e *notComparable) Error() string { return "cannot be computed again: " + e.cause.Error() }

// errDiffers ends the check of an object whose differences are reported.
var errDiffers = errors.New("the stored rows differ")

// decodeAll reads every stored row of an object.
func (c *checker) decodeAll(ctx context.Context, o *catalog.Object) (rows int64, err error) {
	err = scanObject(c.st, o, func(b *row.Batch) error {
		rows += int64(b.Len())
		c.report.Progress(o.Label(), "reading", rows)
		return ctx.Err()
	})
	return rows, err
}

// recompute computes an object again in a circuit of its own, over throw-away
// stores, and compares what comes out with what is stored.
func (c *checker) recompute(ctx context.Context, o *catalog.Object) error {
	dir, err := os.MkdirTemp(c.scratch, "tarn-check-")
	if err != nil {
		return &notComparable{err}
	}
	defer os.RemoveAll(dir)
	store, err := storage.Open(storage.Options{Dir: filepath.Join(dir, "state"), MemoryLimit: c.db.opts.MemoryLimit, Logger: c.db.log})
	if err != nil {
		return &notComparable{err}
	}
	defer store.Close()
	r := &recomputation{
		checker: c, obj: o, store: store, inputs: map[uint32]operators.NodeID{}, reads: map[uint32][]int{},
		circuit: operators.NewCircuit(operators.Config{Shards: c.db.shards, Stores: dbStores{store}}), layout: o.Layout(),
	}
	if err := r.build(); err != nil {
		return &notComparable{err}
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	return r.compare(ctx)
}

// recomputation is an object on its way to be compared.
type recomputation struct {
	*checker
	obj     *catalog.Object
	store   *storage.DB
	circuit *operators.Circuit
	inputs  map[uint32]operators.NodeID
	reads   map[uint32][]int
	ctx     *expr.Context
	steps   int
	rows    int64
	layout  *row.Layout // of what is compared
	copy    operators.NodeID
}

// copyState is the arrangement of a copy of the stored rows.
const copyState storage.ArrID = 1 << 23

func (r *recomputation) build() error {
	if r.obj.Kind == RelSource {
		in, _, err := addInput(r.circuit, r.obj)
		r.inputs[r.obj.OID], r.reads[r.obj.OID] = in, allColumns(len(r.obj.Columns))
		return err
	}
	plan, err := r.db.planView(r.db.catalog, r.obj)
	if err != nil {
		return err
	}
	r.reads, r.ctx = plan.reads, plan.ctx
	if r.obj.Sequence {
		// Rows may have come in another order: both are compared by all columns.
		plan.iplan.Sequence = false
		if err := r.addCopy(plan.iplan.Key); err != nil {
			return err
		}
	}
	for oid := range plan.reads {
		in := r.db.catalog.Objects[oid]
		if in.Stopped != "" {
			return stoppedObject(in)
		}
		key := []int(nil)
		if in.Stored() {
			key = in.OutputKey()
		}
		id, err := r.circuit.Add(operators.Input{Types: in.Types(), Key: key}, operators.Options{Name: in.Name})
		if err != nil {
			return err
		}
		r.inputs[oid] = id
	}
	_, err = build.Build(plan.iplan, r.circuit, checkEnv{r})
	return err
}

// addCopy makes an arrangement for the stored rows.
func (r *recomputation) addCopy(key []int) error {
	types := r.obj.Types()
	r.layout = row.NewLayout(types, catalog.KeyCols(key), false)
	var err error
	if r.copy, err = r.circuit.Add(operators.Input{Types: types, Key: key}, operators.Options{Name: r.obj.Name}); err != nil {
		return err
	}
	_, err = r.circuit.Add(operators.Arrange{In: r.copy, Key: key, State: copyState}, operators.Options{Name: r.obj.Name})
	return err
}

// checkEnv is the recomputing circuit as build sees it. State gets numbers of its
// own: the operators' need not be those that the object was made with.
type checkEnv struct{ r *recomputation }

var _ build.Env = checkEnv{}

func (e checkEnv) Input(rel *planner.Relation) (operators.NodeID, error) {
	return e.r.inputs[rel.ID], nil
}
func (e checkEnv) Shared(string) (operators.NodeID, bool) { return 0, false }
func (e checkEnv) Arranged(string, operators.NodeID)      {}
func (e checkEnv) Options() operators.Options             { return operators.Options{Owner: e.r.obj.Name} }
func (e checkEnv) Context() *expr.Context                 { return e.r.ctx }

func (e checkEnv) State(op planner.OpID) storage.ArrID {
	if op == build.OutputState {
		return e.r.obj.Output
	}
	const first, apart = 1 << 24, 1 << 8
	return first + storage.ArrID(op)*apart
}

// fill feeds the inputs as of the committed epoch.
func (r *recomputation) fill(ctx context.Context) error {
	if err := r.step(ctx, nil); err != nil {
		return err
	}
	for _, oid := range sortedKeys(r.reads) {
		in := r.db.catalog.Objects[oid]
		if !in.Stored() || in == r.obj {
			if err := r.fillTopic(ctx, r.db.sources[oid]); err != nil {
				return err
			}
			continue
		}
		err := scanObject(r.st, in, func(b *row.Batch) error {
			return r.step(ctx, map[operators.NodeID]row.Delta{r.inputs[oid]: {b}})
		})
		if err != nil {
			return &notComparable{fmt.Errorf("%s: %w", in.Label(), err)}
		}
	}
	return nil
}

func (r *recomputation) fillTopic(ctx context.Context, s *source) error {
	topic, err := s.reader.Topic()
	if err != nil {
		return &notComparable{topicError(s.obj, err)}
	}
	defer topic.Close()
	for _, p := range sortedKeys(s.offsets) {
		var failed error
		err := topic.Range(ctx, p, s.starts[p], ingest.LevelOf(s.levels.Start, p), s.offsets[p], r.reads[s.obj.OID], func(k ingest.Chunk) error {
			if k.Batch.Len() > 0 {
				failed = r.step(ctx, map[operators.NodeID]row.Delta{r.inputs[s.obj.OID]: {s.input(k.Batch)}})
			}
			return failed
		})
		if failed != nil {
			return failed
		}
		if err != nil {
			return &notComparable{topicError(s.obj, err)}
		}
	}
	return nil
}

// stepsPerCommit bounds what a recomputation holds in memory that is not on disk.
const stepsPerCommit = 64

func (r *recomputation) step(ctx context.Context, in map[operators.NodeID]row.Delta) error {
	for _, d := range in {
		r.rows += int64(d.Rows())
	}
	r.report.Progress(r.obj.Label(), "computing again", r.rows)
	if err := r.circuit.Step(ctx, in); err != nil {
		return err
	}
	r.circuit.Errors() // rows on which an expression fails are none of the object's
	if err := r.store.Err(); err != nil {
		return pgerr.New(pgerr.IOError, "throw-away state cannot be read: %v", err)
	}
	if r.steps++; r.steps%stepsPerCommit != 0 || r.db.opts.MemoryLimit == 0 {
		return nil
	}
	commit := r.store.Freeze()
	err := commit.Write(ctx)
	r.store.Settle()
	return err
}
