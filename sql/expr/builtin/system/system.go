// Package system declares the functions that look at the server, the session, types
// and sizes.
package system

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// systemSignatures are the functions that the engine answers: what clients ask
// about the server, the session and the catalog. A * marks those that are given NULLs.
const systemSignatures = `
version() text
current_query() text
current_database() name
current_catalog() name
current_schema() name
current_schemas(bool) name[]
current_user() name
session_user() name
user() name
current_role() name
pg_backend_pid() int4
pg_get_userbyid(oid) name
pg_table_is_visible(oid) bool
pg_type_is_visible(oid) bool
pg_function_is_visible(oid) bool
pg_operator_is_visible(oid) bool
pg_collation_is_visible(oid) bool
pg_conversion_is_visible(oid) bool
pg_opfamily_is_visible(oid) bool
pg_ts_config_is_visible(oid) bool
pg_ts_dict_is_visible(oid) bool
pg_ts_parser_is_visible(oid) bool
pg_ts_template_is_visible(oid) bool
pg_opclass_is_visible(oid) bool
pg_statistics_obj_is_visible(oid) bool
pg_get_expr(text, oid) text
pg_get_expr(text, oid, bool) text
pg_get_constraintdef(oid) text
pg_get_constraintdef(oid, bool) text
pg_get_indexdef(oid) text
pg_get_indexdef(oid, int4, bool) text
pg_get_viewdef(oid) text
pg_get_viewdef(oid, bool) text
pg_get_viewdef(text) text
pg_get_ruledef(oid) text
pg_get_ruledef(oid, bool) text
pg_get_triggerdef(oid) text
pg_get_triggerdef(oid, bool) text
pg_get_functiondef(oid) text
pg_get_function_result(oid) text
pg_get_function_arguments(oid) text
pg_get_function_identity_arguments(oid) text
pg_get_function_sqlbody(oid) text
pg_get_statisticsobjdef(oid) text
pg_get_partition_constraintdef(oid) text
pg_index_column_has_property(regclass, int4, text) bool
pg_relation_filenode(regclass) oid
pg_tablespace_size(oid) int8
pg_get_partkeydef(oid) text
pg_get_statisticsobjdef_columns(oid) text
pg_get_serial_sequence(text, text) text
pg_relation_is_publishable(regclass) bool
obj_description(oid, name) text
obj_description(oid) text
col_description(oid, int4) text
shobj_description(oid, name) text
pg_relation_size(regclass) int8
pg_relation_size(regclass, text) int8
pg_table_size(regclass) int8
pg_indexes_size(regclass) int8
pg_total_relation_size(regclass) int8
pg_database_size(oid) int8
pg_database_size(name) int8
pg_tablespace_location(oid) text
current_setting(text) text
current_setting(text, bool) text
set_config(text, text, bool) text *
row_security_active(oid) bool
row_security_active(text) bool
pg_is_in_recovery() bool
pg_jit_available() bool
pg_trigger_depth() int4
pg_notification_queue_usage() float8
pg_blocking_pids(int4) int4[]
pg_safe_snapshot_blocking_pids(int4) int4[]
pg_is_wal_replay_paused() bool
txid_current() int8
pg_current_xact_id() int8
pg_current_wal_lsn() text
pg_last_wal_receive_lsn() text
pg_last_wal_replay_lsn() text
pg_postmaster_start_time() timestamptz
pg_conf_load_time() timestamptz
pg_my_temp_schema() oid
pg_is_other_temp_schema(oid) bool
pg_cancel_backend(int4) bool
pg_terminate_backend(int4) bool
inet_server_addr() text
inet_server_port() int4
inet_client_addr() text
inet_client_port() int4
to_regclass(text) regclass
to_regtype(text) regtype
to_regproc(text) regproc
to_regnamespace(text) regnamespace
pg_advisory_lock(int8) void
pg_advisory_unlock(int8) bool
pg_try_advisory_lock(int8) bool
pg_advisory_unlock_all() void
pg_sequence_last_value(regclass) int8
nextval(regclass) int8
currval(regclass) int8
lastval() int8
setval(regclass, int8) int8
setval(regclass, int8, bool) int8
pg_stat_get_numscans(oid) int8
`

// Declare adds the functions of this package.
func Declare(r *fn.Registry) {
	for _, line := range strings.Split(strings.TrimSpace(systemSignatures), "\n") {
		signature, lax := strings.CutSuffix(line, " *")
		var props []fn.Property
		if lax {
			props = append(props, fn.NotStrict)
		}
		name, _, _ := strings.Cut(signature, "(")
		switch name {
		case "set_config", "pg_cancel_backend", "pg_terminate_backend", "pg_advisory_lock", "pg_advisory_unlock",
			"pg_try_advisory_lock", "pg_advisory_unlock_all", "nextval", "currval", "lastval", "setval", "pg_sequence_last_value":
			props = append(props, fn.IsVolatile)
		}
		r.SystemFunc(signature, props...)
	}
	privilegeFuncs(r)
	typeFuncs(r)
}

// privilegeFuncs declares what asks for privileges: of somebody or the current user,
// on an object by name or number.
func privilegeFuncs(r *fn.Registry) {
	declare := func(name string, objects ...string) {
		for _, object := range objects {
			for _, who := range []string{"", "name, ", "oid, "} {
				r.SystemFunc(name + "(" + who + object + ", text) bool")
			}
		}
	}
	for _, kind := range []string{"table", "any_column", "database", "foreign_data_wrapper", "function", "language", "schema", "sequence", "server", "tablespace", "type"} {
		declare("has_"+kind+"_privilege", "text", "oid")
	}
	declare("has_parameter_privilege", "text")
	declare("has_column_privilege", "text, text", "text, int2", "oid, text", "oid, int2")
	declare("pg_has_role", "name", "oid")
}

// typeFuncs are those that need no server to answer.
func typeFuncs(r *fn.Registry) {
	r.Func("pg_typeof(any) regtype", fn.Rows(func(c *fn.Call, i int) error {
		c.Out.AppendInt(int64(c.Args[0].Col.Type.OID()))
		return nil
	}), fn.NotStrict, fn.NoError)
	r.Func("format_type(oid, int4) text", fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			return fn.ErrNull
		}
		c.Out.AppendString(formatType(c, i))
		return nil
	}), fn.NotStrict, fn.NoError)
	r.Func("pg_column_size(any) int4", fn.Rows(func(c *fn.Call, i int) error {
		c.Out.AppendInt(int64(len(row.AppendValueDatum(nil, c.Args[0].Col.Type, c.Args[0].Datum(i)))))
		return nil
	}), fn.NoError)
	r.Func("getdatabaseencoding() name", fn.Rows(func(c *fn.Call, _ int) error {
		c.Out.AppendString("UTF8")
		return nil
	}), fn.NoError)
	r.Func("pg_client_encoding() name", fn.Rows(func(c *fn.Call, _ int) error {
		c.Out.AppendString("UTF8")
		return nil
	}), fn.NoError)
	sizeFuncs(r)
}

func formatType(c *fn.Call, i int) string {
	oid := c.Args[0].Int(i)
	if oid == 0 {
		return "-"
	}
	t, ok := row.TypeByOID(uint32(oid))
	if !ok {
		return "???"
	}
	if !c.Args[1].IsNull(i) && c.Args[1].Int(i) >= 0 {
		t = t.WithTypmod(int32(c.Args[1].Int(i)))
	} else if c.Args[1].IsNull(i) {
		return fn.TypeName(t)
	}
	return t.String()
}
