// Package recheck computes a stored object again from its inputs, in a circuit of its
// own over throw-away stores, and compares what comes out with what is stored. The
// indexes of a table are computed from its rows.
package recheck

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Inputs are what objects are computed from, as of the committed epoch.
type Inputs interface {
	// Stored reads the rows of a stored object.
	Stored(o *catalog.Object, fn func(*row.Batch) error) error
	// Topic reads what was taken of a source's topic: some of its columns.
	Topic(ctx context.Context, o *catalog.Object, columns []int, fn func(*row.Batch) error) error
	// Trees are the rows of an arrangement as they are kept, by shard; their errors are
	// ReadError's.
	Trees(id storage.ArrID) []*storage.TreeSnapshot
	ReadError() error
}

// Plan is how an object is computed: without an incremental plan it is a source, or a
// table, whose own rows say what is in its indexes; Source makes the circuit.
type Plan struct {
	IPlan   *planner.IPlan
	Reads   map[uint32][]int // columns by relation
	Context *expr.Context
	Source  func(c *operators.Circuit) (in operators.NodeID, err error)
}

// Config says where and how it is done.
type Config struct {
	Scratch     string // a directory, which exists
	MemoryLimit int64
	Logger      *slog.Logger
	Shards      int
	Catalog     *catalog.Catalog
	Inputs      Inputs
	Progress    func(phase string, rows int64)
}

// NotComparable says why an object cannot be computed again.
type NotComparable struct{ cause error }

func (e *NotComparable) Error() string { return "cannot be computed again: " + e.cause.Error() }

// stores gives operators throw-away stores.
type stores struct{ db *storage.DB }

func (s stores) Tree(id storage.ArrID, shard int) *storage.Tree   { return s.db.Tree(id, shard) }
func (s stores) Table(id storage.ArrID, shard int) *storage.Table { return s.db.Table(id, shard) }

// Run computes an object again. It gives what is wrong with the stored rows, nothing if
// they are as they should be.
func Run(ctx context.Context, o *catalog.Object, plan func() (*Plan, error), cfg Config) (problem string, err error) {
	dir, err := os.MkdirTemp(cfg.Scratch, "tarn-check-")
	if err != nil {
		return "", &NotComparable{err}
	}
	defer os.RemoveAll(dir)
	store, err := storage.Open(storage.Options{Dir: filepath.Join(dir, "state"), MemoryLimit: cfg.MemoryLimit, Logger: cfg.Logger})
	if err != nil {
		return "", &NotComparable{err}
	}
	defer store.Close()
	r := &recomputation{
		Config: cfg, obj: o, store: store, inputs: map[uint32]operators.NodeID{},
		circuit: operators.NewCircuit(operators.Config{Shards: cfg.Shards, Stores: stores{store}}), layout: o.Layout(),
	}
	p, err := plan()
	if err == nil {
		err = r.build(p)
	}
	if err != nil {
		return "", &NotComparable{err}
	}
	if err := r.fill(ctx); err != nil {
		return "", err
	}
	return r.compare(ctx)
}

// recomputation is an object on its way to be compared.
type recomputation struct {
	Config
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

func (r *recomputation) build(p *Plan) error {
	r.reads, r.ctx = p.Reads, p.Context
	if p.IPlan == nil {
		in, err := p.Source(r.circuit)
		r.inputs[r.obj.OID] = in
		return err
	}
	if r.obj.Sequence {
		// Rows may have come in another order: both are compared by all columns.
		p.IPlan.Sequence = false
		if err := r.addCopy(p.IPlan.Key); err != nil {
			return err
		}
	}
	for oid := range r.reads {
		in := r.Catalog.Objects[oid]
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
	_, err := build.Build(p.IPlan, r.circuit, checkEnv{r})
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

func (e checkEnv) Input(rel *planner.Relation, _ []int) (operators.NodeID, error) {
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
	for _, oid := range slices.Sorted(maps.Keys(r.reads)) {
		in := r.Catalog.Objects[oid]
		feed := func(b *row.Batch) error { return r.step(ctx, map[operators.NodeID]row.Delta{r.inputs[oid]: {b}}) }
		if !in.Stored() || in == r.obj && in.Kind == catalog.Source {
			if err := r.fillTopic(ctx, in, feed); err != nil {
				return err
			}
			continue
		}
		if err := r.Inputs.Stored(in, feed); err != nil {
			return &NotComparable{fmt.Errorf("%s: %w", in.Label(), err)}
		}
	}
	return nil
}

// fillTopic feeds a topic; that it cannot be read is no fault of the object's.
func (r *recomputation) fillTopic(ctx context.Context, in *catalog.Object, feed func(*row.Batch) error) error {
	var failed error
	err := r.Inputs.Topic(ctx, in, r.reads[in.OID], func(b *row.Batch) error {
		failed = feed(b)
		return failed
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		return &NotComparable{err}
	}
	return nil
}

// stepsPerCommit bounds what a recomputation holds in memory that is not on disk.
const stepsPerCommit = 64

func (r *recomputation) step(ctx context.Context, in map[operators.NodeID]row.Delta) error {
	for _, d := range in {
		r.rows += int64(d.Rows())
	}
	r.Progress("computing again", r.rows)
	if err := r.circuit.Step(ctx, in); err != nil {
		return err
	}
	r.circuit.Errors() // rows on which an expression fails are none of the object's
	if err := r.store.Err(); err != nil {
		return pgerr.New(pgerr.IOError, "throw-away state cannot be read: %v", err)
	}
	if r.steps++; r.steps%stepsPerCommit != 0 || r.MemoryLimit == 0 {
		return nil
	}
	commit := r.store.Freeze()
	err := commit.Write(ctx)
	r.store.Settle()
	return err
}
