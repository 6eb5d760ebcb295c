package catalog

import (
	"slices"
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
	case Sequence:
		rel.Kind = planner.KindSequence
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
	for i := range o.Columns {
		c, err := o.Columns[i].relColumn()
		if err != nil {
			return nil, err
		}
		rel.Columns = append(rel.Columns, c)
	}
	for _, c := range o.Checks {
		e, err := parser.ParseExpr(c.SQL)
		if err != nil {
			return nil, err
		}
		rel.Checks = append(rel.Checks, planner.RelCheck{Name: c.Name, Expr: e})
	}
	if o.Stored() && o.Kind != Sequence {
		rel.StoredKey = o.OutputKey()
	}
	if len(o.Key) > 0 {
		rel.Keys = [][]int{o.Key}
	}
	rel.Primary = o.Kind == Table && len(o.Key) > 0
	return rel, o.uniques(rel)
}

func (c *Column) relColumn() (planner.RelColumn, error) {
	out := planner.RelColumn{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Identity: identities[c.Identity]}
	if c.ValueSQL == "" {
		return out, nil
	}
	e, err := parser.ParseExpr(c.ValueSQL)
	if c.Generated {
		out.Generated = e
	} else {
		out.Default = e
	}
	return out, err
}

var identities = map[string]planner.Identity{"a": planner.IdentityAlways, "d": planner.IdentityByDefault}

// adopt completes a table that was kept before expressions were kept as written:
// its defaults stand in the statement that made it.
func (o *Object) adopt() error {
	if o.Kind != Table || !slices.ContainsFunc(o.Columns, func(c Column) bool { return c.Default != "" && c.ValueSQL == "" }) {
		return nil
	}
	parsed, err := parser.Parse(o.SQL)
	if err != nil {
		return err
	}
	def, ok := parsed[0].Node.(*ast.CreateTable)
	if !ok || len(def.Columns) != len(o.Columns) {
		return pgerr.New(pgerr.DataCorrupted, "the statement of %s does not make its columns", o.Label())
	}
	for i, c := range def.Columns {
		o.Columns[i].ValueSQL = c.ValueText
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
