package pgcatalog

import (
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// description is a comment on an object.
type description struct {
	object, class uint32
	part          int // a column's number, 0 for the whole
	text          string
}

// The catalogs that the numbers of objects with comments belong to.
var (
	classCatalog      = wellKnown["pg_catalog.pg_class"]
	constraintCatalog = wellKnown["pg_catalog.pg_constraint"]
	schemaCatalog     = wellKnown["pg_catalog.pg_namespace"]
	typeCatalog       = wellKnown["pg_catalog.pg_type"]
)

func descriptionTable() engine.SystemTable {
	return define(catalogSchema, "pg_description", "objoid oid, classoid oid, objsubid int4, description text",
		(*snapshot).eachDescription, getters[description]{
			"objoid":      func(d description) cell { return num(d.object) },
			"classoid":    func(d description) cell { return num(d.class) },
			"objsubid":    func(d description) cell { return num(d.part) },
			"description": func(d description) cell { return text(d.text) },
		})
}

func (s *snapshot) eachDescription(visit func(description)) {
	for _, n := range s.catalog.Schemas() {
		if n.Comment != "" {
			visit(description{n.OID, schemaCatalog, 0, n.Comment})
		}
	}
	for _, t := range s.catalog.Types() {
		if t.Comment != "" {
			visit(description{t.OID, typeCatalog, 0, t.Comment})
		}
	}
	for _, r := range s.relations {
		for _, d := range descriptionsOf(r) {
			visit(d)
		}
	}
}

func descriptionsOf(r engine.RelationInfo) []description {
	var out []description
	add := func(object, class uint32, part int, text string) {
		if text != "" {
			out = append(out, description{object, class, part, text})
		}
	}
	add(r.OID, classCatalog, 0, r.Comment)
	for i, c := range r.Columns {
		add(r.OID, classCatalog, i+1, c.Comment)
	}
	for _, c := range constraintsOf(r) {
		add(c.oid, constraintCatalog, 0, c.comment)
	}
	return out
}

// describe finds a comment by the numbers of its object and of the part of it;
// class is 0 for any.
func describe(ctx *engine.SystemContext, object, class uint32, part int) (row.Datum, error) {
	if class == 0 || class == schemaCatalog {
		for _, n := range ctx.Catalog.Schemas() {
			if n.OID == object && n.Comment != "" {
				return row.StringDatum(n.Comment), nil
			}
		}
	}
	for _, t := range ctx.Catalog.Types() {
		if t.OID == object && part == 0 && t.Comment != "" && (class == 0 || class == typeCatalog) {
			return row.StringDatum(t.Comment), nil
		}
	}
	for _, r := range ctx.Catalog.Relations() {
		for _, d := range descriptionsOf(r) {
			if d.object == object && d.part == part && (class == 0 || d.class == class) {
				return row.StringDatum(d.text), nil
			}
		}
	}
	return row.NullDatum, nil
}

// objectDescription is obj_description(oid [, catalog]).
func objectDescription(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	class := uint32(0)
	if len(args) > 1 {
		if class = wellKnown[catalogSchema+"."+string(args[1].B)]; class == 0 {
			return row.NullDatum, nil
		}
	}
	return describe(ctx, uint32(args[0].I), class, 0)
}

// columnDescription is col_description(oid, column).
func columnDescription(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	if args[1].I < 1 {
		return row.NullDatum, nil
	}
	return describe(ctx, uint32(args[0].I), classCatalog, int(args[1].I))
}
