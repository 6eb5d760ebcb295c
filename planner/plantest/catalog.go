package plantest

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// Catalog is a planner.Catalog by qualified name.
type Catalog map[string]*planner.Relation

// Relation finds a relation; nil if there is none.
func (c Catalog) Relation(schema, name string) (*planner.Relation, error) {
	return c[schema+"."+name], nil
}

// Type finds no type: the text of a catalog has none.
func (c Catalog) Type(string, string) (t row.Type, ok bool, err error) { return t, false, nil }

var kinds = map[string]planner.RelKind{
	"source": planner.KindSource, "table": planner.KindTable, "view": planner.KindView,
	"matview": planner.KindMatView, "system": planner.KindSystem,
}

// NewCatalog reads a catalog from text: a line a relation, "kind schema.name: column
// type, ...; key column, ...; index column, ...; flags". It panics where the text is wrong.
func NewCatalog(text string) Catalog {
	c := Catalog{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		head, body, _ := strings.Cut(line, ":")
		kind, name, _ := strings.Cut(head, " ")
		schema, name, _ := strings.Cut(strings.TrimSpace(name), ".")
		rel := &planner.Relation{ID: uint32(16384 + i), Schema: schema, Name: name, Kind: kinds[kind]}
		for _, part := range strings.Split(body, ";") {
			word, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
			switch word {
			case "key":
				rel.Keys = append(rel.Keys, keyOf(rel, rest))
				rel.StoredKey = rel.Keys[0]
				rel.Primary = rel.Kind == planner.KindTable
			case "index":
				rel.Indexes = append(rel.Indexes, planner.RelIndex{Name: strings.ReplaceAll(rest, ", ", "_"), Columns: keyOf(rel, rest)})
			case "append-only":
				rel.AppendOnly = true
			case "waterline":
				rel.Waterline = &planner.Waterline{Attr: rel.Column(rest)}
			case "as":
				rel.View, rel.SearchPath = parseQuery(rest), []string{"public"}
			default:
				rel.Columns = columns(part)
			}
		}
		if rel.Kind == planner.KindTable && rel.StoredKey == nil {
			for i := range rel.Columns {
				rel.StoredKey = append(rel.StoredKey, i)
			}
		}
		c[schema+"."+name] = rel
	}
	return c
}

func keyOf(rel *planner.Relation, names string) []int {
	var out []int
	for _, n := range strings.Split(names, ",") {
		out = append(out, rel.Column(strings.TrimSpace(n)))
	}
	return out
}

func columns(text string) []planner.RelColumn {
	var out []planner.RelColumn
	for _, c := range strings.Split(text, ",") {
		f := strings.Fields(c)
		col := planner.RelColumn{Name: f[0], Type: typeOf(f[1])}
		for _, w := range f[2:] {
			if w == "notnull" {
				col.NotNull = true
			} else if d, ok := strings.CutPrefix(w, "default="); ok {
				col.Default = parseQuery("select " + d).Targets[0].Expr
			}
		}
		out = append(out, col)
	}
	return out
}

func typeOf(name string) row.Type {
	base, array := strings.CutSuffix(name, "[]")
	for _, k := range row.Kinds() {
		if row.T(k).Name() == base {
			if array {
				return row.ArrayOf(k)
			}
			return row.T(k)
		}
	}
	panic(fmt.Sprintf("type %q", name))
}

func parseQuery(text string) *ast.Select {
	list, err := parser.Parse(text)
	if err != nil {
		panic(err)
	}
	return list[0].Node.(*ast.Select)
}

// UserRelations are the tables, sources and views that test queries read.
const UserRelations = `
table public.users: id int8 notnull, name text, age int4, city text; key id
table public.orders: id int8 notnull, user_id int8, amount numeric, status text default='new', ts timestamptz; key id
table public.items: order_id int8 notnull, line int4 notnull, product text, qty int4, tags text[]; key order_id, line
table public.nokey: a int4, b text
source public.bids: auction int8, bidder int8, price int8, channel text, ts timestamp; append-only
matview public.totals: user_id int8, total numeric, n int8; key user_id
view public.adults: id int8, name text; as select id, name from users where age >= 18
source public.clicks: id int8, k text, at timestamp; append-only; waterline at
source public.views: id int8, k text, at timestamptz; append-only; waterline at
table public.indexed: id int8 notnull, a int4, b int4, c text; key id; index a, b; index c
`

// SystemRelations are the columns of pg_catalog that clients read.
const SystemRelations = `system pg_catalog.pg_class: oid oid, relname name, relnamespace oid, reltype oid, reloftype oid, relowner oid, relam oid, reltablespace oid, relpages int4, reltuples float4, reltoastrelid oid, relhasindex bool, relpersistence char, relkind char, relnatts int2, relchecks int2, relhasrules bool, relhastriggers bool, relhassubclass bool, relrowsecurity bool, relforcerowsecurity bool, relreplident char, relispartition bool, relacl text[], reloptions text[], relpartbound text
system pg_catalog.pg_namespace: oid oid, nspname name, nspowner oid, nspacl text[]
system pg_catalog.pg_am: oid oid, amname name
system pg_catalog.pg_attribute: attrelid oid, attname name, atttypid oid, attstattarget int4, attlen int2, attnum int2, attndims int4, atttypmod int4, attstorage char, attcompression char, attnotnull bool, atthasdef bool, attidentity char, attgenerated char, attisdropped bool, attcollation oid, attacl text[]
system pg_catalog.pg_attrdef: oid oid, adrelid oid, adnum int2, adbin text
system pg_catalog.pg_type: oid oid, typname name, typcollation oid, typnamespace oid
system pg_catalog.pg_collation: oid oid, collname name, collnamespace oid
system pg_catalog.pg_index: indexrelid oid, indrelid oid, indnatts int2, indisunique bool, indisprimary bool, indisclustered bool, indisvalid bool, indisreplident bool, indkey int2vector
system pg_catalog.pg_constraint: oid oid, conname name, connamespace oid, contype char, condeferrable bool, condeferred bool, conrelid oid, contypid oid, conindid oid, conparentid oid, confrelid oid, conkey int2[]
system pg_catalog.pg_policy: oid oid, polname name, polrelid oid, polcmd char, polpermissive bool, polroles oid[], polqual text, polwithcheck text
system pg_catalog.pg_roles: oid oid, rolname name
system pg_catalog.pg_statistic_ext: oid oid, stxrelid oid, stxname name, stxnamespace oid, stxkind char[], stxstattarget int4
system pg_catalog.pg_publication: oid oid, pubname name, puballtables bool
system pg_catalog.pg_publication_namespace: oid oid, pnpubid oid, pnnspid oid
system pg_catalog.pg_publication_rel: oid oid, prpubid oid, prrelid oid, prqual text, prattrs int2vector
system pg_catalog.pg_trigger: oid oid, tgrelid oid, tgparentid oid, tgname name, tgenabled char, tgisinternal bool
system pg_catalog.pg_inherits: inhrelid oid, inhparent oid, inhseqno int4, inhdetachpending bool
`
