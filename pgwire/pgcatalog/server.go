package pgcatalog

import (
	"slices"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/cursor"
)

// one yields a single row made of the session.
func one(s *snapshot, yield func(engine.SessionInfo)) { yield(s.session) }

func sessionUser(s engine.SessionInfo) cell     { return text(s.User) }
func sessionDatabase(s engine.SessionInfo) cell { return text(s.Database) }

// named is a row of a small fixed catalog.
type named struct {
	oid  uint32
	name string
	kind byte
}

func fixed(rows ...named) func(*snapshot, func(named)) {
	return func(_ *snapshot, yield func(named)) {
		for _, r := range rows {
			yield(r)
		}
	}
}

func namedOID(n named) cell  { return num(n.oid) }
func namedName(n named) cell { return text(n.name) }

// serverTables describe the one database, the one role and the session.
func serverTables() []engine.SystemTable {
	return slices.Concat(sessionTables(), fixedTables())
}

func sessionTables() []engine.SystemTable {
	return []engine.SystemTable{
		define(catalogSchema, "pg_database", `oid oid=5, datname name, datdba oid=10, encoding int4=6, datlocprovider char=c,
			datistemplate bool=f, datallowconn bool=t, datconnlimit int4=-1, datfrozenxid xid=0, datminmxid xid=0, dattablespace oid=1663,
			datcollate text=C, datctype text=C.UTF-8, daticulocale text, datcollversion text, datacl acl`,
			one, getters[engine.SessionInfo]{"datname": sessionDatabase}),
		define(catalogSchema, "pg_roles", `rolname name, rolsuper bool=t, rolinherit bool=t, rolcreaterole bool=t, rolcreatedb bool=t,
			rolcanlogin bool=t, rolreplication bool=f, rolconnlimit int4=-1, rolpassword text=********, rolvaliduntil timestamptz,
			rolbypassrls bool=t, rolconfig text[], oid oid=10`,
			one, getters[engine.SessionInfo]{"rolname": sessionUser}),
		define(catalogSchema, "pg_authid", `oid oid=10, rolname name, rolsuper bool=t, rolinherit bool=t, rolcreaterole bool=t,
			rolcreatedb bool=t, rolcanlogin bool=t, rolreplication bool=f, rolbypassrls bool=t, rolconnlimit int4=-1, rolpassword text,
			rolvaliduntil timestamptz`,
			one, getters[engine.SessionInfo]{"rolname": sessionUser}),
		define(catalogSchema, "pg_user", `usename name, usesysid oid=10, usecreatedb bool=t, usesuper bool=t, userepl bool=f,
			usebypassrls bool=t, passwd text=********, valuntil timestamptz, useconfig text[]`,
			one, getters[engine.SessionInfo]{"usename": sessionUser}),
		define(catalogSchema, "pg_stat_activity", `datid oid=5, datname name, pid int4, leader_pid int4, usesysid oid=10, usename name,
			application_name text, client_addr inet, client_hostname text, client_port int4, backend_start timestamptz,
			xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text, wait_event text,
			state text=active, backend_xid xid, backend_xmin xid, query_id int8, query text=, backend_type text=client backend`,
			one, getters[engine.SessionInfo]{
				"datname":          sessionDatabase,
				"usename":          sessionUser,
				"pid":              func(s engine.SessionInfo) cell { return num(s.PID) },
				"application_name": func(s engine.SessionInfo) cell { return text(settingOf(s, "application_name")) },
			}),
		define(catalogSchema, "pg_cursors", `name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool,
			creation_time timestamptz`,
			func(s *snapshot, yield func(*cursor.Cursor)) {
				if s.session.Cursors == nil {
					return
				}
				for _, c := range s.session.Cursors() {
					yield(c)
				}
			}, getters[*cursor.Cursor]{
				"name":          func(c *cursor.Cursor) cell { return text(c.Name) },
				"statement":     func(c *cursor.Cursor) cell { return text(c.Statement) },
				"is_holdable":   func(c *cursor.Cursor) cell { return boolean(c.Hold) },
				"is_binary":     func(c *cursor.Cursor) cell { return boolean(c.Binary) },
				"is_scrollable": func(c *cursor.Cursor) cell { return boolean(c.Scroll) },
				"creation_time": func(c *cursor.Cursor) cell { return num(c.Created) },
			}),
		define(catalogSchema, "pg_settings", `name text, setting text, unit text, category text=Tarn, short_desc text, extra_desc text,
			context text=user, vartype text, source text, min_val text, max_val text, enumvals text[], boot_val text, reset_val text,
			sourcefile text, sourceline int4, pending_restart bool=f`,
			func(s *snapshot, yield func(engine.Setting)) {
				if s.session.Settings == nil {
					return
				}
				for _, v := range s.session.Settings() {
					yield(v)
				}
			}, getters[engine.Setting]{
				"name":       func(v engine.Setting) cell { return text(v.Name) },
				"setting":    func(v engine.Setting) cell { return text(v.Value) },
				"short_desc": func(v engine.Setting) cell { return text(v.Description) },
				"vartype":    func(v engine.Setting) cell { return text(v.Kind) },
				"source": func(v engine.Setting) cell {
					if v.Value == v.Default {
						return text("default")
					}
					return text("session")
				},
				"boot_val":  func(v engine.Setting) cell { return text(v.Default) },
				"reset_val": func(v engine.Setting) cell { return text(v.Default) },
			}),
	}
}

