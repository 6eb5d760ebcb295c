// Package sysfn is the functions of SQL that look at the server, at its catalog and
// at the session that asks.
package sysfn

import (
	"fmt"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Session is the session that asks, and what of its server is not in the catalog.
type Session interface {
	Facts() Facts
	Settings() *settings.Settings
	// Signal cancels what another session runs, or ends its connection; false if
	// there is no such session.
	Signal(pid int32, terminate bool) bool
	Warn(message string)
	Names
	Sequences
}

// Facts are what a session is asked about itself and its server.
type Facts struct {
	User, Database string
	Query          string // the text that it runs
	PID            int32
	Version        string
	Epoch          uint64
	Started        int64 // when the server was, microseconds since 2000-01-01
}

// Names are those that a catalog alone does not have.
type Names interface {
	// SystemRelation finds a relation that is computed when it is read.
	SystemRelation(schema, name string) (oid uint32, ok bool)
	// RelationName names a relation of the catalog, or such a one.
	RelationName(c *catalog.Catalog, oid uint32) (schema, name string, ok bool)
	// Schemas lists all schemas, those that there always are included.
	Schemas(c *catalog.Catalog) []catalog.Schema
	// Beyond asks whoever makes the system relations, who knows what he derives:
	// indexes. ok is false if there is nobody.
	Beyond(c *catalog.Catalog, name string, argTypes []row.Type, args []row.Datum) (d row.Datum, ok bool, err error)
}

// Functions answers the functions for one statement of a session.
type Functions struct {
	Session Session
	Catalog *catalog.Catalog
}

var _ expr.System = (*Functions)(nil)

type systemFunc func(f *Functions, args []row.Datum) (row.Datum, error)

// Call implements expr.System.
func (f *Functions) Call(name string, argTypes []row.Type, args []row.Datum) (row.Datum, error) {
	if fn := systemFuncs[name]; fn != nil {
		return fn(f, args)
	}
	if d, ok, err := f.Session.Beyond(f.Catalog, name, argTypes, args); ok {
		return d, err
	}
	return row.NullDatum, pgerr.New(pgerr.FeatureNotSupported, "function %s is not supported", name)
}

// beyond asks for what the catalog does not have. NULL means that there is none.
func (f *Functions) beyond(name string, t row.Type, args []row.Datum) (row.Datum, error) {
	d, ok, err := f.Session.Beyond(f.Catalog, name, []row.Type{t}, args)
	if !ok {
		return row.NullDatum, nil
	}
	return d, err
}

// epochNumber stands for the number of a transaction.
func epochNumber(f *Functions, _ []row.Datum) (row.Datum, error) {
	return row.IntDatum(int64(f.Session.Facts().Epoch)), nil
}

func started(f *Functions, _ []row.Datum) (row.Datum, error) {
	return row.IntDatum(f.Session.Facts().Started), nil
}

func constant(d row.Datum) systemFunc {
	return func(*Functions, []row.Datum) (row.Datum, error) { return d, nil }
}

// plain is a function of its arguments alone.
func plain(fn func(args []row.Datum) (row.Datum, error)) systemFunc {
	return func(_ *Functions, args []row.Datum) (row.Datum, error) { return fn(args) }
}

func text(fn func(f Facts) string) systemFunc {
	return func(f *Functions, _ []row.Datum) (row.Datum, error) {
		return row.StringDatum(fn(f.Session.Facts())), nil
	}
}

// systemFuncs are the functions that need no more than the catalog and the session.
var systemFuncs map[string]systemFunc

func init() {
	yes, no, none := constant(row.BoolDatum(true)), constant(row.BoolDatum(false)), constant(row.NullDatum)
	zero, empty := constant(row.IntDatum(0)), constant(row.BytesDatum([]byte{0}))
	user := text(func(f Facts) string { return f.User })
	database := text(func(f Facts) string { return f.Database })
	systemFuncs = map[string]systemFunc{
		"version":          text(func(f Facts) string { return f.Version }),
		"current_query":    text(func(f Facts) string { return f.Query }),
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
		"pg_backend_pid": func(f *Functions, _ []row.Datum) (row.Datum, error) {
			return row.IntDatum(int64(f.Session.Facts().PID)), nil
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
		"regtypein":                regtypeIn,
		"regtypeout":               plain(regtypeOut),
		"to_regtype":               toRegtype,
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
		"pg_sequence_last_value":             sequenceLast,
		"nextval":                            nextValue,
		"currval":                            currentValue,
		"lastval":                            lastValue,
		"setval":                             setValue,
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
		"pg_cancel_backend":                  signalBackend(false),
		"pg_terminate_backend":               signalBackend(true),
	}
}

func currentSchema(f *Functions, _ []row.Datum) (row.Datum, error) {
	for _, p := range f.Session.Settings().SearchPath() {
		if f.Catalog.Holds(p) {
			return row.StringDatum(p), nil
		}
	}
	return row.NullDatum, nil
}

func currentSchemas(f *Functions, args []row.Datum) (row.Datum, error) {
	b := row.NewArrayBuilder(row.ArrayOf(row.Name))
	for _, p := range f.Session.Settings().SearchPath() {
		if p == "pg_catalog" && args[0].I == 0 {
			continue
		}
		for _, s := range f.Session.Schemas(f.Catalog) {
			if s.Name == p {
				b.Append(row.StringDatum(p))
			}
		}
	}
	return row.BytesDatum(b.Finish(nil)), nil
}

func currentSetting(f *Functions, args []row.Datum) (row.Datum, error) {
	v, ok := f.Session.Settings().Show(string(args[0].B))
	if ok {
		return row.StringDatum(v), nil
	}
	if len(args) > 1 && args[1].I != 0 {
		return row.NullDatum, nil
	}
	return row.NullDatum, settings.Unknown(string(args[0].B))
}

func setConfig(f *Functions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if args[1].Null {
		if err := f.Session.Settings().Reset(name); err != nil {
			return row.NullDatum, err
		}
	} else if err := f.Session.Settings().Set(name, string(args[1].B)); err != nil {
		return row.NullDatum, err
	}
	v, _ := f.Session.Settings().Get(name)
	return row.StringDatum(v), nil
}

// signalBackend is pg_cancel_backend or pg_terminate_backend.
func signalBackend(terminate bool) systemFunc {
	return func(f *Functions, args []row.Datum) (row.Datum, error) {
		pid := int32(args[0].I)
		if f.Session.Signal(pid, terminate) {
			return row.BoolDatum(true), nil
		}
		f.Session.Warn(fmt.Sprintf("PID %d is not a PostgreSQL backend process", pid))
		return row.BoolDatum(false), nil
	}
}

func viewDefinition(f *Functions, args []row.Datum) (row.Datum, error) {
	if o := f.Catalog.Objects[uint32(args[0].I)]; o != nil && o.Query != "" {
		return row.StringDatum(" " + o.Query + ";"), nil
	}
	return row.NullDatum, nil
}
