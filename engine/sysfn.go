package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// SystemCall answers a system function that the engine does not know itself,
// such as pg_get_indexdef: whoever makes the system tables knows it.
type SystemCall func(ctx *SystemContext, name string, argTypes []row.Type, args []row.Datum) (row.Datum, error)

// systemFunctions answers the functions that look at the server, for one
// statement of a session.
type systemFunctions struct {
	session *Session
	catalog *catalog
}

var _ expr.System = (*systemFunctions)(nil)

type systemFunc func(f *systemFunctions, args []row.Datum) (row.Datum, error)

// Call implements expr.System.
func (f *systemFunctions) Call(name string, argTypes []row.Type, args []row.Datum) (row.Datum, error) {
	if fn := systemFuncs[name]; fn != nil {
		return fn(f, args)
	}
	if call := f.session.db.opts.SystemCall; call != nil {
		return call(f.context(), name, argTypes, args)
	}
	return row.NullDatum, pgerr.New(pgerr.FeatureNotSupported, "function %s is not supported", name)
}

func (f *systemFunctions) context() *SystemContext {
	st := &state{catalog: f.catalog}
	return &SystemContext{Catalog: catalogReader{st, f.session.db.system}, Session: f.session.info()}
}

func constant(d row.Datum) systemFunc {
	return func(*systemFunctions, []row.Datum) (row.Datum, error) { return d, nil }
}

func text(fn func(f *systemFunctions) string) systemFunc {
	return func(f *systemFunctions, _ []row.Datum) (row.Datum, error) { return row.StringDatum(fn(f)), nil }
}

// systemFuncs are the functions that need no more than the catalog and the session.
var systemFuncs map[string]systemFunc

func init() {
	yes, no, none := constant(row.BoolDatum(true)), constant(row.BoolDatum(false)), constant(row.NullDatum)
	user := text(func(f *systemFunctions) string { return f.session.user })
	database := text(func(f *systemFunctions) string { return f.session.database })
	systemFuncs = map[string]systemFunc{
		"version":          text(func(f *systemFunctions) string { return f.session.db.versionText() }),
		"current_database": database,
		"current_catalog":  database,
		"current_user":     user,
		"session_user":     user,
		"user":             user,
		"current_role":     user,
		"current_schema":   currentSchema,
		"current_schemas":  currentSchemas,
		"current_setting":  currentSetting,
		"set_config":       setConfig,
		"pg_backend_pid": func(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
			return row.IntDatum(int64(f.session.pid)), nil
		},
		"pg_is_in_recovery":        no,
		"pg_get_userbyid":          user,
		"pg_table_is_visible":      relationVisible,
		"pg_type_is_visible":       yes,
		"pg_function_is_visible":   yes,
		"pg_get_viewdef":           viewDefinition,
		"regclassin":               regclassIn,
		"regclassout":              regclassOut,
		"to_regclass":              toRegclass,
		"regtypein":                regtypeIn,
		"regtypeout":               regtypeOut,
		"to_regtype":               toRegtype,
		"regnamespacein":           regnamespaceIn,
		"regnamespaceout":          regnamespaceOut,
		"has_table_privilege":      yes,
		"has_schema_privilege":     yes,
		"has_database_privilege":   yes,
		"has_column_privilege":     yes,
		"has_any_column_privilege": yes,
		"has_function_privilege":   yes,
		"has_sequence_privilege":   yes,
		"pg_has_role":              yes,
		"inet_server_addr":         none,
		"inet_server_port":         none,
		"inet_client_addr":         none,
		"inet_client_port":         none,
		"pg_my_temp_schema":        constant(row.IntDatum(0)),
		"pg_is_other_temp_schema":  no,
		"txid_current": func(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
			return row.IntDatum(int64(f.session.db.epoch.Load())), nil
		},
		"pg_cancel_backend": cancelBackend,
	}
}

func (db *Database) versionText() string {
	return fmt.Sprintf("PostgreSQL %s (Tarn %s)", serverVersion, db.opts.Version)
}

func currentSchema(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
	for _, p := range f.session.settings.searchPath() {
		if p == publicSchema {
			return row.StringDatum(p), nil
		}
	}
	return row.NullDatum, nil
}

func currentSchemas(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	b := row.NewArrayBuilder(row.ArrayOf(row.Name))
	for _, p := range f.session.settings.searchPath() {
		if p == "pg_catalog" && args[0].I == 0 {
			continue
		}
		for _, s := range f.session.db.system.schemas {
			if s.Name == p {
				b.Append(row.StringDatum(p))
			}
		}
	}
	return row.BytesDatum(b.Finish(nil)), nil
}

func currentSetting(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	v, ok := f.session.settings.get(string(args[0].B))
	if ok {
		return row.StringDatum(v), nil
	}
	if len(args) > 1 && args[1].I != 0 {
		return row.NullDatum, nil
	}
	return row.NullDatum, unknownSetting(string(args[0].B))
}

