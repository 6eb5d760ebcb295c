package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/copytext"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
)

// CopyOut prints the rows of COPY TO STDOUT.
type CopyOut = copytext.Out

// CopyIn takes the data of COPY FROM STDIN. Its methods belong to the session's
// goroutine. Once one has failed the statement has.
type CopyIn struct {
	*copytext.In
	s       *Session
	p       *Prepared
	catalog *catalog.Catalog
	table   uint32
}

// Write takes a part of the data.
func (in *CopyIn) Write(ctx context.Context, data []byte) error {
	if err := in.s.db.enter(); err != nil {
		return err
	}
	defer in.s.db.gate.Leave()
	if err := in.In.Write(data); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Finish stores the rows: the statement's transaction does with them what it does
// with those of INSERT.
func (in *CopyIn) Finish(ctx context.Context) error {
	s := in.s
	if err := s.db.enter(); err != nil {
		return err
	}
	defer s.db.gate.Leave()
	ctx, end := s.begin(ctx, in.p.text)
	defer end()
	rows, err := in.In.Finish()
	if err != nil || len(rows) == 0 {
		return err
	}
	deltas := map[uint32]row.Delta{in.table: rows}
	if err := s.admitInBlock(ctx, deltas); err != nil {
		err = in.Blame(err, func(b *row.Batch) error {
			return s.admitInBlock(ctx, map[uint32]row.Delta{in.table: {b}})
		})
		return ended(ctx, err)
	}
	return s.tx.add(ctx, in.catalog, deltas)
}

// copyFrom begins COPY FROM STDIN.
func (s *Session) copyFrom(ctx context.Context, p *Prepared, n *ast.Copy) (*Rows, error) {
	if err := copytext.StreamsOnly(n); err != nil {
		return nil, err
	}
	if err := s.checkWrite("COPY FROM"); err != nil {
		return nil, err
	}
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.relationNamed(c, copyTarget(n))
	if err != nil {
		return nil, err
	}
	in, err := copytext.NewIn(n, o, maxTransaction, s.bindOptions(c, nil), s)
	if err != nil {
		return nil, err
	}
	tag := func() string { return fmt.Sprintf("COPY %d", in.Count()) }
	return &Rows{copyIn: &CopyIn{In: in, s: s, p: p, catalog: c, table: o.OID}, tag: tag}, nil
}

func copyTarget(n *ast.Copy) ast.ObjectName {
	return ast.ObjectName{Loc: n.Table.Loc, Catalog: n.Table.Catalog, Schema: n.Table.Schema, Name: n.Table.Name}
}

// copyTo runs COPY TO STDOUT: a query whose rows are printed.
func (s *Session) copyTo(ctx context.Context, p *Prepared, n *ast.Copy) (*Rows, error) {
	if err := copytext.StreamsOnly(n); err != nil {
		return nil, err
	}
	format, err := copytext.Options(n.Options, false)
	if err != nil {
		return nil, err
	}
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, err
	}
	query := n.Query
	if query == nil {
		o, err := s.relationNamed(c, copyTarget(n))
		if err != nil {
			return nil, err
		}
		if query, err = copytext.Query(o, n); err != nil {
			return nil, err
		}
	}
	inner := &Prepared{st: p.st, text: p.text, catalog: c, path: s.bindKey(), tag: "SELECT"}
	if err := s.bindQuery(inner, query); err != nil {
		return nil, err
	}
	var names []string
	var types []row.Type
	for _, col := range inner.columns {
		names, types = append(names, col.Name), append(types, col.Type)
	}
	out, err := copytext.NewOut(format, names, types, *s.Style())
	if err != nil {
		return nil, err
	}
	rows, err := s.runQuery(ctx, inner, nil)
	if err != nil {
		return nil, err
	}
	tag := rows.tag
	rows.columns, rows.copyOut = nil, out
	rows.tag = func() string { return "COPY " + strings.TrimPrefix(tag(), "SELECT ") }
	return rows, nil
}