// fixedTables are the same for every database.
func fixedTables() []engine.SystemTable {
	return []engine.SystemTable{
		define(catalogSchema, "pg_am", `oid oid, amname name, amhandler regproc=0, amtype char`,
			fixed(named{heapAM, "heap", 't'}, named{btreeAM, "btree", 'i'}), getters[named]{
				"oid": namedOID, "amname": namedName, "amtype": func(n named) cell { return letter(n.kind) },
			}),
		define(catalogSchema, "pg_collation", `oid oid, collname name, collnamespace oid=11, collowner oid=10, collprovider char,
			collisdeterministic bool=t, collencoding int4=-1, collcollate text, collctype text, colliculocale text, collversion text`,
			fixed(named{defaultCollate, "default", 'd'}, named{cCollate, "C", 'c'}, named{951, "POSIX", 'c'}), getters[named]{
				"oid": namedOID, "collname": namedName, "collprovider": func(n named) cell { return letter(n.kind) },
				"collcollate": localeOf, "collctype": localeOf,
			}),
		define(catalogSchema, "pg_tablespace", `oid oid, spcname name, spcowner oid=10, spcacl acl, spcoptions text[]`,
			fixed(named{tablespaceOID, "pg_default", 0}, named{1664, "pg_global", 0}), getters[named]{"oid": namedOID, "spcname": namedName}),
		define(catalogSchema, "pg_language", `oid oid, lanname name, lanowner oid=10, lanispl bool=f, lanpltrusted bool=f,
			lanplcallfoid oid=0, laninline oid=0, lanvalidator oid=0, lanacl acl`,
			fixed(named{internalLang, "internal", 0}, named{14, "sql", 0}), getters[named]{"oid": namedOID, "lanname": namedName}),
		define(catalogSchema, "pg_foreign_server", `oid oid, srvname name, srvowner oid=10, srvfdw oid=10951, srvtype text, srvversion text,
			srvacl acl, srvoptions text[]`,
			fixed(named{foreignServer, "tarn", 0}), getters[named]{"oid": namedOID, "srvname": namedName}),
		define(catalogSchema, "pg_foreign_data_wrapper", `oid oid, fdwname name, fdwowner oid=10, fdwhandler oid=0, fdwvalidator oid=0,
			fdwacl acl, fdwoptions text[]`,
			fixed(named{foreignWrapper, "tarn", 0}), getters[named]{"oid": namedOID, "fdwname": namedName}),
	}
}

func settingOf(s engine.SessionInfo, name string) string {
	if s.Setting == nil {
		return ""
	}
	v, _ := s.Setting(name)
	return v
}

// localeOf is a collation's locale: the default one has none of its own.
func localeOf(n named) cell {
	if n.oid == defaultCollate {
		return null
	}
	return text(n.name)
}
