package pgcatalog

import (
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
)

// constraint is a key or a CHECK of a table, as pg_constraint lists them.
type constraint struct {
	oid, index uint32
	namespace  uint32
	name       string
	kind       byte // c check, p primary key, u unique
	relation   engine.RelationInfo
	columns    []int
	condition  string // of a check
	comment    string
	nullsEqual bool // of a unique one
}

func (s *snapshot) eachConstraint(visit func(*constraint)) {
	for _, r := range s.relations {
		for _, c := range constraintsOf(r) {
			c.namespace = s.namespaces[r.Schema]
			visit(c)
		}
	}
}

// constrainedColumns is NULL for a check that reads none.
func constrainedColumns(c *constraint) cell {
	if len(c.columns) == 0 {
		return null
	}
	return vector(attributeNumbers(c.columns))
}

func constraintsOf(r engine.RelationInfo) []*constraint {
	var out []*constraint
	for _, c := range r.Checks {
		out = append(out, &constraint{oid: c.OID, name: c.Name, kind: 'c', relation: r, columns: c.Columns, condition: c.Text, comment: c.Comment})
	}
	for _, k := range KeysOf(r) {
		if k.ConstraintOID != 0 {
			out = append(out, &constraint{
				oid: k.ConstraintOID, index: k.IndexOID, name: k.Name, kind: k.contype(), relation: r, columns: k.Columns, comment: k.Comment,
				nullsEqual: k.NullsEqual,
			})
		}
	}
	return out
}

func (k *Key) contype() byte {
	if k.Primary {
		return 'p'
	}
	return 'u'
}

// constraintDefinition is pg_get_constraintdef(oid) and pg_get_constraintdef(oid, pretty).
func constraintDefinition(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	if k, ok := keyOf(ctx, args[0]); ok && uint32(args[0].I) == k.ConstraintOID {
		return row.StringDatum(k.ConstraintDef()), nil
	}
	for _, r := range ctx.Catalog.Relations() {
		for _, c := range r.Checks {
			if int64(c.OID) == args[0].I {
				return row.StringDatum("CHECK (" + shown(c.Text, args[1:]) + ")"), nil
			}
		}
	}
	return row.NullDatum, nil
}

// shownExpression is pg_get_expr: what the catalogs hold is the expression's text
// already.
func shownExpression(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	return row.StringDatum(shown(string(args[0].B), args[2:])), nil
}

// shown is an expression as PostgreSQL prints it: without the parentheses around
// all of it where the last argument asks for a pretty one.
func shown(text string, pretty []row.Datum) string {
	if len(pretty) == 0 || pretty[0].I == 0 {
		return text
	}
	return catalog.Unparenthesized(text)
}
