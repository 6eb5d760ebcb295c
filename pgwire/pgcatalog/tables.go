package pgcatalog

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// Function is a function as pg_proc lists it.
type Function struct {
	Name    string
	Args    []row.Type
	Result  row.Type
	Kind    byte // f function, a aggregate, w window
	Returns bool // a set
}

// Tables is all of pg_catalog and information_schema. functions are the SQL
// functions to list in pg_proc beside the types' own; their order gives their
// OIDs. The tables may be read by many sessions at once.
func Tables(functions ...Function) []engine.SystemTable {
	return assignOIDs(slices.Concat(
		classTables(), keyTables(), []engine.SystemTable{descriptionTable()}, sequenceTables(), typeTables(), procTables(functions), viewTables(),
		serverTables(), emptyTables(), infoTables(), emptyInfoTables(),
	))
}

// classTables are the relations, their columns and schemas.
func classTables() []engine.SystemTable {
	return []engine.SystemTable{
		define(catalogSchema, "pg_namespace", `oid oid, nspname name, nspowner oid=10, nspacl acl`,
			func(s *snapshot, yield func(engine.SchemaInfo)) {
				for _, n := range s.catalog.Schemas() {
					yield(n)
				}
			}, getters[engine.SchemaInfo]{
				"oid":     func(n engine.SchemaInfo) cell { return num(n.OID) },
				"nspname": func(n engine.SchemaInfo) cell { return text(n.Name) },
			}),
		define(catalogSchema, "pg_class", `oid oid, relname name, relnamespace oid, reltype oid=0, reloftype oid=0, relowner oid=10,
			relam oid, relfilenode oid=0, reltablespace oid=0, relpages int4=0, reltuples float4, relallvisible int4=0, reltoastrelid oid=0,
			relhasindex bool, relisshared bool=f, relpersistence char=p, relkind char, relnatts int2, relchecks int2, relhasrules bool,
			relhastriggers bool=f, relhassubclass bool=f, relrowsecurity bool=f, relforcerowsecurity bool=f, relispopulated bool=t,
			relreplident char, relispartition bool=f, relrewrite oid=0, relfrozenxid xid=0, relminmxid xid=0, relacl acl,
			reloptions text[], relpartbound node`,
			(*snapshot).eachClass, getters[*relation]{
				"oid":          func(r *relation) cell { return num(r.OID) },
				"relname":      func(r *relation) cell { return text(r.Name) },
				"relnamespace": func(r *relation) cell { return num(r.namespace) },
				"relam":        accessMethod,
				"reltuples":    func(r *relation) cell { return float(float64(r.Rows)) },
				"relhasindex":  func(r *relation) cell { return boolean(len(KeysOf(r.RelationInfo)) > 0) },
				"relkind":      func(r *relation) cell { return letter(byte(r.Kind)) },
				"relnatts":     func(r *relation) cell { return num(len(r.Columns)) },
				"relchecks":    func(r *relation) cell { return num(len(r.Checks)) },
				"relhasrules":  func(r *relation) cell { return boolean(r.Kind == engine.RelView || r.Kind == engine.RelMatView) },
				"relreplident": replicaIdentity,
			}),
		define(catalogSchema, "pg_attribute", `attrelid oid, attname name, atttypid oid, attstattarget int4=-1, attlen int2, attnum int2,
			attndims int4, attcacheoff int4=-1, atttypmod int4, attbyval bool, attalign char, attstorage char, attcompression char=,
			attnotnull bool, atthasdef bool, atthasmissing bool=f, attidentity char, attgenerated char, attisdropped bool=f,
			attislocal bool=t, attinhcount int4=0, attcollation oid, attacl acl, attoptions text[], attfdwoptions text[], attmissingval text[]`,
			(*snapshot).eachColumn, getters[*column]{
				"attrelid":     func(c *column) cell { return num(c.rel.OID) },
				"attname":      func(c *column) cell { return text(c.Name) },
				"atttypid":     func(c *column) cell { return num(c.Type.OID()) },
				"attlen":       func(c *column) cell { return num(typeLen(c.Type)) },
				"attnum":       func(c *column) cell { return num(c.number) },
				"attndims":     func(c *column) cell { return boolean(c.Type.Is(row.Array)) },
				"atttypmod":    func(c *column) cell { return num(c.Type.Typmod()) },
				"attbyval":     func(c *column) cell { return boolean(byValue(c.Type)) },
				"attalign":     func(c *column) cell { return letter(alignment(c.Type)) },
				"attstorage":   func(c *column) cell { return letter(storageOf(c.Type)) },
				"attnotnull":   func(c *column) cell { return boolean(c.NotNull || inPrimaryKey(c)) },
				"atthasdef":    func(c *column) cell { return boolean(c.Default != "") },
				"attgenerated": generatedLetter,
				"attidentity":  func(c *column) cell { return letter((c.Identity + "\x00")[0]) },
				"attcollation": func(c *column) cell { return num(collationOf(c.Type)) },
			}),
		define(catalogSchema, "pg_attrdef", `oid oid, adrelid oid, adnum int2, adbin node`,
			func(s *snapshot, yield func(*column)) {
				s.eachColumn(func(c *column) {
					if c.Default != "" {
						yield(c)
					}
				})
			}, getters[*column]{
				"oid":     func(c *column) cell { return num(defaultOID(c.rel.OID, c.number)) },
				"adrelid": func(c *column) cell { return num(c.rel.OID) },
				"adnum":   func(c *column) cell { return num(c.number) },
				// pg_get_expr gives its first argument back: the text is the expression.
				"adbin": func(c *column) cell { return text(c.Default) },
			}),
	}
}

