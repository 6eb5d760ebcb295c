package engine

import (
	"fmt"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/engine/settings"
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
	catalog *catalog.Catalog
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

// beyond asks whoever makes the system tables, who knows relations that the
// catalog does not have: indexes. NULL means that there is none.
func (f *systemFunctions) beyond(name string, t row.Type, args []row.Datum) (row.Datum, error) {
	call := f.session.db.opts.SystemCall
	if call == nil {
		return row.NullDatum, nil
	}
	return call(f.context(), name, []row.Type{t}, args)
}

func (f *systemFunctions) context() *SystemContext {
	st := &state{catalog: f.catalog}
	return &SystemContext{Catalog: catalogReader{st, f.session.db.system}, Session: f.session.info()}
}

// epochNumber stands for the number of a transaction.
func epochNumber(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
	return row.IntDatum(int64(f.session.db.epoch.Load())), nil
}

func started(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
	return timestamp(f.session.db.started), nil
}

func constant(d row.Datum) systemFunc {
	return func(*systemFunctions, []row.Datum) (row.Datum, error) { return d, nil }
}

// plain is a function of its arguments alone.
func plain(fn func(args []row.Datum) (row.Datum, error)) systemFunc {
	return func(_ *systemFunctions, args []row.Datum) (row.Datum, error) { return fn(args) }
}

func text(fn func(f *systemFunctions) string) systemFunc {
	return func(f *systemFunctions, _ []row.Datum) (row.Datum, error) { return row.StringDatum(fn(f)), nil }
}

// systemFuncs are the functions that need no more than the catalog and the session.
var systemFuncs map[string]systemFunc

func init() {
	yes, no, none := constant(row.BoolDatum(true)), constant(row.BoolDatum(false)), constant(row.NullDatum)
	zero, empty := constant(row.IntDatum(0)), constant(row.BytesDatum([]byte{0}))
	user := text(func(f *systemFunctions) string { return f.session.user })
	database := text(func(f *systemFunctions) string { return f.session.database })
	systemFuncs = map[string]systemFunc{
		"version":          text(func(f *systemFunctions) string { return f.session.db.versionText() }),
		"current_query":    text(func(f *systemFunctions) string { return f.session.running }),
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
		"pg_is_in_recovery":       no,
		"pg_jit_available":        no,
		"pg_trigger_depth":        zero,
		"pg_blocking_pids":        empty,
		"has_parameter_privilege": yes,

		"pg_notification_queue_usage":    zero,
		"pg_safe_snapshot_blocking_pids": empty,

		"pg_get_userbyid":          user,
		"pg_table_is_visible":      relationVisible,
		"pg_type_is_visible":       yes,
		"pg_function_is_visible":   yes,
		"pg_get_viewdef":           viewDefinition,
		"regclassin":               regclassIn,
		"regclassout":              regclassOut,
		"to_regclass":              toRegclass,
		"regtypein":                plain(ident.RegtypeIn),
		"regtypeout":               plain(ident.RegtypeOut),
		"to_regtype":               plain(ident.ToRegtype),
		"regnamespacein":           regnamespaceIn,
		"regnamespaceout":          regnamespaceOut,
		"to_regnamespace":          toRegnamespace,
		"has_table_privilege":      yes,
		"has_schema_privilege":     yes,
		"has_database_privilege":   yes,
		"has_column_privilege":     yes,
		"has_any_column_privilege": yes,
		"has_function_privilege":   yes,
		"has_sequence_privilege":   yes,
		"has_type_privilege":       yes,
		"has_language_privilege":   yes,
		"has_server_privilege":     yes,
		"has_tablespace_privilege": yes,

		"has_foreign_data_wrapper_privilege": yes,
		"row_security_active":                no,
		"pg_is_wal_replay_paused":            no,
		"pg_current_wal_lsn":                 none,
		"pg_last_wal_receive_lsn":            none,
		"pg_last_wal_replay_lsn":             none,
		"pg_sequence_last_value":             none,
		"pg_postmaster_start_time":           started,
		"pg_conf_load_time":                  started,
		"pg_has_role":                        yes,
		"inet_server_addr":                   none,
		"inet_server_port":                   none,
		"inet_client_addr":                   none,
		"inet_client_port":                   none,
		"pg_my_temp_schema":                  constant(row.IntDatum(0)),
		"pg_is_other_temp_schema":            no,
		"txid_current":                       epochNumber,
		"pg_current_xact_id":                 epochNumber,
		"pg_cancel_backend":                  signalBackend(Connections.CancelBackend),
		"pg_terminate_backend":               signalBackend(Connections.TerminateBackend),
	}
}

func (db *Database) versionText() string {
	return fmt.Sprintf("PostgreSQL %s (Tarn %s)", settings.ServerVersion, db.opts.Version)
}

func currentSchema(f *systemFunctions, _ []row.Datum) (row.Datum, error) {
	for _, p := range f.session.settings.SearchPath() {
		if f.catalog.Holds(p) {
			return row.StringDatum(p), nil
		}
	}
	return row.NullDatum, nil
}

func currentSchemas(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	b := row.NewArrayBuilder(row.ArrayOf(row.Name))
	for _, p := range f.session.settings.SearchPath() {
		if p == "pg_catalog" && args[0].I == 0 {
			continue
		}
		for _, s := range f.session.db.schemas(f.catalog) {
			if s.Name == p {
				b.Append(row.StringDatum(p))
			}
		}
	}
	return row.BytesDatum(b.Finish(nil)), nil
}

func currentSetting(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	v, ok := f.session.settings.Get(string(args[0].B))
	if ok {
		return row.StringDatum(v), nil
	}
	if len(args) > 1 && args[1].I != 0 {
		return row.NullDatum, nil
	}
	return row.NullDatum, settings.Unknown(string(args[0].B))
}

func setConfig(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if args[1].Null {
		if err := f.session.settings.Reset(name); err != nil {
			return row.NullDatum, err
		}
	} else if err := f.session.settings.Set(name, string(args[1].B)); err != nil {
		return row.NullDatum, err
	}
	v, _ := f.session.settings.Get(name)
	return row.StringDatum(v), nil
}

// signalBackend is pg_cancel_backend or pg_terminate_backend.
func signalBackend(send func(c Connections, pid int32) bool) systemFunc {
	return func(f *systemFunctions, args []row.Datum) (row.Datum, error) {
		pid := int32(args[0].I)
		if send(f.session.others(), pid) {
			return row.BoolDatum(true), nil
		}
		f.session.notice("WARNING", pgerr.Warning, fmt.Sprintf("PID %d is not a PostgreSQL backend process", pid))
		return row.BoolDatum(false), nil
	}
}

func viewDefinition(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	if o := f.catalog.Objects[uint32(args[0].I)]; o != nil && o.Query != "" {
		return row.StringDatum(" " + o.Query + ";"), nil
	}
	return row.NullDatum, nil
}
