package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/flow"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// An index is one more arrangement of its table's rows, beside the one that they are
// in by their primary key: the circuit keeps it, and it is committed with the rest.

// assignOutputs gives a table and its indexes the arrangements that have no number
// yet. fresh says that none is kept.
func assignOutputs(c *catalog.Catalog, o *catalog.Object, fresh bool) {
	next := c.NextArr
	if fresh {
		o.Output = next
		next++
	}
	for i := range o.Indexes {
		if x := &o.Indexes[i]; fresh || x.Rows == 0 {
			x.Rows = next
			next++
		}
	}
}

// createIndex runs CREATE INDEX.
func (s *Session) createIndex(ctx context.Context, n *ast.CreateIndex) (*Rows, error) {
	const tag = "CREATE INDEX"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	o, err := s.relationNamed(c, n.Table)
	if err != nil {
		return nil, err
	}
	if n.Name != "" && n.IfNotExists && c.Taken(o.Schema, n.Name) {
		s.notice("NOTICE", pgerr.DuplicateTable, fmt.Sprintf("relation %q already exists, skipping", n.Name))
		return done(tag), nil
	}
	switch {
	case o.Kind == RelView:
		return nil, pgerr.New(pgerr.WrongObjectType, "cannot create index on relation %q", o.Name).
			WithDetail("This operation is not supported for views.")
	case o.Kind != RelTable:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "CREATE INDEX on a %s is not supported", o.Kind.Noun()).At(n.Pos())
	}
	return done(tag), s.alterTable(ctx, c, o, []*ast.AlterAction{{Kind: ast.AddIndex, Index: n}})
}

// dropIndexes runs DROP INDEX.
func (s *Session) dropIndexes(ctx context.Context, n *ast.Drop) (*Rows, error) {
	const tag = "DROP INDEX"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	var tables []*catalog.Object
	drops := map[uint32][]*ast.AlterAction{}
	for _, name := range n.Names {
		o, err := s.indexOwner(c, name)
		switch {
		case err != nil:
			return nil, err
		case o == nil && !n.IfExists:
			return nil, s.noIndex(c, name)
		case o == nil:
			s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("index %q does not exist, skipping", name.Name))
		case !slices.ContainsFunc(drops[o.OID], func(a *ast.AlterAction) bool { return a.Name == name.Name }):
			if drops[o.OID] == nil {
				tables = append(tables, o)
			}
			drops[o.OID] = append(drops[o.OID], &ast.AlterAction{Kind: ast.DropIndex, Name: name.Name})
		}
	}
	if len(tables) == 0 {
		return done(tag), nil
	}
	var all []*table.Alteration
	next := c
	for _, o := range tables {
		a, err := s.alteration(next, o, drops[o.OID])
		if err != nil {
			return nil, err
		}
		all, next = append(all, a), a.In(next)
	}
	return done(tag), s.db.withoutWrites(ctx, func() error { return s.db.swapIndexes(ctx, c, all...) })
}

// noIndex is the error of a name that is no index's.
func (s *Session) noIndex(c *catalog.Catalog, name ast.ObjectName) error {
	if o, err := s.relationNamed(c, name); err == nil {
		return pgerr.New(pgerr.WrongObjectType, "%q is not an index", name.Name).WithHint("%s", dropHint(o))
	}
	return pgerr.New(pgerr.UndefinedObject, "index %q does not exist", name.Name)
}

// indexOwner finds the table of an index; nil if there is no such index.
func (s *Session) indexOwner(c *catalog.Catalog, name ast.ObjectName) (*catalog.Object, error) {
	if err := s.inDatabase(name); err != nil {
		return nil, err
	}
	path := s.derived().searchPath
	if name.Schema != "" {
		path = []string{name.Schema}
	}
	return c.IndexOwner(path, name.Name), nil
}

// fillIndexes puts the rows that are there into new indexes, whose arrangements no
// object of the catalog has yet, a batch at a time between the epochs. No write may
// be on its way. What a crash leaves of it is dropped at the next start.
func (db *Database) fillIndexes(ctx context.Context, a *table.Alteration, fresh []int) error {
	st, err := db.acquire(ctx, []uint32{a.Old.OID})
	if err != nil {
		return err
	}
	defer st.release()
	var circuit *operators.Circuit
	var in operators.NodeID
	err = db.change(ctx, func() (err error) {
		next := db.catalog.Clone()
		next.NextArr = max(next.NextArr, next.With(a.Object).NextArr)
		db.catalog = next
		circuit = operators.NewCircuit(operators.Config{Shards: db.shards, Stores: flow.Stores{DB: db.store}})
		if in, err = circuit.Add(operators.Input{Types: a.Old.Types(), Key: a.Old.OutputKey()}, operators.Options{Name: a.Old.Name, Owner: a.Old.Name}); err != nil {
			return err
		}
		for _, i := range fresh {
			if _, err := flow.AddIndex(circuit, in, a.Object, &a.Object.Indexes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return scanObject(st, a.Old, func(b *row.Batch) error {
		return db.change(ctx, func() error {
			db.advanced = true
			err := circuit.Step(ctx, map[operators.NodeID]row.Delta{in: {b}})
			db.tendMemory()
			return err
		})
	})
}

// dropArrangements takes what a change of the catalog that failed has made.
func (db *Database) dropArrangements(ids []storage.ArrID) {
	_ = db.do(context.Background(), func() error {
		if db.halted == nil {
			db.store.Drop(ids...)
			db.advanced = true
		}
		return nil
	})
}
