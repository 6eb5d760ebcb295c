package pgcatalog

import (
	"slices"
	"strconv"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// sequenceTables are what lists sequences, and what depends on what: of all that, only
// the sequences that go with a column.
func sequenceTables() []engine.SystemTable {
	sequences := ofKind(engine.RelSequence)
	return []engine.SystemTable{
		define(catalogSchema, "pg_sequence", `seqrelid oid, seqtypid oid, seqstart int8, seqincrement int8, seqmax int8, seqmin int8,
			seqcache int8, seqcycle bool`,
			sequences, getters[*relation]{
				"seqrelid":     func(r *relation) cell { return num(r.OID) },
				"seqtypid":     func(r *relation) cell { return num(r.Counts.Type.OID()) },
				"seqstart":     func(r *relation) cell { return num(r.Counts.Start) },
				"seqincrement": func(r *relation) cell { return num(r.Counts.Increment) },
				"seqmax":       func(r *relation) cell { return num(r.Counts.Max) },
				"seqmin":       func(r *relation) cell { return num(r.Counts.Min) },
				"seqcache":     func(r *relation) cell { return num(r.Counts.Cache) },
				"seqcycle":     func(r *relation) cell { return boolean(r.Counts.Cycle) },
			}),
		define(catalogSchema, "pg_sequences", `schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8,
			min_value int8, max_value int8, increment_by int8, cycle bool, cache_size int8, last_value int8`,
			withOwner(sequences), getters[owned]{
				"schemaname": ownedSchema, "sequencename": ownedName, "sequenceowner": ownedBy,
				"data_type":    func(r owned) cell { return num(r.Counts.Type.OID()) },
				"start_value":  func(r owned) cell { return num(r.Counts.Start) },
				"min_value":    func(r owned) cell { return num(r.Counts.Min) },
				"max_value":    func(r owned) cell { return num(r.Counts.Max) },
				"increment_by": func(r owned) cell { return num(r.Counts.Increment) },
				"cycle":        func(r owned) cell { return boolean(r.Counts.Cycle) },
				"cache_size":   func(r owned) cell { return num(r.Counts.Cache) },
				"last_value":   lastValue,
			}),
		define(catalogSchema, "pg_depend", `classid oid, objid oid, objsubid int4=0, refclassid oid, refobjid oid, refobjsubid int4, deptype char`,
			func(s *snapshot, visit func(*relation)) {
				sequences(s, func(r *relation) {
					if r.Owner != 0 {
						visit(r)
					}
				})
			}, getters[*relation]{
				"classid":     func(*relation) cell { return num(classCatalog) },
				"objid":       func(r *relation) cell { return num(r.OID) },
				"refclassid":  func(*relation) cell { return num(classCatalog) },
				"refobjid":    func(r *relation) cell { return num(r.Owner) },
				"refobjsubid": func(r *relation) cell { return num(r.OwnerColumn) },
				"deptype": func(r *relation) cell {
					if r.OwnerIdentity {
						return letter('i')
					}
					return letter('a')
				},
			}),
		define(infoSchema, "sequences", `sequence_catalog name, sequence_schema name, sequence_name name, data_type varchar, numeric_precision int4,
			numeric_precision_radix int4=2, numeric_scale int4=0, start_value varchar, minimum_value varchar, maximum_value varchar,
			increment varchar, cycle_option varchar`,
			inDatabase(func(s *snapshot, visit func(*relation)) {
				sequences(s, func(r *relation) {
					if !r.OwnerIdentity {
						visit(r)
					}
				})
			}), getters[placed[*relation]]{
				"sequence_catalog": database[*relation],
				"sequence_schema":  at(relationSchema), "sequence_name": at(relationName),
				"data_type":         at(func(r *relation) cell { return text(dataType(r.Counts.Type)) }),
				"numeric_precision": at(func(r *relation) cell { return numericPrecision(r.Counts.Type) }),
				"start_value":       at(func(r *relation) cell { return text(whole(r.Counts.Start)) }),
				"minimum_value":     at(func(r *relation) cell { return text(whole(r.Counts.Min)) }),
				"maximum_value":     at(func(r *relation) cell { return text(whole(r.Counts.Max)) }),
				"increment":         at(func(r *relation) cell { return text(whole(r.Counts.Increment)) }),
				"cycle_option":      at(func(r *relation) cell { return yesNo(r.Counts.Cycle) }),
			}),
	}
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// lastValue is NULL before the first value.
func lastValue(r owned) cell {
	if r.LastValue == nil {
		return null
	}
	v, ok := r.LastValue()
	if !ok {
		return null
	}
	return num(v)
}

// serialSequence is pg_get_serial_sequence(table, column).
func serialSequence(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	schema, name := ident.Split(string(args[0].B))
	path := []string{schema}
	if schema == "" {
		path = ctx.Session.SearchPath
	}
	list := ctx.Catalog.Relations()
	for _, schema := range path {
		i := slices.IndexFunc(list, func(r engine.RelationInfo) bool { return r.Schema == schema && r.Name == name })
		if i < 0 {
			continue
		}
		column := slices.IndexFunc(list[i].Columns, func(c engine.ColumnInfo) bool { return c.Name == string(args[1].B) })
		if column < 0 {
			return row.NullDatum, pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", args[1].B, name)
		}
		for _, r := range list {
			if r.Owner == list[i].OID && r.OwnerColumn == column+1 {
				return row.StringDatum(quoteIdent(r.Schema) + "." + quoteIdent(r.Name)), nil
			}
		}
		return row.NullDatum, nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", args[0].B)
}
