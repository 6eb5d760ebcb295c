package pgcatalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// fakeCatalog is a table with keys, a materialized view with a key, a view and a source.
type fakeCatalog struct{ relations []engine.RelationInfo }

func (fakeCatalog) Schemas() []engine.SchemaInfo {
	return []engine.SchemaInfo{{OID: 11, Name: "pg_catalog"}, {OID: 2200, Name: "public"}}
}

func (fakeCatalog) Types() []*engine.TypeInfo { return nil }

func (c fakeCatalog) Relations() []engine.RelationInfo { return c.relations }

func (c fakeCatalog) Relation(oid uint32) (engine.RelationInfo, bool) {
	for _, r := range c.relations {
		if r.OID == oid {
			return r, true
		}
	}
	return engine.RelationInfo{}, false
}

func testCatalog() fakeCatalog {
	users := []engine.ColumnInfo{
		{Name: "id", Type: row.T(row.Int8), NotNull: true},
		{Name: "Mail", Type: row.T(row.Varchar).WithTypmod(44)},
		{Name: "balance", Type: row.T(row.Numeric).WithTypmod(10<<16 | 2 + 4), Default: "0"},
		{Name: "tags", Type: row.ArrayOf(row.Text)},
	}
	return fakeCatalog{[]engine.RelationInfo{
		{OID: 1259, Schema: "pg_catalog", Name: "pg_class", Kind: engine.RelTable, System: true, Rows: -1, Columns: []engine.ColumnInfo{{Name: "oid", Type: row.T(row.OID)}}},
		{OID: 16384, Schema: "public", Name: "users", Kind: engine.RelTable, Columns: users, PrimaryKey: []int{0}, Unique: [][]int{{0}, {1, 0}}, Rows: 7},
		{OID: 16385, Schema: "public", Name: "mv", Kind: engine.RelMatView, Columns: users[:2], Unique: [][]int{{1}}, Rows: 3, Definition: "SELECT id, \"Mail\" FROM users"},
		{OID: 16386, Schema: "public", Name: "v", Kind: engine.RelView, Columns: users[:1], Unique: [][]int{{0}}, Rows: -1, Definition: "SELECT id FROM mv;"},
		{OID: 16387, Schema: "public", Name: "src", Kind: engine.RelSource, Columns: users[:1], PrimaryKey: []int{0}, Rows: -1},
	}}
}

func testContext() *engine.SystemContext {
	return &engine.SystemContext{
		Catalog: testCatalog(),
		Session: engine.SessionInfo{
			User: "ann", Database: "shop", PID: 42,
			Setting: func(string) (string, bool) { return "test", true },
			Settings: func() []engine.Setting {
				return []engine.Setting{{Name: "TimeZone", Value: "UTC", Default: "UTC", Kind: "string"}, {Name: "search_path", Value: "a", Default: "public", Kind: "string"}}
			},
		},
	}
}

