package engine

import (
	"context"
	"fmt"
	"maps"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/record"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A sequence is kept as a table of one row, which says what values are given out, or
// may be: it changes through the table log, a few values ahead, and not in the
// transactions that take them. What was given out lately is known to its counter.

// counter finds the counter of a sequence, which goes on from its row.
func (db *Database) counter(ctx context.Context, oid uint32) (*sequence.Counter, error) {
	return db.counters.Find(oid, func() (*sequence.Counter, error) {
		st, err := db.acquire(ctx, []uint32{oid})
		if err != nil {
			return nil, err
		}
		defer st.release()
		o := st.catalog.Objects[oid]
		if o == nil || o.Kind != RelSequence {
			return nil, pgerr.New(pgerr.UndefinedTable, "could not open relation with OID %d", oid)
		}
		at := sequence.Begin(o.Counts)
		err = scanObject(st, o, func(b *row.Batch) error {
			at = sequence.Of(b)
			return nil
		})
		return sequence.NewCounter(o, at, db.promise), err
	})
}

// promise implements sequence.Promise.
func (db *Database) promise(o *catalog.Object, from, to sequence.State) error {
	return db.request(context.Background(), db.counts, newWrite(map[uint32]row.Delta{o.OID: {sequence.Change(from, to)}}, nil))
}

// writeRestarting is write for a transaction that makes sequences begin anew, in the
// same epoch.
func (db *Database) writeRestarting(ctx context.Context, deltas map[uint32]row.Delta, locks table.Locks, shapes map[uint32]shape, sequences []*catalog.Object) error {
	if err := db.refusedNow(); err != nil {
		return err
	}
	restart := &sequence.Restart{}
	for _, o := range sequences {
		c, err := db.counter(ctx, o.OID)
		if err != nil {
			return err
		}
		restart.Add(c)
	}
	r := &writeRequest{deltas: map[uint32]row.Delta{}, locks: locks, shapes: shapes, answer: make(chan error, 1)}
	maps.Copy(r.deltas, deltas)
	r.alone = func() error {
		rows, err := restart.Begin(ctx)
		if err != nil {
			return err
		}
		maps.Copy(r.deltas, rows)
		r.record = record.Encode(r.deltas)
		return nil
	}
	err := db.request(ctx, db.requests, r)
	restart.End(err == nil)
	return err
}

var _ sysfn.Sequences = (*caller)(nil)

func (s *caller) Next(oid uint32) (int64, error) {
	if err := (*Session)(s).checkWrite("nextval()"); err != nil {
		return 0, err
	}
	c, err := s.db.counter(context.Background(), oid)
	if err != nil {
		return 0, err
	}
	return c.Next(context.Background())
}

func (s *caller) Set(oid uint32, v int64, called bool) error {
	if err := (*Session)(s).checkWrite("setval()"); err != nil {
		return err
	}
	c, err := s.db.counter(context.Background(), oid)
	if err != nil {
		return err
	}
	return c.Set(context.Background(), sequence.State{Last: v, Called: called})
}

func (s *caller) Last(oid uint32) (v int64, ok bool, err error) {
	c, err := s.db.counter(context.Background(), oid)
	if err != nil {
		return 0, false, err
	}
	at, _, err := c.State(context.Background())
	return at.Last, at.Called, err
}

// lastValue is the last value of a sequence, for catalogs.
func (db *Database) lastValue(oid uint32) (v int64, ok bool) {
	c, err := db.counter(context.Background(), oid)
	if err != nil {
		return 0, false
	}
	at, _, err := c.State(context.Background())
	return at.Last, at.Called && err == nil
}

func (s *caller) Drawn() *sysfn.Drawn { return &s.drawn }

// addObjects puts new tables and sequences into the circuit and the catalog, with
// rows by their numbers. An error leaves it done by halves, so the epochs stop. It
// belongs to the loop.
func (db *Database) addObjects(c *catalog.Catalog, objects []*catalog.Object, rows map[uint32]row.Delta) (*catalog.Catalog, error) {
	err := func() error {
		for _, o := range objects {
			c = c.With(o)
			if err := db.flow.Attach(o); err != nil {
				return err
			}
		}
		db.catalog = c
		if len(rows) == 0 {
			return nil
		}
		return db.stepCircuit(context.Background(), rows)
	}()
	if err != nil {
		db.halt(err)
		return nil, err
	}
	return db.catalog, nil
}

// createSequence runs CREATE SEQUENCE.
func (s *Session) createSequence(ctx context.Context, st *Statement, n *ast.CreateSequence) (*Rows, error) {
	return s.create(ctx, st, n.Name, RelSequence, n.IfNotExists, "CREATE SEQUENCE", func(c *catalog.Catalog, o *catalog.Object) (err error) {
		if o.Counts, _, err = sequence.Define(&n.Options, row.T(row.Int8), nil, s.bindOptions(c, nil)); err != nil {
			return err
		}
		o.Columns = catalog.SequenceColumns()
		assignOutputs(c, o, true)
		owner, err := s.ownedBy(c, o, n.Options.OwnedBy)
		if err != nil {
			return err
		}
		rows, err := s.db.counters.FirstRows(ctx, []*catalog.Object{o})
		if err != nil {
			return err
		}
		return s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
			c, err := s.db.addObjects(c, []*catalog.Object{o}, rows)
			if err == nil && owner != nil {
				c = c.With(owner)
			}
			return c, err
		})
	})
}