func accessMethod(r *relation) cell {
	switch r.Kind {
	case engine.RelTable, engine.RelMatView:
		return num(heapAM)
	case engine.RelIndex:
		return num(btreeAM)
	}
	return num(0)
}

func replicaIdentity(r *relation) cell {
	if r.Kind == engine.RelIndex || r.System {
		return letter('n')
	}
	return letter('d')
}

func generatedLetter(c *column) cell {
	if c.Generated {
		return letter('s')
	}
	return letter(0)
}

func inPrimaryKey(c *column) bool {
	return c.rel.Kind == engine.RelTable && slices.Contains(c.rel.PrimaryKey, c.number-1)
}

// keyTables are what follows from keys.
func keyTables() []engine.SystemTable {
	return []engine.SystemTable{
		define(catalogSchema, "pg_index", `indexrelid oid, indrelid oid, indnatts int2, indnkeyatts int2, indisunique bool,
			indnullsnotdistinct bool, indisprimary bool, indisexclusion bool=f, indimmediate bool=t, indisclustered bool=f,
			indisvalid bool=t, indcheckxmin bool=f, indisready bool=t, indislive bool=t, indisreplident bool=f, indkey int2vector,
			indcollation oidvector, indclass oidvector, indoption int2vector, indexprs node, indpred node`,
			(*snapshot).eachKey, getters[*Key]{
				"indexrelid":          func(k *Key) cell { return num(k.IndexOID) },
				"indrelid":            func(k *Key) cell { return num(k.Relation.OID) },
				"indnatts":            func(k *Key) cell { return num(len(k.all())) },
				"indnkeyatts":         func(k *Key) cell { return num(len(k.Columns)) },
				"indisunique":         func(k *Key) cell { return boolean(k.Unique) },
				"indnullsnotdistinct": func(k *Key) cell { return boolean(k.NullsEqual) },
				"indisprimary":        func(k *Key) cell { return boolean(k.Primary) },
				"indkey":              func(k *Key) cell { return vector(k.numbers()) },
				"indcollation":        func(k *Key) cell { return vector(k.each(func(t row.Type) int64 { return int64(collationOf(t)) })) },
				"indclass":            func(k *Key) cell { return vector(k.each(func(t row.Type) int64 { return int64(opclassOID(t)) })) },
				"indoption":           func(k *Key) cell { return vector(k.options()) },
				"indexprs":            func(k *Key) cell { return textOrNull(strings.Join(k.expressions(), ", ")) },
				"indpred":             indexWhere,
			}),
		define(catalogSchema, "pg_constraint", `oid oid, conname name, connamespace oid, contype char, condeferrable bool=f,
			condeferred bool=f, convalidated bool=t, conrelid oid, contypid oid=0, conindid oid, conparentid oid=0, confrelid oid=0,
			confupdtype char=, confdeltype char=, confmatchtype char=, conislocal bool=t, coninhcount int4=0, connoinherit bool,
			conkey int2[], confkey int2[], conpfeqop oid[], conppeqop oid[], conffeqop oid[], confdelsetcols int2[], conexclop oid[], conbin node`,
			(*snapshot).eachConstraint, getters[*constraint]{
				"oid":          func(c *constraint) cell { return num(c.oid) },
				"conname":      func(c *constraint) cell { return text(c.name) },
				"connamespace": func(c *constraint) cell { return num(c.namespace) },
				"contype":      func(c *constraint) cell { return letter(c.kind) },
				"conrelid":     func(c *constraint) cell { return num(c.relation.OID) },
				"conindid":     func(c *constraint) cell { return num(c.index) },
				"connoinherit": func(c *constraint) cell { return boolean(c.kind != 'c') },
				"conkey":       constrainedColumns,
				"conbin":       func(c *constraint) cell { return textOrNull(c.condition) },
			}),
		define(catalogSchema, "pg_indexes", `schemaname name, tablename name, indexname name, tablespace name, indexdef text`,
			(*snapshot).eachKey, getters[*Key]{
				"schemaname": func(k *Key) cell { return text(k.Relation.Schema) },
				"tablename":  func(k *Key) cell { return text(k.Relation.Name) },
				"indexname":  func(k *Key) cell { return text(k.Name) },
				"indexdef":   func(k *Key) cell { return text(k.IndexDef(false)) },
			}),
		define(catalogSchema, "pg_stat_user_indexes", `relid oid, indexrelid oid, schemaname name, relname name, indexrelname name,
			idx_scan int8=0, idx_tup_read int8=0, idx_tup_fetch int8=0`,
			(*snapshot).eachKey, getters[*Key]{
				"relid":        func(k *Key) cell { return num(k.Relation.OID) },
				"indexrelid":   func(k *Key) cell { return num(k.IndexOID) },
				"schemaname":   func(k *Key) cell { return text(k.Relation.Schema) },
				"relname":      func(k *Key) cell { return text(k.Relation.Name) },
				"indexrelname": func(k *Key) cell { return text(k.Name) },
			}),
	}
}

// expressions are those of the key, as text.
func (k *Key) expressions() []string {
	var out []string
	for _, e := range k.Exprs {
		out = append(out, e.Text)
	}
	return out
}

func indexWhere(k *Key) cell {
	if k.Where == nil {
		return null
	}
	return text(k.Where.Text)
}

// each maps the types of the key's columns.
func (k *Key) each(f func(row.Type) int64) []int64 {
	out := make([]int64, len(k.Columns))
	for i, c := range k.Columns {
		_, t := k.column(c)
		out[i] = f(t)
	}
	return out
}
