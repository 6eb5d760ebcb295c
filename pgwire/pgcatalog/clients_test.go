package pgcatalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/tarndb/tarn/engine"
)

// wanted is the columns that captured and read clients use, by relation. A type
// after a colon is what they need it to be.
var wanted = map[string]string{
	"pg_catalog.pg_type": `oid:oid typname:name typtype:char typnamespace:oid typbasetype:oid typelem:oid typrelid:oid typarray:oid
		typnotnull:bool typtypmod:int4 typcategory:char typdelim:char typcollation:oid typlen:int2 typdefault:text typinput:regproc
		typreceive:regproc typowner:oid typacl`,
	"pg_catalog.pg_attribute": `attnum:int2 attrelid:oid attname:name atttypid:oid attisdropped:bool attnotnull:bool atttypmod:int4
		attidentity:char atthasdef:bool attcollation:oid attgenerated:char attlen:int2 attndims attacl attcompression:char attinhcount
		attoptions:_text attstattarget attstorage:char attfdwoptions`,
	"pg_catalog.pg_class": `oid:oid relkind:char relname:name relnamespace:oid relam:oid reltablespace:oid relispartition:bool relowner:oid
		reloptions:_text relpersistence:char reltuples:float4 reltype relacl relhasrules:bool relhastriggers:bool relchecks:int2
		relhasindex:bool relhassubclass:bool reloftype:oid relpages relpartbound relrowsecurity:bool relforcerowsecurity:bool
		reltoastrelid:oid relnatts:int2 relreplident:char`,
	"pg_catalog.pg_namespace": "oid:oid nspname:name nspowner:oid nspacl",
	"pg_catalog.pg_index": `indexrelid:oid indrelid:oid indkey:int2vector indisunique:bool indisprimary:bool indpred indoption:int2vector
		indexprs indisclustered:bool indisvalid:bool indnkeyatts:int2 indclass:oidvector indnullsnotdistinct:bool indimmediate:bool
		indisreplident:bool indnatts:int2`,
	"pg_catalog.pg_constraint": `oid conrelid:oid contype:char confrelid:oid conkey:_int2 conname:name confkey:_int2 condeferrable:bool
		condeferred:bool confdeltype:char confupdtype:char conindid:oid connamespace contypid conparentid convalidated`,
	"pg_catalog.pg_attrdef":  "adrelid:oid adnum:int2 adbin oid:oid",
	"pg_catalog.pg_enum":     "enumtypid enumlabel:name enumsortorder:float4 oid",
	"pg_catalog.pg_am":       "oid amname:name",
	"pg_catalog.pg_proc":     "oid proname:name pronamespace prorettype proallargtypes proargmodes proargnames proargtypes:oidvector prokind:char proargdefaults prolang pronargs:int2 proretset prosrc:text proowner proacl provolatile:char prosecdef proparallel",
	"pg_catalog.pg_database": "datname:name oid datdba encoding:int4 datcollate datctype datistemplate:bool datallowconn:bool datacl dattablespace datlocprovider",
	"pg_catalog.pg_roles":    "rolname:name oid rolcreatedb:bool rolcreaterole rolinherit rolsuper rolcanlogin rolconnlimit:int4 rolreplication rolvaliduntil:timestamptz rolbypassrls",
	"pg_catalog.pg_matviews": "schemaname:name matviewname:name matviewowner definition:text hasindexes:bool ispopulated:bool",

	"pg_catalog.pg_description": "objoid:oid objsubid:int4 classoid:oid description:text",
	"pg_catalog.pg_collation":   "oid collname:name collnamespace",
	"pg_catalog.pg_range":       "rngtypid rngsubtype rngmultitypid",
	"pg_catalog.pg_depend":      "classid objid objsubid refclassid refobjid refobjsubid deptype:char",
	"pg_catalog.pg_inherits":    "inhrelid inhparent inhseqno inhdetachpending",
	"pg_catalog.pg_tablespace":  "oid spcname", "pg_catalog.pg_extension": "oid extname extnamespace extversion",
	"pg_catalog.pg_opclass":  "oid opcname opcmethod opcintype opcdefault",
	"pg_catalog.pg_settings": "name:text setting:text", "pg_catalog.pg_trigger": "oid tgrelid tgname tgisinternal tgenabled",
	"pg_catalog.pg_views": "schemaname viewname viewowner definition", "pg_catalog.pg_language": "oid lanname",
	"pg_catalog.pg_tables": "schemaname tablename tableowner", "pg_catalog.pg_stat_activity": "pid:int4 datname usename state query application_name",
	"pg_catalog.pg_user": "usename usesysid", "pg_catalog.pg_auth_members": "roleid member admin_option",
	"pg_catalog.pg_event_trigger": "oid evtname", "pg_catalog.pg_rewrite": "oid ev_class rulename ev_enabled",
	"pg_catalog.pg_stat_user_tables": "schemaname relname n_live_tup:int8", "pg_catalog.pg_available_extensions": "name",
	"pg_catalog.pg_conversion": "oid conname", "pg_catalog.pg_shdescription": "objoid classoid description",
	"pg_catalog.pg_indexes": "schemaname tablename indexname indexdef", "pg_catalog.pg_policies": "policyname roles",
	"pg_catalog.pg_sequences": "sequencename", "pg_catalog.pg_stat_user_indexes": "indexrelname idx_scan",
	"pg_catalog.pg_sequence": "seqrelid seqtypid seqstart", "pg_catalog.pg_statio_all_tables": "relname schemaname heap_blks_read",
	"pg_catalog.pg_cast": "castsource casttarget", "pg_catalog.pg_cursors": "name", "pg_catalog.pg_db_role_setting": "setdatabase setrole setconfig",
	"pg_catalog.pg_default_acl": "defaclrole", "pg_catalog.pg_foreign_data_wrapper": "oid fdwname", "pg_catalog.pg_foreign_server": "oid srvname",
	"pg_catalog.pg_foreign_table": "ftrelid ftserver ftoptions", "pg_catalog.pg_operator": "oid oprname", "pg_catalog.pg_opfamily": "oid opfname",
	"pg_catalog.pg_policy": "polname polrelid polroles polcmd polpermissive polqual polwithcheck", "pg_catalog.pg_publication": "oid pubname puballtables",
	"pg_catalog.pg_publication_namespace": "pnpubid pnnspid", "pg_catalog.pg_publication_rel": "prpubid prrelid prqual prattrs",
	"pg_catalog.pg_statistic_ext": "oid stxrelid stxname stxnamespace stxkind stxstattarget", "pg_catalog.pg_subscription": "oid subname",
	"pg_catalog.pg_ts_config": "oid cfgname",

	"information_schema.columns": `table_schema:name table_name:name column_name:name ordinal_position:int4 data_type:varchar udt_name:name
		is_nullable:varchar numeric_precision:int4 numeric_scale:int4 character_maximum_length:int4 column_default:varchar table_catalog
		is_identity udt_schema datetime_precision:int4 identity_generation identity_start identity_increment is_generated
		generation_expression numeric_precision_radix`,
	"information_schema.tables":                  "table_schema:name table_name:name table_type:varchar table_catalog:name",
	"information_schema.table_constraints":       "constraint_name constraint_type table_schema table_name constraint_schema is_deferrable initially_deferred",
	"information_schema.key_column_usage":        "constraint_name column_name ordinal_position table_name table_schema",
	"information_schema.constraint_column_usage": "constraint_name column_name table_name table_schema",
	"information_schema.schemata":                "schema_name catalog_name", "information_schema.sequences": "sequence_name",
	"information_schema.views": "table_name view_definition", "information_schema.character_sets": "character_set_name",
	"information_schema.referential_constraints": "constraint_name unique_constraint_name",
	"information_schema.routines":                "routine_name specific_name", "information_schema.triggers": "trigger_name event_object_table",
}

func TestClientsFindTheirColumns(t *testing.T) {
	tables := map[string][]engine.SystemColumn{}
	for _, s := range Tables() {
		tables[s.Schema+"."+s.Name] = s.Columns
	}
	for name, columns := range wanted {
		have, ok := tables[name]
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		for field := range strings.FieldsSeq(columns) {
			column, typeName, _ := strings.Cut(field, ":")
			i := slices.IndexFunc(have, func(c engine.SystemColumn) bool { return c.Name == column })
			switch {
			case i < 0:
				t.Errorf("%s has no column %s", name, column)
			case typeName != "" && have[i].Type.Name() != typeName:
				t.Errorf("%s.%s is %s, want %s", name, column, have[i].Type.Name(), typeName)
			}
		}
	}
}
