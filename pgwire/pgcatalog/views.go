package pgcatalog

import "github.com/tarndb/tarn/engine"

// ofKind visits the user's relations of a kind, or of all kinds with 0.
func ofKind(kind engine.RelKind) func(*snapshot, func(*relation)) {
	return func(s *snapshot, visit func(*relation)) {
		s.eachUser(func(r *relation) {
			if r.Kind == kind {
				visit(r)
			}
		})
	}
}

// owned is a relation with the name of its owner.
type owned struct {
	*relation
	owner string
}

func withOwner(each func(*snapshot, func(*relation))) func(*snapshot, func(owned)) {
	return func(s *snapshot, visit func(owned)) {
		each(s, func(r *relation) { visit(owned{r, s.session.User}) })
	}
}

func ownedSchema(r owned) cell { return text(r.Schema) }
func ownedName(r owned) cell   { return text(r.Name) }
func ownedBy(r owned) cell     { return text(r.owner) }
func ownedKeys(r owned) cell   { return boolean(len(KeysOf(r.RelationInfo)) > 0) }
func ownedQuery(r owned) cell  { return definition(r.relation) }

// viewTables are pg_catalog's own views over relations.
func viewTables() []engine.SystemTable {
	views := getters[owned]{
		"schemaname": ownedSchema, "viewname": ownedName, "viewowner": ownedBy, "definition": ownedQuery,
	}
	matviews := getters[owned]{
		"schemaname": ownedSchema, "matviewname": ownedName, "matviewowner": ownedBy, "definition": ownedQuery, "hasindexes": ownedKeys,
	}
	tables := getters[owned]{
		"schemaname": ownedSchema, "tablename": ownedName, "tableowner": ownedBy, "hasindexes": ownedKeys,
	}
	stored := func(s *snapshot, visit func(*relation)) {
		s.eachUser(func(r *relation) {
			if r.Kind == engine.RelTable || r.Kind == engine.RelMatView {
				visit(r)
			}
		})
	}
	relid := getters[*relation]{
		"relid":      func(r *relation) cell { return num(r.OID) },
		"schemaname": func(r *relation) cell { return text(r.Schema) },
		"relname":    func(r *relation) cell { return text(r.Name) },
	}
	live := getters[*relation]{
		"n_live_tup": func(r *relation) cell { return num(max(r.Rows, 0)) },
	}
	for name, get := range relid {
		live[name] = get
	}
	return []engine.SystemTable{
		define(catalogSchema, "pg_views", `schemaname name, viewname name, viewowner name, definition text`,
			withOwner(ofKind(engine.RelView)), views),
		define(catalogSchema, "pg_matviews", `schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool,
			ispopulated bool=t, definition text`, withOwner(ofKind(engine.RelMatView)), matviews),
		define(catalogSchema, "pg_tables", `schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool,
			hasrules bool=f, hastriggers bool=f, rowsecurity bool=f`,
			withOwner(func(s *snapshot, visit func(*relation)) {
				s.each(func(r *relation) {
					if r.Kind == engine.RelTable {
						visit(r)
					}
				})
			}), tables),
		define(catalogSchema, "pg_stat_user_tables", `relid oid, schemaname name, relname name, seq_scan int8=0, seq_tup_read int8=0,
			idx_scan int8=0, idx_tup_fetch int8=0, n_tup_ins int8=0, n_tup_upd int8=0, n_tup_del int8=0, n_tup_hot_upd int8=0,
			n_live_tup int8, n_dead_tup int8=0, n_mod_since_analyze int8=0, n_ins_since_vacuum int8=0, last_vacuum timestamptz,
			last_autovacuum timestamptz, last_analyze timestamptz, last_autoanalyze timestamptz, vacuum_count int8=0,
			autovacuum_count int8=0, analyze_count int8=0, autoanalyze_count int8=0`, stored, live),
		define(catalogSchema, "pg_statio_all_tables", `relid oid, schemaname name, relname name, heap_blks_read int8=0, heap_blks_hit int8=0,
			idx_blks_read int8=0, idx_blks_hit int8=0, toast_blks_read int8=0, toast_blks_hit int8=0, tidx_blks_read int8=0,
			tidx_blks_hit int8=0`, stored, relid),
		// A source is a foreign table of one made-up server, so that psql's \d finds
		// the row that it insists on.
		define(catalogSchema, "pg_foreign_table", `ftrelid oid, ftserver oid=10950, ftoptions text[]`,
			ofKind(engine.RelSource), getters[*relation]{
				"ftrelid": func(r *relation) cell { return num(r.OID) },
			}),
	}
}
