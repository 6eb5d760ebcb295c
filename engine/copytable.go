package engine

import (
	"context"
	"fmt"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// createTableAs runs CREATE TABLE AS and SELECT INTO: the rows are there when the
// table is.
func (s *Session) createTableAs(ctx context.Context, st *Statement, n *ast.CreateTableAs) (*Rows, error) {
	tag := "CREATE TABLE AS"
	_, err := s.create(ctx, st, n.Name, RelTable, n.IfNotExists, tag, func(c *catalog.Catalog, o *catalog.Object) error {
		q := &Prepared{st: st, text: st.Source(), catalog: c, path: s.bindKey(), tag: "SELECT"}
		if err := s.bindQuery(q, n.Query); err != nil {
			return err
		}
		if err := table.FromQuery(n, o, q.bound.Columns); err != nil {
			return err
		}
		rows := map[uint32]row.Delta{}
		if !n.NoData {
			plan, err := s.planQuery(c, q, nil)
			if err != nil {
				return err
			}
			b, err := s.readRows(ctx, plan, nil)
			s.tx.unpin()
			if err != nil {
				return err
			}
			if b.Bytes() > maxTransaction {
				return tooMuch()
			}
			tag, rows[o.OID] = fmt.Sprintf("SELECT %d", b.Total()), row.Delta{b}
		}
		assignOutputs(c, o, true)
		return s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
			return s.db.addObjects(c, []*catalog.Object{o}, rows)
		})
	})
	return done(tag), err
}

// copied finds what LIKE names.
func (s *Session) copied(c *catalog.Catalog) table.Copied {
	return func(l *ast.TableLike) (*catalog.Object, func(uint32) *catalog.Object, error) {
		o, err := s.relationNamed(c, l.Name)
		if e, ok := pgerr.As(err); ok {
			err = e.At(l.Name.Pos())
		}
		return o, func(oid uint32) *catalog.Object { return c.Objects[oid] }, err
	}
}
