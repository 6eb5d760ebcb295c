package engine

import (
	"context"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// computeTruncate retracts all rows of some tables: they go as those of DELETE do,
// so that a transaction can take them back and views follow.
func (s *Session) computeTruncate(ctx context.Context, c *catalog.Catalog, n *ast.Truncate) (*Rows, map[uint32]row.Delta, error) {
	var oids []uint32
	for _, t := range n.Tables {
		o, err := s.relationNamed(c, ast.ObjectName{Catalog: t.Catalog, Schema: t.Schema, Name: t.Name})
		if err != nil {
			return nil, nil, err
		}
		if o.Kind != RelTable {
			return nil, nil, pgerr.New(pgerr.WrongObjectType, "%q is not a table", t.Name)
		}
		if !slices.Contains(oids, o.OID) {
			oids = append(oids, o.OID)
		}
	}
	st, err := s.snapshotFor(ctx, oids)
	if err != nil {
		return nil, nil, err
	}
	deltas := map[uint32]row.Delta{}
	var restarted []*catalog.Object
	for _, oid := range oids {
		o, err := st.Table(oid)
		if err != nil {
			return nil, nil, err
		}
		out, err := s.retraction(st, o)
		if err != nil {
			return nil, nil, err
		}
		if out != nil {
			deltas[oid] = row.Delta{out}
		}
		if n.Restart {
			restarted = append(restarted, c.Owned(o)...)
		}
	}
	if s.open().block && len(restarted) > 0 {
		return nil, nil, pgerr.New(pgerr.FeatureNotSupported, "TRUNCATE ... RESTART IDENTITY in a transaction block is not supported").At(n.Pos())
	}
	s.tx.restarts = append(s.tx.restarts, restarted...)
	return done("TRUNCATE TABLE"), deltas, nil
}

// retraction takes back all rows of a table, the transaction's own included.
func (s *Session) retraction(st *state, o *catalog.Object) (*row.Batch, error) {
	out := row.NewBatch(o.Types(), 0)
	take := func(b *row.Batch) error {
		for i := range b.Len() {
			out.AppendFrom(b, i, -b.Weights[i])
		}
		return nil
	}
	if err := scanObject(st, o, take); err != nil {
		return nil, err
	}
	for _, b := range s.tx.writes[o.OID] {
		if err := take(b); err != nil {
			return nil, err
		}
	}
	return row.Consolidate(row.Delta{out}), nil
}
