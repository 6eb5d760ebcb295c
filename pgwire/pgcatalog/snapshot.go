package pgcatalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
)

// Object numbers that several catalogs share.
const (
	ownerOID    = 10 // the role that owns everything: the session's user
	databaseOID = 5

	catalogNamespace = 11
	tablespaceOID    = 1663
	heapAM           = 2
	btreeAM          = 403
	catalogSchema    = "pg_catalog"
	infoSchema       = "information_schema"
	defaultCollate   = 100
	cCollate         = 950
	foreignServer    = 10950
	foreignWrapper   = 10951
	internalLang     = 12
	maxIdentifier    = 63
)

// Derived objects (indexes, constraints, defaults) have no number in the
// engine. Theirs are made of the relation's, far above every user's.
const (
	indexSpace      = 1 << 30
	constraintSpace = 2 << 30
	defaultSpace    = 3 << 30
	keysPerRelation = 16
)

// snapshot is one reading of the catalog with what is derived from it.
type snapshot struct {
	session    engine.SessionInfo
	catalog    engine.CatalogReader
	relations  []engine.RelationInfo
	namespaces map[string]uint32
}

func newSnapshot(ctx *engine.SystemContext) *snapshot {
	s := &snapshot{session: ctx.Session, catalog: ctx.Catalog, namespaces: map[string]uint32{}}
	for _, n := range ctx.Catalog.Schemas() {
		s.namespaces[n.Name] = n.OID
	}
	s.relations = ctx.Catalog.Relations()
	return s
}

// relation is a relation or an index, as pg_class lists them.
type relation struct {
	engine.RelationInfo
	namespace uint32
	key       *Key // of an index
}

// column is an attribute of a relation.
type column struct {
	engine.ColumnInfo
	rel    *relation
	number int
	from   int // of an index: the table's attribute
}

// Key is a primary key, a unique constraint, an index, or the known unique key of
// a materialized view.
type Key struct {
	IndexOID      uint32
	ConstraintOID uint32 // 0 if it is no constraint but only an index
	Name          string
	Primary       bool
	Unique        bool
	NullsEqual    bool
	Relation      engine.RelationInfo
	Columns       []int // of the relation, from 0; -1-n is the n-th of Exprs
	Exprs         []catalog.IndexExpr
	Where         *catalog.IndexExpr
	Options       []int // pg_index.indoption; nil: all 0
	Include       []int
	Comment       string

	namespace uint32
}

// each visits all relations with their namespaces.
func (s *snapshot) each(visit func(*relation)) {
	for _, r := range s.relations {
		visit(&relation{RelationInfo: r, namespace: s.namespaces[r.Schema]})
	}
}

// eachUser visits the relations that are not system tables.
func (s *snapshot) eachUser(visit func(*relation)) {
	s.each(func(r *relation) {
		if !r.System {
			visit(r)
		}
	})
}

func (s *snapshot) eachKey(visit func(*Key)) {
	for i := range s.relations {
		for _, k := range KeysOf(s.relations[i]) {
			k.namespace = s.namespaces[k.Relation.Schema]
			visit(k)
		}
	}
}

// eachClass visits relations and indexes.
func (s *snapshot) eachClass(visit func(*relation)) {
	s.each(visit)
	s.eachKey(func(k *Key) { visit(k.class()) })
}

// class is the key's index as a relation.
func (k *Key) class() *relation {
	r := &relation{namespace: k.namespace, key: k}
	r.OID, r.Schema, r.Name, r.Kind, r.Rows = k.IndexOID, k.Relation.Schema, k.Name, engine.RelIndex, k.Relation.Rows
	for _, c := range k.all() {
		first, t := k.column(c)
		name := first
		for n := 1; slices.ContainsFunc(r.Columns, func(c engine.ColumnInfo) bool { return c.Name == name }); n++ {
			name = first + strconv.Itoa(n)
		}
		r.Columns = append(r.Columns, engine.ColumnInfo{Name: name, Type: t})
	}
	return r
}

func (s *snapshot) eachColumn(visit func(*column)) {
	s.eachClass(func(r *relation) {
		for i := range r.Columns {
			visit(&column{ColumnInfo: r.Columns[i], rel: r, number: i + 1})
		}
	})
}

// KeysOf is the keys that clients are shown of a relation: those of tables are
// constraints, those of materialized views only unique indexes, because
// PostgreSQL's cannot have constraints. Other kinds have no indexes there.
func KeysOf(r engine.RelationInfo) []*Key {
	if r.System || r.Kind != engine.RelTable && r.Kind != engine.RelMatView {
		return nil
	}
	var out []*Key
	add := func(cols []int, primary bool) {
		n := uint32(len(out))
		if len(cols) == 0 || n == keysPerRelation || slices.ContainsFunc(out, func(k *Key) bool { return slices.Equal(k.Columns, cols) }) {
			return
		}
		k := &Key{IndexOID: indexSpace + r.OID*keysPerRelation + n, Primary: primary, Unique: true, Relation: r, Columns: cols}
		if r.Kind == engine.RelTable {
			k.ConstraintOID = constraintSpace + r.OID*keysPerRelation + n
			k.Comment = r.KeyComment
		}
		k.Name = keyName(r, cols, primary)
		out = append(out, k)
	}
	add(r.PrimaryKey, r.Kind == engine.RelTable)
	for _, cols := range r.Unique {
		add(cols, false)
	}
	for _, x := range r.Indexes {
		out = append(out, &Key{
			IndexOID: x.OID, ConstraintOID: x.Constraint, Name: x.Name, Unique: x.Unique, NullsEqual: x.NullsEqual,
			Relation: r, Columns: x.Columns, Exprs: x.Exprs, Where: x.Where, Options: x.Options, Include: x.Include, Comment: x.Comment,
		})
	}
	return out
}

