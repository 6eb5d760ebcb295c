package settings

import (
	"strings"

	"github.com/tarndb/tarn/row/datetime"
)

// settingDef is a session parameter: PostgreSQL's names, plus tarn.*.
type settingDef struct {
	name     string // canonical, as reported to clients
	value    string // default
	kind     string // bool, integer, string, enum
	report   bool   // sent as ParameterStatus
	fixed    bool   // cannot be changed
	allowed  []string
	check    func(now, value string) (string, error) // now is the value that it has
	describe string
}

// ServerVersion is the PostgreSQL version whose behaviour clients may expect.
const ServerVersion = "15.0"

var settingDefs = []settingDef{
	{name: "allow_system_table_mods", value: "off", kind: "bool", describe: "Allows modifications of the structure of system tables."},
	{name: "application_name", kind: "string", report: true, describe: "Sets the application name to be reported in statistics and logs."},
	{name: "bytea_output", value: "hex", kind: "enum", allowed: []string{"escape", "hex"}, describe: "Sets the output format for bytea."},
	{name: "client_encoding", value: "UTF8", kind: "string", report: true, check: checkEncoding, describe: "Sets the client's character set encoding."},
	{name: "client_min_messages", value: "notice", kind: "enum", allowed: []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}, describe: "Sets the message levels that are sent to the client."},
	{name: "DateStyle", value: "ISO, MDY", kind: "string", report: true, check: checkDateStyle, describe: "Sets the display format for date and time values."},
	{name: "default_table_access_method", value: "heap", kind: "string", fixed: true, describe: "Shows the default table access method."},
	{name: "default_tablespace", kind: "string", allowed: []string{""}, describe: "Sets the default tablespace to create tables in."},
	{name: "default_transaction_deferrable", value: "off", kind: "bool", describe: "Sets the default deferrable status of new transactions."},
	{name: "default_transaction_isolation", value: "repeatable read", kind: "enum", allowed: isolationLevels, describe: "Sets the transaction isolation level of each new transaction."},
	{name: "default_transaction_read_only", value: "off", kind: "bool", report: true, describe: "Sets the default read-only status of new transactions."},
	{name: "extra_float_digits", value: "1", kind: "integer", check: checkFloatDigits, describe: "Sets the number of digits displayed for floating-point values."},
	{name: "idle_in_transaction_session_timeout", value: "0", kind: "integer", check: checkDuration("idle_in_transaction_session_timeout"), describe: "Sets the maximum allowed idle time between queries, when in a transaction."},
	{name: "idle_session_timeout", value: "0", kind: "integer", check: checkDuration("idle_session_timeout"), describe: "Sets the maximum allowed idle time between queries, when not in a transaction."},
	{name: "in_hot_standby", value: "off", kind: "bool", report: true, fixed: true, describe: "Shows whether hot standby is currently active."},
	{name: "integer_datetimes", value: "on", kind: "bool", report: true, fixed: true, describe: "Shows whether datetimes are integer based."},
	{name: "IntervalStyle", value: "postgres", kind: "enum", report: true, allowed: datetime.IntervalStyles, describe: "Sets the display format for interval values."},
	{name: "is_superuser", value: "on", kind: "bool", report: true, fixed: true, describe: "Shows whether the current user is a superuser."},
	{name: "lock_timeout", value: "0", kind: "integer", check: checkDuration("lock_timeout"), describe: "Sets the maximum allowed duration of any wait for a lock."},
	{name: "max_identifier_length", value: "63", kind: "integer", fixed: true, describe: "Shows the maximum identifier length."},
	{name: "max_index_keys", value: "32", kind: "integer", fixed: true, describe: "Shows the maximum number of index keys."},
	{name: "row_security", value: "on", kind: "bool", describe: "Enables row security."},
	{name: "search_path", value: `"$user", public`, kind: "string", describe: "Sets the schema search order for names that are not schema-qualified."},
	{name: "server_encoding", value: "UTF8", kind: "string", report: true, fixed: true, describe: "Shows the server (database) character set encoding."},
	{name: "server_version", value: ServerVersion, kind: "string", report: true, fixed: true, describe: "Shows the server version."},
	{name: "server_version_num", value: "150000", kind: "integer", fixed: true, describe: "Shows the server version as an integer."},
	{name: "session_authorization", kind: "string", report: true, fixed: true, describe: "Shows the session user name."},
	{name: "standard_conforming_strings", value: "on", kind: "bool", report: true, allowed: []string{"on"}, describe: "Causes '...' strings to treat backslashes literally."},
	{name: "statement_timeout", value: "0", kind: "integer", check: checkDuration("statement_timeout"), describe: "Sets the maximum allowed duration of any statement."},
	{name: "tarn.allow_stale_reads", value: "off", kind: "bool", describe: "Lets reads see the last committed epoch before the sources have caught up after a restart."},
	{name: "TimeZone", value: "UTC", kind: "string", report: true, check: checkZone, describe: "Sets the time zone for displaying and interpreting time stamps."},
	{name: "transaction_isolation", value: "repeatable read", kind: "enum", allowed: isolationLevels, describe: "Sets the current transaction's isolation level."},
	{name: "transaction_read_only", value: "off", kind: "bool", describe: "Sets the current transaction's read-only status."},
}

var isolationLevels = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}

var settingByName = func() map[string]*settingDef {
	m := map[string]*settingDef{}
	for i := range settingDefs {
		m[strings.ToLower(settingDefs[i].name)] = &settingDefs[i]
	}
	return m
}()
