package pgcatalog

import (
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// tableType is information_schema.tables.table_type.
//
// Materialized views are listed here, as 'VIEW', although PostgreSQL leaves them
// out and other streaming databases call them 'MATERIALIZED VIEW'. They are what
// Tarn is for, and many tools look nowhere else; of those that filter, the
// common list is ('BASE TABLE', 'VIEW'), which a third word does not pass, and
// 'BASE TABLE' would invite writes. The price: a tool that adds pg_class's
// relkind 'm' to information_schema.columns sees their columns twice. That is
// milder than not seeing the views at all. pg_views does not list them, because
// who reads pg_views reads pg_matviews beside it.
func tableType(r *relation) string {
	switch r.Kind {
	case engine.RelView, engine.RelMatView:
		return "VIEW"
	case engine.RelSource:
		return "FOREIGN"
	}
	return "BASE TABLE"
}

// placed is a row with the database that contains it.
type placed[T any] struct {
	v  T
	db string
}

// inDatabase adds the database's name, which starts every row of information_schema.
func inDatabase[T any](each func(*snapshot, func(T))) func(*snapshot, func(placed[T])) {
	return func(s *snapshot, visit func(placed[T])) {
		each(s, func(v T) { visit(placed[T]{v, s.session.Database}) })
	}
}

func at[T any](f func(T) cell) func(placed[T]) cell {
	return func(p placed[T]) cell { return f(p.v) }
}

func database[T any](p placed[T]) cell { return text(p.db) }

func infoTables() []engine.SystemTable {
	return []engine.SystemTable{
		define(infoSchema, "schemata", `catalog_name name, schema_name name, schema_owner name, default_character_set_catalog name,
			default_character_set_schema name, default_character_set_name name, sql_path varchar`,
			func(s *snapshot, yield func([3]string)) {
				for _, n := range s.catalog.Schemas() {
					yield([3]string{s.session.Database, n.Name, s.session.User})
				}
			}, getters[[3]string]{
				"catalog_name": func(v [3]string) cell { return text(v[0]) },
				"schema_name":  func(v [3]string) cell { return text(v[1]) },
				"schema_owner": func(v [3]string) cell { return text(v[2]) },
			}),
		define(infoSchema, "tables", `table_catalog name, table_schema name, table_name name, table_type varchar,
			self_referencing_column_name name, reference_generation varchar, user_defined_type_catalog name, user_defined_type_schema name,
			user_defined_type_name name, is_insertable_into varchar, is_typed varchar=NO, commit_action varchar`,
			inDatabase((*snapshot).eachTable), getters[placed[*relation]]{
				"table_catalog": database[*relation],
				"table_schema":  at(relationSchema), "table_name": at(relationName),
				"table_type":         at(func(r *relation) cell { return text(tableType(r)) }),
				"is_insertable_into": at(func(r *relation) cell { return yesNo(writable(r)) }),
			}),
		define(infoSchema, "views", `table_catalog name, table_schema name, table_name name, view_definition varchar,
			check_option varchar=NONE, is_updatable varchar=NO, is_insertable_into varchar=NO, is_trigger_updatable varchar=NO,
			is_trigger_deletable varchar=NO, is_trigger_insertable_into varchar=NO`,
			inDatabase(func(s *snapshot, visit func(*relation)) {
				s.each(func(r *relation) {
					if tableType(r) == "VIEW" {
						visit(r)
					}
				})
			}), getters[placed[*relation]]{
				"table_catalog": database[*relation],
				"table_schema":  at(relationSchema), "table_name": at(relationName),
				"view_definition": at(definition),
			}),
		columnsTable(),
		constraintTable("table_constraints", `constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name,
			table_schema name, table_name name, constraint_type varchar, is_deferrable varchar=NO, initially_deferred varchar=NO,
			enforced varchar=YES, nulls_distinct varchar`, wholeConstraint, map[string]func(keyColumn) cell{
			"constraint_type": func(k keyColumn) cell {
				return text(map[byte]string{'c': "CHECK", 'p': "PRIMARY KEY", 'u': "UNIQUE"}[k.of.kind])
			},
			"nulls_distinct": func(k keyColumn) cell {
				if k.of.kind != 'u' {
					return null
				}
				return yesNo(!k.of.nullsEqual)
			},
		}),
		constraintTable("check_constraints", "constraint_catalog name, constraint_schema name, constraint_name name, check_clause varchar",
			func(c *constraint) int { return boolNum(c.kind == 'c') }, map[string]func(keyColumn) cell{
				"check_clause": func(k keyColumn) cell { return text("(" + k.of.condition + ")") },
			}),
		constraintTable("key_column_usage", `constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name,
			table_schema name, table_name name, column_name name, ordinal_position int4, position_in_unique_constraint int4`,
			func(c *constraint) int { return boolNum(c.kind != 'c') * len(c.columns) },
			map[string]func(keyColumn) cell{
				"column_name":      keyColumnName,
				"ordinal_position": func(k keyColumn) cell { return num(k.place + 1) },
			}),
		constraintTable("constraint_column_usage", `table_catalog name, table_schema name, table_name name, column_name name,
			constraint_catalog name, constraint_schema name, constraint_name name`,
			func(c *constraint) int { return len(c.columns) },
			map[string]func(keyColumn) cell{"column_name": keyColumnName}),
		define(infoSchema, "character_sets", `character_set_catalog name, character_set_schema name, character_set_name name=UTF8,
			character_repertoire name=UCS, form_of_use name=UTF8, default_collate_catalog name, default_collate_schema name=pg_catalog,
			default_collate_name name=C`,
			one, getters[engine.SessionInfo]{"default_collate_catalog": sessionDatabase}),
	}
}

// eachTable visits the relations, but for sequences, which the standard lists apart.
func (s *snapshot) eachTable(visit func(*relation)) {
	s.each(func(r *relation) {
		if r.Kind != engine.RelSequence {
			visit(r)
		}
	})
}

// identityNumber is a number of an identity column's sequence.
func identityNumber(of func(*engine.SequenceInfo) int64) func(*column) cell {
	return func(c *column) cell {
		if c.Counts == nil {
			return null
		}
		return text(whole(of(c.Counts)))
	}
}

func relationSchema(r *relation) cell { return text(r.Schema) }
func relationName(r *relation) cell   { return text(r.Name) }

func writable(r *relation) bool { return r.Kind == engine.RelTable && !r.System }

// keyColumn is a column of a constraint, or the whole constraint.
type keyColumn struct {
	of    *constraint
	place int
	db    string
}

func keyColumnName(k keyColumn) cell { return text(k.of.relation.Columns[k.of.columns[k.place]].Name) }

func wholeConstraint(*constraint) int { return 1 }

func boolNum(b bool) int {
	if b {
		return 1
	}
	return 0
}

// constraintTable makes a view over the constraints, or over their columns: rows
// says how many there are of a constraint.
func constraintTable(name, spec string, rows func(*constraint) int, get getters[keyColumn]) engine.SystemTable {
	db := func(k keyColumn) cell { return text(k.db) }
	schema := func(k keyColumn) cell { return text(k.of.relation.Schema) }
	get["constraint_catalog"], get["constraint_schema"] = db, schema
	get["constraint_name"] = func(k keyColumn) cell { return text(k.of.name) }
	if strings.Contains(spec, "table_name") {
		get["table_catalog"], get["table_schema"] = db, schema
		get["table_name"] = func(k keyColumn) cell { return text(k.of.relation.Name) }
	}
	return define(infoSchema, name, spec, func(s *snapshot, yield func(keyColumn)) {
		s.eachConstraint(func(c *constraint) {
			for i := range rows(c) {
				yield(keyColumn{c, i, s.session.Database})
			}
		})
	}, get)
}

func columnsTable() engine.SystemTable {
	return define(infoSchema, "columns", `table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4,
		column_default varchar, is_nullable varchar, data_type varchar, character_maximum_length int4, character_octet_length int4,
		numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4, interval_type varchar,
		interval_precision int4, character_set_catalog name, character_set_schema name, character_set_name name, collation_catalog name,
		collation_schema name, collation_name name, domain_catalog name, domain_schema name, domain_name name, udt_catalog name,
		udt_schema name, udt_name name, scope_catalog name, scope_schema name, scope_name name, maximum_cardinality int4,
		dtd_identifier name, is_self_referencing varchar=NO, is_identity varchar, identity_generation varchar, identity_start varchar,
		identity_increment varchar, identity_maximum varchar, identity_minimum varchar, identity_cycle varchar,
		is_generated varchar, generation_expression varchar, is_updatable varchar`,
		inDatabase(func(s *snapshot, visit func(*column)) {
			s.eachTable(func(r *relation) {
				for i := range r.Columns {
					visit(&column{ColumnInfo: r.Columns[i], rel: r, number: i + 1})
				}
			})
		}), getters[placed[*column]]{
			"table_catalog": database[*column], "udt_catalog": database[*column],
			"table_schema":     at(func(c *column) cell { return text(c.rel.Schema) }),
			"table_name":       at(func(c *column) cell { return text(c.rel.Name) }),
			"column_name":      at(func(c *column) cell { return text(c.Name) }),
			"ordinal_position": at(func(c *column) cell { return num(c.number) }),
			"column_default": at(func(c *column) cell {
				if c.Generated {
					return null
				}
				return textOrNull(c.Default)
			}),
			"is_identity": at(func(c *column) cell { return yesNo(c.Identity != "") }),
			"identity_generation": at(func(c *column) cell {
				return textOrNull(map[string]string{"a": "ALWAYS", "d": "BY DEFAULT"}[c.Identity])
			}),
			"identity_start":     at(identityNumber(func(d *engine.SequenceInfo) int64 { return d.Start })),
			"identity_increment": at(identityNumber(func(d *engine.SequenceInfo) int64 { return d.Increment })),
			"identity_maximum":   at(identityNumber(func(d *engine.SequenceInfo) int64 { return d.Max })),
			"identity_minimum":   at(identityNumber(func(d *engine.SequenceInfo) int64 { return d.Min })),
			"identity_cycle":     at(func(c *column) cell { return yesNo(c.Counts != nil && c.Counts.Cycle) }),
			"is_generated": at(func(c *column) cell {
				if c.Generated {
					return text("ALWAYS")
				}
				return text("NEVER")
			}),
			"generation_expression": at(func(c *column) cell {
				if c.Generated {
					return text(c.Default)
				}
				return null
			}),
			"is_nullable":              at(func(c *column) cell { return yesNo(!c.NotNull && !inPrimaryKey(c)) }),
			"data_type":                at(func(c *column) cell { return text(dataType(c.Type)) }),
			"character_maximum_length": at(func(c *column) cell { return maxLength(c.Type) }),
			"character_octet_length":   at(func(c *column) cell { return maxOctets(c.Type) }),
			"numeric_precision":        at(func(c *column) cell { return numericPrecision(c.Type) }),
			"numeric_precision_radix":  at(func(c *column) cell { return numericRadix(c.Type) }),
			"numeric_scale":            at(func(c *column) cell { return numericScale(c.Type) }),
			"datetime_precision":       at(func(c *column) cell { return datetimePrecision(c.Type) }),
			"udt_schema":               at(func(c *column) cell { return text(typeSchema(c.Type)) }),
			"udt_name":                 at(func(c *column) cell { return text(c.Type.Name()) }),
			"dtd_identifier":           at(func(c *column) cell { return text(decimal(c.number)) }),
			"is_updatable":             at(func(c *column) cell { return yesNo(writable(c.rel)) }),
		})
}

func typeSchema(t row.Type) string {
	if e := row.EnumOf(t); e != nil {
		return e.Schema
	}
	return catalogSchema
}

// dataType is the SQL name without a modifier; the standard knows no element types.
func dataType(t row.Type) string {
	if t.Is(row.Array) || t.Is(row.Int2Vector) || t.Is(row.OIDVector) {
		return "ARRAY"
	}
	if t.Is(row.Enum) {
		return "USER-DEFINED"
	}
	return strings.TrimSuffix(t.Base().String(), "[]")
}

func emptyInfoTables() []engine.SystemTable {
	specs := []struct{ name, spec string }{
		{"referential_constraints", `constraint_catalog name, constraint_schema name, constraint_name name, unique_constraint_catalog name,
			unique_constraint_schema name, unique_constraint_name name, match_option varchar, update_rule varchar, delete_rule varchar`},
		{"routines", `specific_catalog name, specific_schema name, specific_name name, routine_catalog name, routine_schema name,
			routine_name name, routine_type varchar, data_type varchar, type_udt_catalog name, type_udt_schema name, type_udt_name name,
			dtd_identifier name, routine_body varchar, routine_definition varchar, external_name varchar, external_language varchar,
			is_deterministic varchar, sql_data_access varchar, is_null_call varchar, security_type varchar`},
		{"parameters", `specific_catalog name, specific_schema name, specific_name name, ordinal_position int4, parameter_mode varchar,
			is_result varchar, as_locator varchar, parameter_name name, data_type varchar, udt_catalog name, udt_schema name, udt_name name,
			dtd_identifier name, parameter_default varchar`},
		{"triggers", `trigger_catalog name, trigger_schema name, trigger_name name, event_manipulation varchar, event_object_catalog name,
			event_object_schema name, event_object_table name, action_order int4, action_condition varchar, action_statement varchar,
			action_orientation varchar, action_timing varchar, action_reference_old_table name, action_reference_new_table name,
			action_reference_old_row name, action_reference_new_row name, created timestamptz`},
		{"foreign_tables", `foreign_table_catalog name, foreign_table_schema name, foreign_table_name name, foreign_server_catalog name,
			foreign_server_name name`},
		{"user_defined_types", "user_defined_type_catalog name, user_defined_type_schema name, user_defined_type_name name, data_type varchar"},
		{"column_privileges", `grantor name, grantee name, table_catalog name, table_schema name, table_name name, column_name name,
			privilege_type varchar, is_grantable varchar`},
		{"view_table_usage", "view_catalog name, view_schema name, view_name name, table_catalog name, table_schema name, table_name name"},
		{"domains", `domain_catalog name, domain_schema name, domain_name name, data_type varchar, domain_default varchar, udt_catalog name,
			udt_schema name, udt_name name`},
		{"element_types", `object_catalog name, object_schema name, object_name name, object_type varchar, collection_type_identifier name,
			data_type varchar, udt_catalog name, udt_schema name, udt_name name`},
		{"table_privileges", `grantor name, grantee name, table_catalog name, table_schema name, table_name name, privilege_type varchar,
			is_grantable varchar, with_hierarchy varchar`},
		{"role_table_grants", `grantor name, grantee name, table_catalog name, table_schema name, table_name name, privilege_type varchar,
			is_grantable varchar, with_hierarchy varchar`},
	}
	out := make([]engine.SystemTable, len(specs))
	for i, s := range specs {
		out[i] = empty(infoSchema, s.name, s.spec)
	}
	return out
}