func find(t *testing.T, schema, name string) engine.SystemTable {
	t.Helper()
	for _, s := range Tables(Function{Name: "lower", Args: []row.Type{row.T(row.Text)}, Result: row.T(row.Text)}) {
		if s.Schema == schema && s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no %s.%s", schema, name)
	return engine.SystemTable{}
}

func read(t *testing.T, s engine.SystemTable) *row.Batch {
	t.Helper()
	types := make([]row.Type, len(s.Columns))
	for i, c := range s.Columns {
		types[i] = c.Type
	}
	b := row.NewBatch(types, 0)
	if err := s.Rows(testContext(), b); err != nil {
		t.Fatal(err)
	}
	for i := range b.Cols {
		if b.Cols[i].Len() != b.Len() {
			t.Fatalf("%s.%s: column %s has %d values in %d rows", s.Schema, s.Name, s.Columns[i].Name, b.Cols[i].Len(), b.Len())
		}
	}
	return b
}

// show prints the chosen columns of all rows, or of those whose first chosen
// column has one of the given values.
func show(t *testing.T, schema, name, columns string, only ...string) string {
	t.Helper()
	s := find(t, schema, name)
	b := read(t, s)
	var out []string
	for i := range b.Len() {
		var cells []string
		for want := range strings.FieldsSeq(columns) {
			c := slices.IndexFunc(s.Columns, func(c engine.SystemColumn) bool { return c.Name == want })
			if c < 0 {
				t.Fatalf("%s.%s has no column %s", schema, name, want)
			}
			cells = append(cells, showCell(&b.Cols[c], i))
		}
		if len(only) == 0 || slices.Contains(only, cells[0]) {
			out = append(out, strings.Join(cells, "|"))
		}
	}
	return strings.Join(out, "\n")
}

func showCell(c *row.Column, i int) string {
	if c.IsNull(i) {
		return "~"
	}
	if c.Type.Is(row.Array) || c.Type.Is(row.Int2Vector) || c.Type.Is(row.OIDVector) {
		var parts []string
		for _, d := range row.NewArrayElems(c.Type, c.Bytes(i)).All() {
			parts = append(parts, row.TextOf(row.NewArrayElems(c.Type, c.Bytes(i)).Elem, d, nil))
		}
		return strings.Join(parts, " ")
	}
	return row.TextOf(c.Type, c.Datum(i), nil)
}

func TestRows(t *testing.T) {
	const usersKey, usersKey2, mvKey = "1074003968", "1074003969", "1074003984"
	tests := []struct {
		schema, table, columns string
		only                   []string
		want                   string
	}{
		{"pg_catalog", "pg_namespace", "oid nspname nspowner", nil, "11|pg_catalog|10\n2200|public|10"},
		{"pg_catalog", "pg_class", "relname oid relnamespace relkind relam relnatts reltuples relhasindex relpersistence relreplident", nil,
			"pg_class|1259|11|r|2|1|-1|f|p|n\nusers|16384|2200|r|2|4|7|t|p|d\nmv|16385|2200|m|2|2|3|t|p|d\nv|16386|2200|v|0|1|-1|f|p|d\nsrc|16387|2200|f|0|1|-1|f|p|d\n" +
				"users_pkey|" + usersKey + "|2200|i|403|1|7|f|p|n\nusers_Mail_id_key|" + usersKey2 + "|2200|i|403|2|7|f|p|n\nmv_Mail_idx|" + mvKey + "|2200|i|403|1|3|f|p|n"},
		{"pg_catalog", "pg_attribute", "attrelid attname atttypid attnum atttypmod attnotnull atthasdef attcollation attlen attidentity attndims", []string{"16384", usersKey2},
			"16384|id|20|1|-1|t|f|0|8||0\n16384|Mail|1043|2|44|f|f|100|-1||0\n16384|balance|1700|3|655366|f|t|0|-1||0\n16384|tags|1009|4|-1|f|f|100|-1||1\n" +
				usersKey2 + "|Mail|1043|1|44|f|f|100|-1||0\n" + usersKey2 + "|id|20|2|-1|f|f|0|8||0"},
		{"pg_catalog", "pg_attrdef", "adrelid adnum adbin", nil, "16384|3|0"},
		{"pg_catalog", "pg_index", "indrelid indexrelid indisprimary indisunique indnatts indkey indoption indpred", nil,
			"16384|" + usersKey + "|t|t|1|1|0|~\n16384|" + usersKey2 + "|f|t|2|2 1|0 0|~\n16385|" + mvKey + "|f|t|1|2|0|~"},
		{"pg_catalog", "pg_constraint", "conname contype conrelid conkey conindid connamespace", nil,
			"users_pkey|p|16384|1|" + usersKey + "|2200\nusers_Mail_id_key|u|16384|2 1|" + usersKey2 + "|2200"},
		{"pg_catalog", "pg_indexes", "tablename indexdef", []string{"mv", "users"},
			"users|CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)\nusers|CREATE UNIQUE INDEX \"users_Mail_id_key\" ON public.users USING btree (\"Mail\", id)\nmv|CREATE UNIQUE INDEX \"mv_Mail_idx\" ON public.mv USING btree (\"Mail\")"},
		{"pg_catalog", "pg_type", "typname oid typtype typcategory typelem typarray typlen typinput typreceive", []string{"_int4", "int4", "record"},
			"int4|23|b|N|0|1007|4|100000016|100000018\n_int4|1007|b|A|23|0|-1|750|2400\nrecord|2249|p|P|0|2287|-1|100000084|100000086"},
		{"pg_catalog", "pg_proc", "proname oid prokind proargtypes prorettype", []string{"array_in", "lower"}, "array_in|750|f||2278\nlower|100010000|f|25|25"},
		{"pg_catalog", "pg_matviews", "schemaname matviewname matviewowner hasindexes ispopulated definition", nil, "public|mv|ann|t|t| SELECT id, \"Mail\" FROM users;"},
		{"pg_catalog", "pg_views", "viewname definition", nil, "v| SELECT id FROM mv;"},
		{"pg_catalog", "pg_tables", "schemaname tablename", nil, "pg_catalog|pg_class\npublic|users"},
		{"pg_catalog", "pg_stat_user_tables", "relname n_live_tup", nil, "users|7\nmv|3"},
		{"pg_catalog", "pg_foreign_table", "ftrelid ftserver", nil, "16387|10950"},
		{"pg_catalog", "pg_database", "datname oid encoding datallowconn", nil, "shop|5|6|t"},
		{"pg_catalog", "pg_roles", "rolname oid rolsuper", nil, "ann|10|t"},
		{"pg_catalog", "pg_stat_activity", "pid usename application_name state", nil, "42|ann|test|active"},
		{"pg_catalog", "pg_settings", "name setting source", nil, "TimeZone|UTC|default\nsearch_path|a|session"},
		{"pg_catalog", "pg_am", "oid amname amtype", nil, "2|heap|t\n403|btree|i"},
		{"information_schema", "tables", "table_name table_schema table_type table_catalog is_insertable_into", nil,
			"pg_class|pg_catalog|BASE TABLE|shop|NO\nusers|public|BASE TABLE|shop|YES\nmv|public|VIEW|shop|NO\nv|public|VIEW|shop|NO\nsrc|public|FOREIGN|shop|NO"},
		{"information_schema", "columns", "table_name column_name ordinal_position data_type udt_name is_nullable character_maximum_length numeric_precision numeric_scale column_default", []string{"users"},
			"users|id|1|bigint|int8|NO|~|64|0|~\nusers|Mail|2|character varying|varchar|YES|40|~|~|~\nusers|balance|3|numeric|numeric|YES|~|10|2|0\nusers|tags|4|ARRAY|_text|YES|~|~|~|~"},
		{"information_schema", "table_constraints", "constraint_name constraint_type table_name", nil, "users_pkey|PRIMARY KEY|users\nusers_Mail_id_key|UNIQUE|users"},
		{"information_schema", "key_column_usage", "constraint_name column_name ordinal_position", nil, "users_pkey|id|1\nusers_Mail_id_key|Mail|1\nusers_Mail_id_key|id|2"},
		{"information_schema", "views", "table_name view_definition", nil, "mv| SELECT id, \"Mail\" FROM users;\nv| SELECT id FROM mv;"},
		{"information_schema", "schemata", "catalog_name schema_name schema_owner", nil, "shop|pg_catalog|ann\nshop|public|ann"},
		{"information_schema", "character_sets", "character_set_name", nil, "UTF8"},
	}
	for _, test := range tests {
		t.Run(test.schema+"."+test.table, func(t *testing.T) {
			if got := show(t, test.schema, test.table, test.columns, test.only...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestShape: every table is readable, has its own name and number, and no column twice.
func TestShape(t *testing.T) {
	names, oids := map[string]bool{}, map[uint32]bool{}
	for _, s := range Tables() {
		read(t, s)
		if name := s.Schema + "." + s.Name; names[name] {
			t.Errorf("%s stands twice", name)
		} else {
			names[name] = true
		}
		if oids[s.OID] || s.OID == 0 || s.OID >= 13000 {
			t.Errorf("%s.%s has the OID %d", s.Schema, s.Name, s.OID)
		}
		oids[s.OID] = true
		columns := map[string]bool{}
		for _, c := range s.Columns {
			if columns[c.Name] {
				t.Errorf("%s.%s.%s stands twice", s.Schema, s.Name, c.Name)
			}
			columns[c.Name] = true
		}
	}
}

func TestTypesJoinProcs(t *testing.T) {
	procs := strings.Split(show(t, "pg_catalog", "pg_proc", "oid"), "\n")
	for line := range strings.SplitSeq(show(t, "pg_catalog", "pg_type", "typname typinput typoutput typreceive typsend"), "\n") {
		cells := strings.Split(line, "|")
		for _, oid := range cells[1:] {
			if !slices.Contains(procs, oid) {
				t.Errorf("type %s names the function %s, which pg_proc does not list", cells[0], oid)
			}
		}
	}
}

func TestKeyByOID(t *testing.T) {
	c := testCatalog()
	for _, k := range KeysOf(c.relations[1]) {
		if got, ok := KeyByOID(c, k.IndexOID); !ok || got.Name != k.Name {
			t.Errorf("index %d is not found", k.IndexOID)
		}
		if got, ok := KeyByOID(c, k.ConstraintOID); !ok || got.ConstraintDef() != k.ConstraintDef() {
			t.Errorf("constraint %d is not found", k.ConstraintOID)
		}
	}
	for _, oid := range []uint32{0, 16384, indexSpace, constraintSpace + 16385*keysPerRelation, 1<<32 - 1} {
		if k, ok := KeyByOID(c, oid); ok {
			t.Errorf("%d is not a key, but found %s", oid, k.Name)
		}
	}
}

// BenchmarkAttributes reads pg_attribute of a thousand relations of ten columns.
func BenchmarkAttributes(b *testing.B) {
	var c fakeCatalog
	users := testCatalog().relations[1]
	for i := range 1000 {
		r := users
		r.OID = uint32(16384 + i)
		r.Columns = slices.Repeat(users.Columns, 3)[:10]
		c.relations = append(c.relations, r)
	}
	ctx := testContext()
	ctx.Catalog = c
	for _, s := range Tables() {
		if s.Name != "pg_attribute" {
			continue
		}
		types := make([]row.Type, len(s.Columns))
		for i, c := range s.Columns {
			types[i] = c.Type
		}
		out := row.NewBatch(types, 0)
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := s.Rows(ctx, out); err != nil {
				b.Fatal(err)
			}
		}
	}
}