// ownedBy is a table, changed as OWNED BY says; nil if none changes.
func (s *Session) ownedBy(c *catalog.Catalog, o *catalog.Object, names []string) (*catalog.Object, error) {
	switch {
	case names == nil:
		return nil, nil
	case len(names) == 1 && names[0] == "none":
		return sequence.Free(c, o)
	case len(names) == 1:
		return nil, pgerr.New(pgerr.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
	}
	name := ast.ObjectName{Name: names[len(names)-2]}
	if len(names) > 2 {
		name.Schema = names[len(names)-3]
	}
	t, err := s.relationNamed(c, name)
	if err != nil {
		return nil, err
	}
	return sequence.Own(c, t, o, names[len(names)-1])
}

// alterSequence runs ALTER SEQUENCE.
func (s *Session) alterSequence(ctx context.Context, n *ast.AlterSequence) (*Rows, error) {
	const tag = "ALTER SEQUENCE"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	o, err := s.relationNamed(c, n.Name)
	if err != nil {
		if n.IfExists && pgerr.Code(err) == pgerr.UndefinedTable {
			s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("relation %q does not exist, skipping", n.Name.Name))
			return done(tag), nil
		}
		return nil, err
	}
	if o.Kind != RelSequence {
		return nil, pgerr.New(pgerr.WrongObjectType, "%q is not a sequence", o.Name)
	}
	next, err := o.Altered()
	if err != nil {
		return nil, err
	}
	var restart *int64
	if next.Counts, restart, err = sequence.Define(&n.Options, o.Counts.Type, o.Counts, s.bindOptions(c, nil)); err != nil {
		return nil, err
	}
	owner, err := s.ownedBy(c, o, n.Options.OwnedBy)
	if err != nil {
		return nil, err
	}
	return done(tag), s.recount(ctx, next, owner, restart)
}

// recount puts an altered sequence in its place; restart, if not nil, is where it goes on.
func (s *Session) recount(ctx context.Context, o, owner *catalog.Object, restart *int64) error {
	counter, err := s.db.counter(ctx, o.OID)
	if err != nil {
		return err
	}
	return counter.Replace(ctx, o, restart, func(delta *row.Batch) (done bool, err error) {
		err = s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
			c, err := sequence.Altered(c, o, owner)
			if err == nil {
				c, err = s.db.addObjects(c, nil, map[uint32]row.Delta{o.OID: {delta}})
			}
			done = err == nil
			return c, err
		})
		return done, err
	})
}
