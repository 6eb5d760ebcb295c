package catalog

import (
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Relation is the object as the planner knows it, made once.
func (o *Object) Relation() (*planner.Relation, error) {
	if rel := o.rel.Load(); rel != nil {
		return rel, nil
	}
	rel, err := o.makeRelation()
	if err == nil {
		o.rel.Store(rel)
	}
	return rel, err
}

func (o *Object) makeRelation() (*planner.Relation, error) {
	rel := &planner.Relation{ID: o.OID, Schema: o.Schema, Name: o.Name}
	switch o.Kind {
	case Source:
		rel.Kind = planner.KindSource
		rel.AppendOnly = !o.Stored()
		if o.Waterline != nil {
			rel.Waterline = &planner.Waterline{Attr: o.Waterline.Column}
		}
	case Table:
		rel.Kind = planner.KindTable
	case MaterializedView:
		rel.Kind = planner.KindMatView
	case View:
		rel.Kind = planner.KindView
		q, err := ParseQuery(o.Query)
		if err != nil {
			return nil, err
		}
		rel.View, rel.SearchPath = q, o.Path
	}
	for _, c := range o.Columns {
		rel.Columns = append(rel.Columns, planner.RelColumn{Name: c.Name, Type: c.Type, NotNull: c.NotNull})
	}
	if o.Kind == Table {
		if err := o.addDefaults(rel); err != nil {
			return nil, err
		}
	}
	if o.Stored() {
		rel.StoredKey = o.OutputKey()
	}
	if len(o.Key) > 0 {
		rel.Keys = [][]int{o.Key}
	}
	return rel, nil
}

// addDefaults reads the columns' defaults from the statement that made the table.
func (o *Object) addDefaults(rel *planner.Relation) error {
	parsed, err := parser.Parse(o.SQL)
	if err != nil {
		return err
	}
	def, ok := parsed[0].Node.(*ast.CreateTable)
	if !ok {
		return pgerr.New(pgerr.InternalError, "the statement of %s makes no table", o.Label())
	}
	for i, c := range def.Columns {
		rel.Columns[i].Default = c.Default
	}
	return nil
}

// ParseQuery reads the text of a view's query.
func ParseQuery(text string) (*ast.Select, error) {
	parsed, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	if len(parsed) == 1 {
		if q, ok := parsed[0].Node.(*ast.Select); ok {
			return q, nil
		}
	}
	return nil, pgerr.New(pgerr.InternalError, "%q is not one query", strings.TrimSpace(text))
}