// keyName is the name that PostgreSQL would choose.
func keyName(r engine.RelationInfo, cols []int, primary bool) string {
	if primary && r.KeyName != "" {
		return r.KeyName
	}
	if primary {
		return cutName(r.Name, "_pkey")
	}
	suffix := "_key"
	if r.Kind != engine.RelTable {
		suffix = "_idx"
	}
	name := r.Name
	for _, c := range cols {
		name += "_" + r.Columns[c].Name
	}
	return cutName(name, suffix)
}

func cutName(name, suffix string) string {
	if room := maxIdentifier - len(suffix); len(name) > room {
		name = strings.ToValidUTF8(name[:room], "")
	}
	return name + suffix
}

// column is what the key has of a number in Columns.
func (k *Key) column(c int) (name string, t row.Type) {
	if c < 0 {
		return k.Exprs[-1-c].Name, k.Exprs[-1-c].Type
	}
	return k.Relation.Columns[c].Name, k.Relation.Columns[c].Type
}

// all is the key's columns and those that it includes.
func (k *Key) all() []int { return slices.Concat(k.Columns, k.Include) }

// numbers is the attribute numbers of all.
func (k *Key) numbers() []int64 { return attributeNumbers(k.all()) }

func attributeNumbers(columns []int) []int64 {
	out := make([]int64, len(columns))
	for i, c := range columns {
		out[i] = int64(max(c+1, 0)) // 0 is an expression
	}
	return out
}

// options is pg_index.indoption.
func (k *Key) options() []int64 {
	out := make([]int64, len(k.Columns))
	for i, o := range k.Options {
		out[i] = int64(o)
	}
	return out
}

func (k *Key) names(columns []int, pretty bool) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		if c < 0 {
			names[i] = k.Exprs[-1-c].Shown(pretty)
		} else {
			names[i] = quoteIdent(k.Relation.Columns[c].Name)
		}
	}
	return names
}

// IndexDef is pg_get_indexdef's text.
func (k *Key) IndexDef(pretty bool) string {
	text := "CREATE "
	if k.Unique {
		text += "UNIQUE "
	}
	names := k.names(k.Columns, pretty)
	for i, o := range k.Options {
		names[i] += optionText(o)
	}
	text += "INDEX " + quoteIdent(k.Name) + " ON " + quoteIdent(k.Relation.Schema) + "." + quoteIdent(k.Relation.Name) +
		" USING btree (" + strings.Join(names, ", ") + ")" + k.included()
	if k.NullsEqual {
		text += " NULLS NOT DISTINCT"
	}
	switch {
	case k.Where != nil && pretty:
		text += " WHERE " + catalog.Unparenthesized(k.Where.Text)
	case k.Where != nil:
		text += " WHERE " + k.Where.Text
	}
	return text
}

// optionText is an order that is not the usual one.
func optionText(option int) string {
	switch option {
	case catalog.IndexDesc | catalog.IndexNullsFirst:
		return " DESC"
	case catalog.IndexDesc:
		return " DESC NULLS LAST"
	case catalog.IndexNullsFirst:
		return " NULLS FIRST"
	}
	return ""
}

func (k *Key) included() string {
	if len(k.Include) == 0 {
		return ""
	}
	return " INCLUDE (" + strings.Join(k.names(k.Include, false), ", ") + ")"
}

// ConstraintDef is pg_get_constraintdef's text.
func (k *Key) ConstraintDef() string {
	word := "UNIQUE "
	if k.Primary {
		word = "PRIMARY KEY "
	} else if k.NullsEqual {
		word += "NULLS NOT DISTINCT "
	}
	return word + "(" + strings.Join(k.names(k.Columns, false), ", ") + ")" + k.included()
}

// KeyByOID finds the key whose index or constraint has the number, for
// pg_get_indexdef, pg_get_constraintdef and regclass.
func KeyByOID(reader engine.CatalogReader, oid uint32) (*Key, bool) {
	if oid >= defaultSpace {
		return nil, false
	}
	if oid < indexSpace {
		return indexByOID(reader, oid)
	}
	r, ok := reader.Relation(oid % indexSpace / keysPerRelation)
	if !ok {
		return nil, false
	}
	for _, k := range KeysOf(r) {
		if k.IndexOID == oid || k.ConstraintOID == oid {
			return k, true
		}
	}
	return nil, false
}

// indexByOID finds what has a number of its own.
func indexByOID(reader engine.CatalogReader, oid uint32) (*Key, bool) {
	if oid == 0 {
		return nil, false
	}
	for _, r := range reader.Relations() {
		for _, x := range r.Indexes {
			if x.OID != oid && x.Constraint != oid {
				continue
			}
			for _, k := range KeysOf(r) {
				if k.IndexOID == x.OID {
					return k, true
				}
			}
		}
	}
	return nil, false
}

// defaultOID numbers a column's default expression.
func defaultOID(relation uint32, number int) uint32 {
	const perRelation = 2048 // more than a relation's columns
	return defaultSpace + (relation*perRelation+uint32(number))%indexSpace
}

// quoteIdent quotes a name unless it is one that SQL reads back unquoted.
func quoteIdent(s string) string {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		b := s[i]
		plain = b >= 'a' && b <= 'z' || b == '_' || i > 0 && (b >= '0' && b <= '9' || b == '$')
	}
	if plain {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// definition is a view's query as PostgreSQL prints it: with its semicolon.
func definition(r *relation) cell {
	q := strings.TrimSpace(r.Definition)
	if q == "" {
		return null
	}
	return text(" " + strings.TrimSuffix(q, ";") + ";")
}
