package engine

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/system"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// plannerCatalog is a catalog as the planner knows it.
type plannerCatalog struct {
	db    *Database
	c     *catalog.Catalog
	named map[uint32]bool // takes the relations that are asked for; nil: nobody wants to know
}

var (
	_ planner.Catalog = plannerCatalog{}
	_ planner.Schemas = plannerCatalog{}
)

// Relation implements planner.Catalog.
func (p plannerCatalog) Relation(schema, name string) (*planner.Relation, error) {
	if o := p.c.Lookup(schema, name); o != nil {
		p.note(o.OID)
		return o.Relation()
	}
	t := p.db.system.Named(schema, name)
	if t == nil {
		return nil, nil
	}
	p.note(t.OID)
	rel := &planner.Relation{ID: t.OID, Schema: t.Schema, Name: t.Name, Kind: planner.KindSystem}
	for _, c := range t.Columns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type})
	}
	for _, c := range system.HiddenColumns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type, Hidden: true})
	}
	return rel, nil
}

// Type implements planner.Catalog.
func (p plannerCatalog) Type(schema, name string) (t row.Type, ok bool, err error) {
	found := p.c.TypeNamed(schema, name)
	if found == nil {
		return t, false, p.db.mustHaveSchema(p.c, schema)
	}
	p.note(found.OID)
	return found.Type(), true, nil
}

// HasSchema implements planner.Schemas.
func (p plannerCatalog) HasSchema(name string) bool { return p.db.hasSchema(p.c, name) }

func (p plannerCatalog) note(oid uint32) {
	if p.named != nil {
		p.named[oid] = true
	}
}