func setConfig(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if args[1].Null {
		if err := f.session.settings.reset(name); err != nil {
			return row.NullDatum, err
		}
	} else if err := f.session.settings.set(name, string(args[1].B)); err != nil {
		return row.NullDatum, err
	}
	v, _ := f.session.settings.get(name)
	return row.StringDatum(v), nil
}

func cancelBackend(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	for _, s := range f.session.db.sessions.list() {
		if int64(s.pid) == args[0].I {
			s.Cancel()
			return row.BoolDatum(true), nil
		}
	}
	return row.BoolDatum(false), nil
}

// find looks a name up as SQL would: qualified or through the search path.
func (f *systemFunctions) find(name string) (oid uint32, ok bool) {
	schema, rel := splitName(name)
	path := []string{schema}
	if schema == "" {
		path = f.session.settings.searchPath()
	}
	for _, p := range path {
		if o := f.catalog.lookup(p, rel); o != nil {
			return o.OID, true
		}
		if t := f.session.db.system.byName[[2]string{p, rel}]; t != nil {
			return t.OID, true
		}
	}
	return 0, false
}

// splitName reads a possibly qualified and quoted name.
func splitName(s string) (schema, name string) {
	var parts []string
	var cur strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			cur.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			parts = append(parts, cur.String())
			cur.Reset()
		case !quoted && c >= 'A' && c <= 'Z':
			cur.WriteByte(c + 'a' - 'A')
		default:
			cur.WriteByte(c)
		}
	}
	name = strings.TrimSpace(cur.String())
	if n := len(parts); n > 0 {
		schema = strings.TrimSpace(parts[n-1])
	}
	return schema, name
}

func regclassIn(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if name == "-" {
		return row.IntDatum(0), nil
	}
	if oid, ok := f.find(name); ok {
		return row.IntDatum(int64(oid)), nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", name)
}

func toRegclass(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	if oid, ok := f.find(string(args[0].B)); ok {
		return row.IntDatum(int64(oid)), nil
	}
	return row.NullDatum, nil
}

func regclassOut(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	oid := uint32(args[0].I)
	info, ok := catalogReader{&state{catalog: f.catalog}, f.session.db.system}.Relation(oid)
	if !ok {
		if oid == 0 {
			return row.StringDatum("-"), nil
		}
		return row.StringDatum(strconv.FormatUint(uint64(oid), 10)), nil
	}
	name := quoteIdent(info.Name)
	if found, ok := f.find(name); !ok || found != oid {
		name = quoteIdent(info.Schema) + "." + name
	}
	return row.StringDatum(name), nil
}

// quoteIdent quotes a name when SQL needs it.
func quoteIdent(s string) string {
	if plainName(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func relationVisible(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	info, ok := catalogReader{&state{catalog: f.catalog}, f.session.db.system}.Relation(uint32(args[0].I))
	if !ok {
		return row.NullDatum, nil
	}
	found, ok := f.find(quoteIdent(info.Name))
	return row.BoolDatum(ok && found == info.OID), nil
}

func viewDefinition(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	if o := f.catalog.objects[uint32(args[0].I)]; o != nil && o.Query != "" {
		return row.StringDatum(" " + o.Query + ";"), nil
	}
	return row.NullDatum, nil
}

func typeByName(name string) (row.Type, bool) {
	_, n := splitName(name)
	array := strings.HasSuffix(n, "[]")
	n = strings.TrimSuffix(n, "[]")
	for _, k := range row.Kinds() {
		t := row.T(k)
		if t.Name() == n || t.String() == n || n == "int" && k == row.Int4 {
			if array {
				return row.ArrayOf(k), true
			}
			return t, true
		}
		if row.ArrayOf(k).Name() == n {
			return row.ArrayOf(k), true
		}
	}
	return row.Type{}, false
}

func regtypeIn(_ *systemFunctions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if t, ok := typeByName(name); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedObject, "type %q does not exist", name)
}

func toRegtype(_ *systemFunctions, args []row.Datum) (row.Datum, error) {
	if t, ok := typeByName(string(args[0].B)); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, nil
}

func regtypeOut(_ *systemFunctions, args []row.Datum) (row.Datum, error) {
	if args[0].I == 0 {
		return row.StringDatum("-"), nil
	}
	if t, ok := row.TypeByOID(uint32(args[0].I)); ok {
		return row.StringDatum(t.String()), nil
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}

func regnamespaceIn(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	_, name := splitName(string(args[0].B))
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	for _, s := range f.session.db.system.schemas {
		if s.Name == name {
			return row.IntDatum(int64(s.OID)), nil
		}
	}
	return row.NullDatum, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", name)
}

func regnamespaceOut(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	for _, s := range f.session.db.system.schemas {
		if int64(s.OID) == args[0].I {
			return row.StringDatum(quoteIdent(s.Name)), nil
		}
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}
