package engine

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// plannerCatalog is a catalog as the planner knows it.
type plannerCatalog struct {
	db    *Database
	c     *catalog
	named map[uint32]bool // takes the relations that are asked for; nil: nobody wants to know
}

var _ planner.Catalog = plannerCatalog{}

// Relation implements planner.Catalog.
func (p plannerCatalog) Relation(schema, name string) (*planner.Relation, error) {
	if o := p.c.lookup(schema, name); o != nil {
		p.note(o.OID)
		return o.relation()
	}
	t := p.db.system.byName[[2]string{schema, name}]
	if t == nil {
		return nil, nil
	}
	p.note(t.OID)
	rel := &planner.Relation{ID: t.OID, Schema: t.Schema, Name: t.Name, Kind: planner.KindSystem}
	for _, c := range t.Columns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type})
	}
	for _, c := range hiddenColumns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type, Hidden: true})
	}
	return rel, nil
}

func (p plannerCatalog) note(oid uint32) {
	if p.named != nil {
		p.named[oid] = true
	}
}

// relation is the object as the planner knows it, made once.
func (o *object) relation() (*planner.Relation, error) {
	if rel := o.rel.Load(); rel != nil {
		return rel, nil
	}
	rel, err := o.makeRelation()
	if err == nil {
		o.rel.Store(rel)
	}
	return rel, err
}

func (o *object) makeRelation() (*planner.Relation, error) {
	rel := &planner.Relation{ID: o.OID, Schema: o.Schema, Name: o.Name}
	switch o.Kind {
	case RelSource:
		rel.Kind = planner.KindSource
		rel.AppendOnly = !o.stored()
		if o.Waterline != nil {
			rel.Waterline = &planner.Waterline{Attr: o.Waterline.Column}
		}
	case RelTable:
		rel.Kind = planner.KindTable
	case RelMatView:
		rel.Kind = planner.KindMatView
	case RelView:
		rel.Kind = planner.KindView
		q, err := parseQuery(o.Query)
		if err != nil {
			return nil, err
		}
		rel.View, rel.SearchPath = q, o.Path
	}
	for _, c := range o.Columns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type, NotNull: c.NotNull})
	}
	if o.Kind == RelTable {
		if err := o.addDefaults(rel); err != nil {
			return nil, err
		}
	}
	if o.stored() {
		rel.StoredKey = o.outputKey()
	}
	if len(o.Key) > 0 {
		rel.Keys = [][]int{o.Key}
	}
	return rel, nil
}

// addDefaults reads the columns' defaults from the statement that made the table.
func (o *object) addDefaults(rel *planner.Relation) error {
	parsed, err := parser.Parse(o.SQL)
	if err != nil {
		return err
	}
	def, ok := parsed[0].Node.(*ast.CreateTable)
	if !ok {
		return pgerr.New(pgerr.InternalError, "the statement of %s makes no table", o.label())
	}
	for i, c := range def.Columns {
		rel.Columns[i].Default = c.Default
	}
	return nil
}
